import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Route } from '@multiconnect/xmpp';

/** Where the network is, and what a phone on this machine knows of the cluster that runs here. */
export interface Network {
  readonly registryUrl: string;
  readonly routes: readonly Route[];
  /** PEM. */
  readonly ca?: string;
  /** Upload services on this machine. */
  readonly uploadOrigins?: readonly string[];
  /** wa_id digits. */
  readonly businessNumber?: string;
  readonly businessName?: string;
  /** Where a development registry writes its codes. */
  readonly codeLogFile?: string;
}

/** Something the person who started the program has to put right. The message is one line for their eyes. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}

/** What `npm run up` writes of a running cluster, as far as phones and load need it. */
export interface RunningCluster {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly registryUrl: string;
  readonly operatorTokenFile: string;
  readonly codeLogFile: string;
  readonly xmpp: {
    readonly host: string;
    readonly port: number;
    readonly directTlsPort?: number;
    readonly caFile?: string;
  };
  readonly ejabberdApiUrl?: string;
  readonly businessNumber: string;
  readonly businessName?: string;
  readonly processes: readonly { readonly name: string; readonly pid?: number }[];
}

/** `.local` of the repository: the same from `src` and from `dist`. */
export const localDirectory = fileURLToPath(new URL('../../../.local', import.meta.url));

export const phoneFile = (directory: string, number: string): string => join(directory, 'phones', `${number}.json`);

/** The cluster that runs here, or undefined. */
export function readRunningCluster(directory: string): RunningCluster | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8')) as RunningCluster;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SetupError(`${join(directory, 'state.json')} cannot be read`, { cause: error });
  }
}

export function routesOf({ xmpp }: RunningCluster): readonly Route[] {
  const starttls: Route = { host: xmpp.host, port: xmpp.port, security: 'starttls' };
  if (xmpp.directTlsPort === undefined) return [starttls];
  return [starttls, { host: xmpp.host, port: xmpp.directTlsPort, security: 'direct-tls' }];
}

const routePattern = /^(\[[^\]]+\]|[^:]+):(\d+):(starttls|direct-tls)$/;

/** `host:port:starttls,host:port:direct-tls`. Throws {@link SetupError}. */
export function parseRoutes(text: string): readonly Route[] {
  return text.split(',').map((part) => {
    const [, host, port, security] = routePattern.exec(part.trim()) ?? [];
    if (host === undefined) throw new SetupError('a route looks like chat.example.org:5222:starttls');
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port), security: security as Route['security'] };
  });
}

/** What was given stands before what runs here. */
export interface GivenNetwork {
  readonly registryUrl?: string | undefined;
  readonly routes?: string | undefined;
  readonly caFile?: string | undefined;
}

/** Throws {@link SetupError}. */
export function findNetwork(given: GivenNetwork, directory: string): Network {
  const running = readRunningCluster(directory);
  const registryUrl = given.registryUrl ?? running?.registryUrl;
  const routes = given.routes === undefined ? running && routesOf(running) : parseRoutes(given.routes);
  if (registryUrl === undefined || routes === undefined) {
    throw new SetupError('nothing runs here: start it with "npm run up", or name a network with --registry and --routes');
  }
  const caFile = given.caFile ?? (given.routes === undefined ? running?.xmpp.caFile : undefined);
  return {
    registryUrl: registryUrl.replace(/\/$/, ''),
    routes,
    ...(caFile === undefined ? {} : { ca: readCa(caFile) }),
    ...(running === undefined || given.registryUrl !== undefined ? {} : businessOf(running)),
  };
}

function businessOf({ businessNumber, businessName, codeLogFile, ejabberdApiUrl }: RunningCluster) {
  return {
    businessNumber: businessNumber.replace('+', ''),
    codeLogFile,
    ...(ejabberdApiUrl === undefined ? {} : { uploadOrigins: [new URL(ejabberdApiUrl).origin] }),
    ...(businessName === undefined ? {} : { businessName }),
  };
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SetupError(`the authority's certificate ${file} cannot be read`, { cause: error });
  }
}
