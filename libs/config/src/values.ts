import { resolve } from 'node:path';
import { parsePrivateDestinations, type PrivateDestinations } from '@multiconnect/egress';
import { readSealKey } from '@multiconnect/vault';
import { z } from 'zod';

/** An address of the chat network that is tried before, and without, its SRV records. */
export interface XmppRoute {
  readonly host: string;
  readonly port: number;
  readonly security: 'starttls' | 'direct-tls';
}

const portMessage = 'must be a port number, 0 to 65535';
const portText = /^[0-9]{1,5}$/;
const maxPort = 65_535;

/** 0 means: any free one. */
export const port = z
  .string()
  .regex(portText, portMessage)
  .transform(Number)
  .refine((value) => value <= maxPort, portMessage);

export const connections = z
  .string()
  .regex(/^[0-9]{1,3}$/, 'must be a number of connections, 2 to 50')
  .transform(Number)
  .refine((value) => value >= 2 && value <= 50, 'must be a number of connections, 2 to 50');

export const text = z.string();
/** From the working directory, unless it is absolute. */
export const directory = z.string().transform((value) => resolve(value));
export const host = z.string().regex(/^[^\s/]+$/, 'must be a host name or an address');
export const name = z.string().regex(/^[A-Za-z0-9._-]{1,63}$/, 'must be 1 to 63 letters, digits, dots, dashes or underscores');

export const secretOf = (minLength: number, maxLength = 4096) =>
  z
    .string()
    .min(minLength, `must have at least ${minLength} characters`)
    .max(maxLength, `must have at most ${maxLength} characters`);

const hasScheme = (value: string, schemes: readonly string[]) => URL.canParse(value) && schemes.includes(new URL(value).protocol);

export const httpUrl = z
  .string()
  .refine((value) => hasScheme(value, ['http:', 'https:']), 'must be a URL with http:// or https://')
  .transform((value) => value.replace(/\/+$/, ''));

const isOrigin = (value: string) => hasScheme(value, ['http:', 'https:']) && new URL(value).origin === value.trim().toLowerCase();

/** `http://127.0.0.1:5280`, comma-separated. */
export const origins = z.string().transform((value, context): readonly string[] => {
  const list = value.split(',').map((origin) => origin.trim());
  if (list.every(isOrigin)) return list;
  context.addIssue('must be http://host:port or https://host:port, comma-separated');
  return z.NEVER;
});

/** `10.0.0.0/8,backend.internal`: networks, addresses and host names, comma-separated; `true`: all; `false`: none. */
export const privateDestinations = z.string().transform((value, context): PrivateDestinations => {
  const destinations = parsePrivateDestinations(value);
  if (destinations !== undefined) return destinations;
  context.addIssue('must be true, false, or networks, addresses and host names, comma-separated');
  return z.NEVER;
});

export const redisUrl = z
  .string()
  .refine((value) => hasScheme(value, ['redis:', 'rediss:']), 'must be a URL with redis:// or rediss://');

export const logLevel = z.enum(['debug', 'info', 'warn', 'error'], { error: 'must be debug, info, warn or error' });

export const sealKey = z.string().transform((value, context): Uint8Array => {
  try {
    return readSealKey({ base64: value });
  } catch {
    context.addIssue('must be base64 of 32 bytes');
    return z.NEVER;
  }
});

const routeText = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\],]+)):([0-9]{1,5}):(starttls|direct-tls)$/;

function routeOf(value: string): XmppRoute | undefined {
  const [, address, hostName, portNumber, security] = routeText.exec(value.trim()) ?? [];
  const routeHost = address ?? hostName;
  const routePort = Number(portNumber);
  if (routeHost === undefined || routePort < 1 || routePort > maxPort) return undefined;
  return { host: routeHost, port: routePort, security: security as XmppRoute['security'] };
}

/** `host:port:starttls` or `host:port:direct-tls`, comma-separated. */
export const xmppRoutes = z.string().transform((value, context): readonly XmppRoute[] => {
  const routes = value.split(',').map(routeOf);
  if (routes.every((route) => route !== undefined)) return routes;
  context.addIssue('must be host:port:starttls or host:port:direct-tls, comma-separated');
  return z.NEVER;
});

/** So many requests a second on average, and so many at once. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

const off = 'off';
const rateText = /^([1-9][0-9]{0,6})\/([1-9][0-9]{0,6})$/;

/** A number of things, or `off`: undefined. */
export const countOrOff = z.string().transform((value, context): number | undefined => {
  if (value === off) return undefined;
  if (/^[1-9][0-9]{0,8}$/.test(value)) return Number(value);
  context.addIssue('must be a whole number from 1 to 999999999, or off');
  return z.NEVER;
});

export const wholeNumber = z
  .string()
  .regex(/^[0-9]{1,9}$/, 'must be a whole number from 0 to 999999999')
  .transform(Number);

/** `50/150`: requests a second and at once; `off`: undefined. */
export const rateLimit = z.string().transform((value, context): RateLimit | undefined => {
  if (value === off) return undefined;
  const [, perSecond, burst] = rateText.exec(value) ?? [];
  if (perSecond !== undefined && burst !== undefined) return { perSecond: Number(perSecond), burst: Number(burst) };
  context.addIssue('must be <a second>/<at once>, such as 50/150, or off');
  return z.NEVER;
});
