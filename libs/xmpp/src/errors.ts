import type { Route } from './routes.ts';

/** Why an open stream ended. */
export type StreamClosed =
  | { readonly kind: 'requested' }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'not-authorized' }
  | { readonly kind: 'stream-error'; readonly condition: string }
  | { readonly kind: 'lost'; readonly cause: string };

/** Another connection holds, or has taken, the full JID (RFC 6120, 4.9.3.3). Do not reconnect. */
export class StreamConflict extends Error {
  override readonly name = 'StreamConflict';
  constructor() {
    super('another connection has the same full JID');
  }
}

/** The server refused the credentials (RFC 6120, 6.5). Do not retry with the same ones. */
export class NotAuthorized extends Error {
  override readonly name = 'NotAuthorized';
  readonly condition: string;

  constructor(condition: string) {
    super(`the server refused the credentials: ${condition}`);
    this.condition = condition;
  }
}

export interface FailedRoute {
  readonly route: Route;
  readonly reason: string;
}

/** No route led to a server that could be talked to. */
export class ConnectFailed extends Error {
  override readonly name = 'ConnectFailed';
  readonly attempts: readonly FailedRoute[];

  constructor(attempts: readonly FailedRoute[]) {
    const reasons = attempts.map(({ route, reason }) => `${route.host}:${route.port} (${route.security}): ${reason}`);
    super(reasons.length > 0 ? `no route works: ${reasons.join('; ')}` : 'there is no route');
    this.attempts = attempts;
  }
}

/** A server was reached, and it ended or refused the stream for a reason other than the credentials. */
export class StreamFailed extends Error {
  override readonly name = 'StreamFailed';
  readonly condition: string;
  readonly text: string | undefined;

  constructor(condition: string, text?: string) {
    super(text ? `stream failed: ${condition} (${text})` : `stream failed: ${condition}`);
    this.condition = condition;
    this.text = text;
  }
}

/** The stream is closed: nothing was sent, or no answer can come any more. */
export class StreamClosedError extends Error {
  override readonly name = 'StreamClosedError';
  readonly reason: StreamClosed;

  constructor(reason: StreamClosed) {
    super(`the stream is closed: ${reason.kind}`);
    this.reason = reason;
  }
}

/** The answer to a request is an error stanza (RFC 6120, 8.3). */
export class IqError extends Error {
  override readonly name = 'IqError';
  readonly condition: string;
  readonly text: string | undefined;

  constructor(condition: string, text?: string) {
    super(text ? `request refused: ${condition} (${text})` : `request refused: ${condition}`);
    this.condition = condition;
    this.text = text;
  }
}

/** No answer came in time. The request may have been carried out. */
export class IqTimeout extends Error {
  override readonly name = 'IqTimeout';
  readonly timeoutMs: number;

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/** The input breaks XML, XMPP's restrictions on it (RFC 6120, 11.1), or a size limit. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
  readonly condition: 'not-well-formed' | 'restricted-xml' | 'policy-violation';

  constructor(condition: 'not-well-formed' | 'restricted-xml' | 'policy-violation') {
    super(`refused XML: ${condition}`);
    this.condition = condition;
  }
}
