import { type Env, type Field, type Outcome, textOf } from './field.ts';
import { port } from './values.ts';

export interface PostgresConnection {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

const defaultPort = 5432;

/** A password with a raw `%` that encodes nothing is taken as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function splitAt(text: string, index: number): readonly [string, string | undefined] {
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}

/**
 * `postgres://user:password@host:port/database`. The password ends at the last `@`, so it may hold any raw character as
 * long as nothing in it reads as a percent-encoding. An encoded host may be the folder of a Unix socket. Undefined when
 * the text is no such URL.
 */
export function parsePostgresUrl(url: string): PostgresConnection | undefined {
  const withoutScheme = /^postgres(?:ql)?:\/\/(.+)$/s.exec(url)?.[1];
  if (withoutScheme === undefined) return undefined;
  const [credentials, address] = splitAt(withoutScheme, withoutScheme.lastIndexOf('@'));
  const [, bracketed, plainHost, portText, database] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/?#[\]]+))(?::([0-9]+))?\/([^/?#]+)$/.exec(address ?? '') ?? [];
  const host = bracketed ?? plainHost;
  const portNumber = port.safeParse(portText ?? String(defaultPort));
  const [user, password] = splitAt(credentials, credentials.indexOf(':'));
  if (host === undefined || database === undefined || user === '' || !portNumber.success) return undefined;
  return { host: decoded(host), port: portNumber.data, user: decoded(user), password: decoded(password ?? ''), database: decoded(database) };
}

function fromUrl(name: string, url: string): Outcome<PostgresConnection> {
  const connection = parsePostgresUrl(url);
  if (connection !== undefined) return { value: connection };
  return { problems: [`${name}: must be postgres://user:password@host:port/database`] };
}

const partNames = ['HOST', 'PORT', 'USER', 'PASSWORD', 'DATABASE'] as const;
type Parts = Partial<Record<(typeof partNames)[number], string>>;

function readParts(env: Env, prefix: string): Outcome<Parts> {
  const parts: Parts = {};
  const problems: string[] = [];
  for (const part of partNames) {
    const text = textOf(env, `${prefix}_${part}`);
    if ('problems' in text) problems.push(...text.problems);
    else if (text.value !== undefined) parts[part] = text.value;
  }
  return problems.length > 0 ? { problems } : { value: parts };
}

function fromParts(prefix: string, parts: Parts): Outcome<PostgresConnection> {
  const { HOST: host, USER: user, DATABASE: database, PASSWORD: password = '' } = parts;
  const portNumber = port.safeParse(parts.PORT ?? String(defaultPort));
  const problems = (['HOST', 'USER', 'DATABASE'] as const)
    .filter((part) => parts[part] === undefined)
    .map((part) => `${prefix}_${part}: is required where ${prefix}_URL is not set`);
  if (!portNumber.success) problems.push(`${prefix}_PORT: must be a port number, 0 to 65535`);
  if (host === undefined || user === undefined || database === undefined || !portNumber.success) return { problems };
  return { value: { host, port: portNumber.data, user, password, database } };
}

/** A database, from `{prefix}_URL` or from `{prefix}_HOST`, `_PORT`, `_USER`, `_PASSWORD` and `_DATABASE`. */
export function postgresAt(prefix: string): Field<PostgresConnection> {
  return {
    read: (env) => {
      const url = textOf(env, `${prefix}_URL`);
      const parts = readParts(env, prefix);
      if ('problems' in url) return url;
      if ('problems' in parts) return parts;
      const hasParts = Object.keys(parts.value).length > 0;
      if (url.value === undefined && !hasParts) return { problems: [`${prefix}_URL: is required (or ${prefix}_HOST, _USER, _PASSWORD, _DATABASE)`] };
      if (url.value === undefined) return fromParts(prefix, parts.value);
      if (hasParts) return { problems: [`${prefix}_URL: set it or ${prefix}_HOST and its like, not both`] };
      return fromUrl(`${prefix}_URL`, url.value);
    },
  };
}
