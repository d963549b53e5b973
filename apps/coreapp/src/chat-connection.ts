import type { CoreappStatistics } from '@multiconnect/statistics';
import { type Element, type IqRequest, type MaintainedStream, StreamClosedError, type XmppStream } from '@multiconnect/xmpp';
import type { ChatLineOptions, ChatLineUser } from './chat-line.ts';
import type { ChatLines } from './chat-lines.ts';
import type { StopKind } from './shard-service.ts';

export interface ChatConnectionOptions extends ChatLineOptions, ChatLineUser {
  readonly lines: ChatLines;
  readonly statistics: Pick<CoreappStatistics, 'connected' | 'serverRequest'>;
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
  /** Leaves the connection to the shard's next tenure in this process. */
  handOver(): void;
}

const maxPosted = 10_000;

/** The one chat connection of a shard, for one tenure. */
export function openChatConnection(options: ChatConnectionOptions): ChatConnection {
  const { lines, statistics } = options;
  let stream: XmppStream | undefined;
  let posted: string[] = [];
  let isOver = false;

  const flush = (online: XmppStream) => {
    for (const stanza of posted) online.send(stanza);
    posted = [];
  };
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

  const line = lines.take(options);
  line.attach({
    ...options,
    onOnline(online) {
      stream = online;
      options.onOnline(online);
      flush(online);
    },
    onOffline() {
      stream = undefined;
      options.onOffline();
    },
  });

  /** Whether it had not been left before. */
  const leave = (): boolean => {
    const isFirst = !isOver;
    isOver = true;
    stream = undefined;
    return isFirst;
  };

  return {
    get state() {
      return isOver ? 'closed' : line.state;
    },
    request: (iq) => (stream === undefined ? Promise.reject(new StreamClosedError({ kind: 'lost', cause: 'not connected' })) : timed(stream, iq)),
    post(stanza) {
      if (stream !== undefined) stream.send(stanza);
      else if (posted.length < maxPosted) posted.push(stanza);
    },
    async stop() {
      if (!leave()) return;
      await line.stop();
      lines.giveBack(options);
    },
    abort() {
      if (!leave()) return;
      line.abort();
      lines.giveBack(options);
    },
    handOver() {
      if (!leave()) return;
      line.detach();
      lines.giveBack(options, line);
    },
  };
}

/** First of all when a tenure ends: what the server keeps for this connection goes to whoever may commit it now. */
export async function leaveChat(chat: ChatConnection, how: StopKind): Promise<void> {
  switch (how) {
    case 'in-order':
      await chat.stop();
      break;
    case 'at-once':
      chat.abort();
      break;
    case 'hand-over':
      chat.handOver();
  }
}
