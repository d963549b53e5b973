import { Connection, ConnectionLost } from './connection.ts';
import type { Element} from './element.ts';
import { escapeXml } from './element.ts';
import { ConnectFailed, NotAuthorized, StreamConflict, StreamFailed } from './errors.ts';
import type { FailedRoute } from './errors.ts';
import { ns } from './namespaces.ts';
import type { Route } from './routes.ts';

export interface Account {
  /** Bare JID, such as "+16315551001@example.org". */
  readonly jid: string;
  readonly password: string;
}

export interface NegotiateOptions {
  readonly account: Account;
  /** Left out, the server chooses one. */
  readonly resource?: string;
  /** Tried in this order. */
  readonly routes: readonly Route[];
  /** PEM certificates trusted beside the root certificates of the process. */
  readonly ca?: string;
  /** For each route, from the first packet to a stream that is ready. */
  readonly connectTimeoutMs: number;
  /** Aborted, the attempt ends with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Negotiated {
  readonly connection: Connection;
  /** Full JID. */
  readonly jid: string;
  /** Stanzas from before stream management was on: they must not be counted. */
  readonly uncounted: readonly Element[];
}

/** SASL failures that retrying the same credentials does not cure (RFC 6120, 6.5). */
const refusals = new Set(['not-authorized', 'account-disabled', 'credentials-expired', 'invalid-authzid']);

/**
 * Tries the routes in order until one has a bound stream with stream management. Throws NotAuthorized or StreamConflict
 * at once, as another route leads to the same server; else StreamFailed when a server was reached, or ConnectFailed.
 */
export async function negotiate(options: NegotiateOptions): Promise<Negotiated> {
  const attempts: FailedRoute[] = [];
  let refused: StreamFailed | undefined;
  for (const route of options.routes) {
    try {
      return await tryRoute(route, options);
    } catch (error) {
      if (error instanceof StreamFailed) refused ??= error;
      else if (!(error instanceof ConnectionLost)) throw error;
      attempts.push({ route, reason: error.message });
    }
  }
  throw refused ?? new ConnectFailed(attempts);
}

async function tryRoute(route: Route, options: NegotiateOptions): Promise<Negotiated> {
  const { signal, connectTimeoutMs } = options;
  signal?.throwIfAborted();
  let connection: Connection | undefined;
  const abort = () => connection?.fail(asError(signal?.reason));
  const deadline = setTimeout(
    () => connection?.fail(new ConnectionLost(`timed out after ${connectTimeoutMs} ms`)),
    connectTimeoutMs,
  );
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await Connection.open(route, domainOf(options.account.jid), options.ca, (opened) => (connection = opened));
    return await login(connection as unknown as Connection, route, options);
  } catch (error) {
    connection?.fail(asError(error));
    throw error;
  } finally {
    clearTimeout(deadline);
    signal?.removeEventListener('abort', abort);
  }
}

async function login(connection: Connection, route: Route, options: NegotiateOptions): Promise<Negotiated> {
  let features = await connection.openStream();
  if (route.security === 'starttls') {
    await startTls(connection, features, options.ca);
    features = await connection.openStream();
  }
  await authenticate(connection, features, options.account);
  features = await connection.openStream();
  if (!features.getChild('sm', ns.sm)) throw new StreamFailed('feature-not-implemented', 'no stream management');
  return bind(connection, options);
}

async function startTls(connection: Connection, features: Element, ca: string | undefined): Promise<void> {
  if (!features.getChild('starttls', ns.tls)) throw new StreamFailed('policy-violation', 'no STARTTLS offered');
  connection.write(`<starttls xmlns='${ns.tls}'/>`);
  const answer = await connection.next();
  if (!answer.is('proceed', ns.tls)) throw new StreamFailed('policy-violation', 'STARTTLS refused');
  await connection.secure(ca);
}

/** SASL PLAIN (RFC 4616). Invariant: only ever called on a connection that is under TLS. */
async function authenticate(connection: Connection, features: Element, account: Account): Promise<void> {
  const mechanisms = features.getChild('mechanisms', ns.sasl)?.getChildren('mechanism') ?? [];
  if (!mechanisms.some((mechanism) => mechanism.getText() === 'PLAIN')) throw new StreamFailed('invalid-mechanism', 'no SASL PLAIN offered');
  const credentials = Buffer.from(`\0${localPartOf(account.jid)}\0${account.password}`).toString('base64');
  connection.write(`<auth xmlns='${ns.sasl}' mechanism='PLAIN'>${credentials}</auth>`);
  const answer = await connection.next();
  if (answer.is('success', ns.sasl)) return;
  const condition = answer.getChildElements().find((child) => child.getName() !== 'text')?.getName() ?? 'undefined-condition';
  if (answer.is('failure', ns.sasl) && refusals.has(condition)) throw new NotAuthorized(condition);
  throw new StreamFailed(condition);
}

/**
 * Binds the resource and switches stream management on, in one write: a server hands a stanza to a full JID from the
 * moment it is bound, and what arrives before <enabled/> is not under the protection of the acknowledgements.
 */
async function bind(connection: Connection, options: NegotiateOptions): Promise<Negotiated> {
  const resource = options.resource === undefined ? '' : `<resource>${escapeXml(options.resource)}</resource>`;
  connection.write(`<iq type='set' id='bind'><bind xmlns='${ns.bind}'>${resource}</bind></iq><enable xmlns='${ns.sm}'/>`);
  const uncounted: Element[] = [];
  let jid: string | undefined;
  for (;;) {
    const element = await connection.next();
    if (element.is('iq') && element.attrs['id'] === 'bind') jid = boundJid(element);
    else if (element.is('enabled', ns.sm) && jid !== undefined) return { connection, jid, uncounted };
    else if (element.is('failed', ns.sm)) throw new StreamFailed('feature-not-implemented', 'stream management refused');
    else uncounted.push(element);
  }
}

function boundJid(answer: Element): string {
  const jid = answer.getChild('bind', ns.bind)?.getChildText('jid');
  if (answer.attrs['type'] === 'result' && jid) return jid;
  const condition = answer.getChild('error')?.getChildElements()[0]?.getName() ?? 'undefined-condition';
  throw condition === 'conflict' ? new StreamConflict() : new StreamFailed(condition, 'resource binding refused');
}

export function domainOf(jid: string): string {
  return jid.slice(jid.lastIndexOf('@') + 1).split('/', 1)[0] ?? '';
}

function localPartOf(jid: string): string {
  return jid.slice(0, Math.max(jid.lastIndexOf('@'), 0));
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
