import type { NodeConfig } from '@multiconnect/config';
import type { ChatCredentials } from '@multiconnect/message-store';
import type { CoreappStatistics } from '@multiconnect/statistics';
import type { Logger } from '@multiconnect/telemetry';
import {
  type Element,
  type IqRequest,
  type MaintainedStream,
  maintainStream,
  resolveRoutes,
  type StreamClosed,
  StreamClosedError,
  type XmppStream,
} from '@multiconnect/xmpp';

/** A cluster has few connections, and a number must be back soon after its server is. */
const backoff = { initialMs: 100, maxMs: 750 };
const connectTimeoutMs = 5_000;
/** A server that has gone silent is noticed within two of these. */
const keepAliveIntervalMs = 2_000;
const maxUnhandledStanzas = 2_000;

export interface ChatConnectionOptions {
  readonly config: NodeConfig;
  readonly credentials: ChatCredentials;
  /** One resource a shard: binding it anew makes the server close an older owner's connection. */
  readonly resource: string;
  /** -1 receives only what is sent to the full JID; the control shard's 1 receives for the whole number. */
  readonly priority: -1 | 1;
  readonly log: Logger;
  readonly statistics: Pick<CoreappStatistics, 'connected' | 'serverRequest'>;
  /** Before presence is sent: what must stand when stanzas begin to arrive. */
  readonly prepare: (stream: XmppStream) => Promise<void>;
  readonly onOnline: (stream: XmppStream) => void;
  readonly onOffline: () => void;
  readonly onStanza: (stanza: Element) => Promise<void> | undefined;
  readonly onAcknowledged: (ids: readonly string[]) => void;
  /** Another connection has this resource, or the account is refused: no more attempts are made. */
  readonly onGaveUp: (reason: 'conflict' | 'not-authorized') => void;
}

export interface ChatConnection {
  readonly state: MaintainedStream['state'];
  request(iq: IqRequest): Promise<Element>;
  /** Sends what needs no acknowledgement; kept for the next stream while there is none. */
  post(stanza: string): void;
  /** Leaves in good order. */
  stop(): Promise<void>;
  /** Cuts the connection: the shard is another's. */
  abort(): void;
}

const maxPosted = 10_000;

/** The one chat connection of a shard. */
export function openChatConnection(options: ChatConnectionOptions): ChatConnection {
  const { config, credentials, log, statistics } = options;
  const domain = credentials.jid.slice(credentials.jid.indexOf('@') + 1);
  let stream: XmppStream | undefined;
  let posted: string[] = [];
  let connectingSinceMs = performance.now();

  const flush = (online: XmppStream) => {
    for (const stanza of posted) online.send(stanza);
    posted = [];
  };
  const describe = (reason: StreamClosed) => log.info({ reason: reason.kind, resource: options.resource }, 'chat connection closed');

  const timed = async (online: XmppStream, iq: IqRequest) => {
    const askedMs = performance.now();
    let isAnswered = false;
    try {
      const answer = await online.request(iq);
      isAnswered = true;
      return answer;
    } finally {
      statistics.serverRequest(isAnswered, performance.now() - askedMs);
    }
  };

  const maintained = maintainStream({
    account: credentials,
    resource: options.resource,
    routes: config.xmppRoutes.length > 0 ? config.xmppRoutes : () => resolveRoutes(domain),
    ...(config.xmppCa === undefined ? {} : { ca: config.xmppCa }),
    connectTimeoutMs,
    keepAliveIntervalMs,
    maxUnhandledStanzas,
    backoff,
    onStanza: options.onStanza,
    onAcknowledged: options.onAcknowledged,
    async onOnline(online) {
      await options.prepare(online);
      online.presence(options.priority);
      stream = online;
      statistics.connected(performance.now() - connectingSinceMs);
      options.onOnline(online);
      flush(online);
    },
    onOffline(reason) {
      stream = undefined;
      connectingSinceMs = performance.now();
      describe(reason);
      options.onOffline();
    },
    onGaveUp: (reason) => options.onGaveUp(reason.kind),
    onAttemptFailed: (error, retryInMs) => log.warn({ err: error, retryInMs, resource: options.resource }, 'chat connection failed'),
  });

  return {
    get state() {
      return maintained.state;
    },
    request: (iq) => (stream === undefined ? Promise.reject(new StreamClosedError({ kind: 'lost', cause: 'not connected' })) : timed(stream, iq)),
    post(stanza) {
      if (stream !== undefined) stream.send(stanza);
      else if (posted.length < maxPosted) posted.push(stanza);
    },
    stop: () => maintained.stop(),
    abort: () => maintained.abort(),
  };
}
