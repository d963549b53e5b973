import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Element } from '../element.ts';
import { xml } from '../element.ts';
import type { Account } from '../negotiate.ts';
import type { Route } from '../routes.ts';
import { openStream } from '../stream.ts';
import type { StreamOptions, XmppStream } from '../stream.ts';
import type { StreamClosed } from '../errors.ts';

export const domain = required('TEST_XMPP_DOMAIN');
export const ca = readFileSync(required('TEST_XMPP_CA_FILE'), 'utf8');
export const starttls: Route = { host: required('TEST_XMPP_HOST'), port: Number(required('TEST_XMPP_PORT')), security: 'starttls' };
export const directTls: Route = {
  host: required('TEST_XMPP_HOST'),
  port: Number(required('TEST_XMPP_TLS_PORT')),
  security: 'direct-tls',
};

/** Registers a fresh account at the chat server. */
export async function newAccount(): Promise<Account> {
  const user = `t${randomUUID().replaceAll('-', '')}`;
  const password = randomUUID();
  const response = await fetch(`${required('TEST_EJABBERD_API_URL')}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user, host: domain, password }),
  });
  if (!response.ok) throw new Error(`registration failed: ${response.status} ${await response.text()}`);
  return { jid: `${user}@${domain}`, password };
}

export interface Client {
  readonly stream: XmppStream;
  readonly received: Element[];
  readonly acknowledged: string[];
  readonly closed: StreamClosed[];
  /** Resolves when the condition holds; it is checked whenever something has happened. */
  until(condition: () => boolean): Promise<void>;
}

export const defaults = { connectTimeoutMs: 10_000, keepAliveIntervalMs: 10_000, maxUnhandledStanzas: 500 } as const;

/** A client that records everything it hears. */
export async function connect(account: Account, options: Partial<StreamOptions> = {}): Promise<Client> {
  const received: Element[] = [];
  const acknowledged: string[] = [];
  const closed: StreamClosed[] = [];
  const waiting = new Set<() => void>();
  const changed = () => waiting.forEach((check) => check());
  const { onStanza, ...rest } = options;
  const stream = await openStream({
    account,
    routes: [starttls],
    ca,
    ...defaults,
    ...rest,
    onStanza: (stanza) => {
      received.push(stanza);
      changed();
      return onStanza?.(stanza);
    },
    onAcknowledged: (ids) => {
      acknowledged.push(...ids);
      changed();
    },
    onClosed: (reason) => {
      closed.push(reason);
      changed();
    },
  });
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!condition()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  return { stream, received, acknowledged, closed, until };
}

/** A chat message without a body, kept by the server for a receiver that is away. */
export function message(to: string, id: string): Element {
  return xml(
    'message',
    { to, id, type: 'chat' },
    xml('content', { xmlns: 'urn:example:test' }, id),
    xml('store', { xmlns: 'urn:xmpp:hints' }),
  );
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}
