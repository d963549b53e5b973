import type { NodeConfig } from '@multiconnect/config';
import type { ChatCredentials } from '@multiconnect/message-store';
import type { CoreappStatistics } from '@multiconnect/statistics';
import type { Logger } from '@multiconnect/telemetry';
import { type Element, type MaintainedStream, maintainStream, refusalDelaysMs, resolveRoutes, type StreamClosed, type XmppStream } from '@multiconnect/xmpp';
import { createStanzaLine } from './stanza-line.ts';

/** A cluster has few connections, and a number must be back soon after its server is. */
const backoff = { initialMs: 100, maxMs: 750 };
const connectTimeoutMs = 5_000;
/** A server that has gone silent is noticed within two of these. */
const keepAliveIntervalMs = 2_000;
const maxUnhandledStanzas = 2_000;
/** Another conflict within this time is another cluster's. */
const conflictMemoryMs = 60_000;

/** Whom a line serves: the shard's tenure. */
export interface ChatLineUser {
  /** -1 receives only what is sent to the full JID; the control shard's 1 receives for the whole number. */
  readonly priority: -1 | 1;
  /**
   * Throws unless the database says that the shard is this process's. INVARIANT: asked before every attempt to connect. An owner of before
   * that cannot reach its database would go on binding the resource, and so closing the connection of who owns the shard now.
   */
  readonly assertOwned: () => Promise<void>;
  /** Before presence is sent: what must stand when stanzas begin to arrive. */
  readonly prepare: (stream: XmppStream) => Promise<void>;
  readonly onOnline: (stream: XmppStream) => void;
  readonly onOffline: () => void;
  readonly onStanza: (stanza: Element) => Promise<void> | undefined;
  readonly onAcknowledged: (ids: readonly string[]) => void;
  /** Another connection has this resource, or the account is refused: no more attempts are made. */
  readonly onGaveUp: (reason: 'conflict' | 'not-authorized') => void;
}

/**
 * A chat connection of one resource. It outlives its user: the next tenure of the shard goes on with it. What arrives meanwhile
 * waits, uncounted.
 */
export interface ChatLine {
  readonly state: MaintainedStream['state'];
  /** Resolves when the connection stands for the first time, or will not. */
  readonly opened: Promise<void>;
  attach(user: ChatLineUser): void;
  detach(): void;
  /** Leaves in good order. */
  stop(): Promise<void>;
  /** Cuts the connection. */
  abort(): void;
}

export interface ChatLineOptions {
  readonly config: Pick<NodeConfig, 'xmppRoutes' | 'xmppCa'>;
  readonly credentials: ChatCredentials;
  /** One resource a shard: binding it anew makes the server close an older owner's connection. */
  readonly resource: string;
  readonly log: Logger;
  readonly statistics: Pick<CoreappStatistics, 'connected'>;
}

export function openChatLine({ config, credentials, resource, log, statistics }: ChatLineOptions): ChatLine {
  const domain = credentials.jid.slice(credentials.jid.indexOf('@') + 1);
  const opened = Promise.withResolvers<undefined>();
  let user: ChatLineUser | undefined;
  const stanzas = createStanzaLine();
  let stream: XmppStream | undefined;
  let connectingSinceMs = performance.now();
  let conflictedMs = -Infinity;
  let isLeft = false;
  let isOver = false;

  const permit = async () => {
    if (user !== undefined) await user.assertOwned();
    else if (isLeft) throw new Error('nobody uses the connection');
  };
  const bringOnline = async (to: ChatLineUser, online: XmppStream) => {
    await to.prepare(online);
    online.presence(to.priority);
    if (user === to && stream === online) to.onOnline(online);
  };
  const noticeOpen = () => {
    const tookMs = Math.round(performance.now() - connectingSinceMs);
    statistics.connected(tookMs);
    log.info({ resource, tookMs }, 'chat connection open');
    opened.resolve(undefined);
  };
  const end = (reason: string) => {
    isOver = true;
    opened.resolve(undefined);
    stanzas.close(reason);
  };

  // The owner of before may have been connecting while the shard moved: it comes once, and then has no permit.
  const gaveUp = (reason: 'conflict' | 'not-authorized') => {
    const isFirst = performance.now() - conflictedMs > conflictMemoryMs;
    if (reason === 'conflict' && isFirst && user !== undefined && !isOver) {
      conflictedMs = performance.now();
      maintained = maintain();
      return;
    }
    end(reason);
    user?.onGaveUp(reason);
  };
  const maintain = () => maintainStream({
    account: credentials,
    permit,
    refusalDelaysMs,
    resource,
    routes: config.xmppRoutes.length > 0 ? config.xmppRoutes : () => resolveRoutes(domain),
    ...(config.xmppCa === undefined ? {} : { ca: config.xmppCa }),
    connectTimeoutMs,
    keepAliveIntervalMs,
    maxUnhandledStanzas,
    backoff,
    onStanza: (stanza) => stanzas.handle(stanza),
    onAcknowledged: (ids) => user?.onAcknowledged(ids),
    async onOnline(online) {
      stream = online;
      if (user !== undefined) await bringOnline(user, online);
      noticeOpen();
    },
    onOffline(reason: StreamClosed) {
      stream = undefined;
      connectingSinceMs = performance.now();
      log.info({ reason: reason.kind, resource }, 'chat connection closed');
      user?.onOffline();
    },
    onGaveUp: ({ kind }) => gaveUp(kind),
    onAttemptFailed: (error, retryInMs) => log.warn({ err: error, retryInMs, resource }, 'chat connection failed'),
  });
  let maintained = maintain();

  return {
    get state() {
      return maintained.state;
    },
    opened: opened.promise,
    attach(to) {
      user = to;
      stanzas.open((stanza) => to.onStanza(stanza));
      const online = stream;
      if (online !== undefined) bringOnline(to, online).catch(() => online.abort());
    },
    detach() {
      user = undefined;
      isLeft = true;
      stanzas.halt();
    },
    stop() {
      end('stopped');
      return maintained.stop();
    },
    abort() {
      end('aborted');
      maintained.abort();
    },
  };
}
