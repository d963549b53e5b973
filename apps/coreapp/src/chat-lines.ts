import type { Clock } from '@multiconnect/clock';
import type { ChatLine, ChatLineOptions } from './chat-line.ts';

/** The chat connections of this process that nobody uses at the moment, by account and resource. */
export interface ChatLines {
  /**
   * Opens lines before their shards are owned, a few at a time. Resolves when each stands or cannot. One whose turn comes when it is no
   * more to come is left out: it would throw out the connection of the shard's owner.
   */
  prepare(wanted: readonly ChatLineOptions[], isToCome: (one: ChatLineOptions) => Promise<boolean>): Promise<void>;
  /** The line that was prepared or left behind, or a new one. It is the caller's. */
  take(options: ChatLineOptions): ChatLine;
  /** The caller's line is over, or is left to the next tenure of its shard. */
  giveBack(options: ChatLineOptions, line?: ChatLine): void;
  /** Cuts those that nobody uses. */
  close(): void;
}

export interface ChatLinesOptions {
  readonly open: (options: ChatLineOptions) => ChatLine;
  readonly clock: Pick<Clock, 'after'>;
}

/** A handshake costs both sides dearly, and what is sent meanwhile must not wait for many of them. */
const maxOpening = 2;
/** Longer than the leader waits before it regroups. */
const preparedForMs = 15_000;
const leftForMs = 2_000;

const isUsable = ({ state }: ChatLine) => state === 'connected' || state === 'connecting';

export function createChatLines({ open, clock }: ChatLinesOptions): ChatLines {
  const idle = new Map<string, { readonly line: ChatLine; readonly cancel: () => void }>();
  const used = new Set<string>();
  const keyOf = ({ credentials, resource }: ChatLineOptions) => `${credentials.jid}/${resource}`;

  const keep = (key: string, line: ChatLine, forMs: number) => {
    const cancel = clock.after(forMs, () => {
      idle.delete(key);
      line.abort();
    });
    idle.set(key, { line, cancel });
  };
  const pick = (key: string): ChatLine | undefined => {
    const found = idle.get(key);
    found?.cancel();
    idle.delete(key);
    if (found === undefined || isUsable(found.line)) return found?.line;
    found.line.abort();
    return undefined;
  };
  const prepareOne = async (options: ChatLineOptions, isToCome: (one: ChatLineOptions) => Promise<boolean>) => {
    const key = keyOf(options);
    if (!(await isToCome(options)) || used.has(key) || idle.has(key)) return;
    const line = open(options);
    keep(key, line, preparedForMs);
    await line.opened;
  };

  return {
    async prepare(wanted, isToCome) {
      const waiting = [...wanted];
      const work = async () => {
        for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await prepareOne(one, isToCome);
      };
      await Promise.all(Array.from({ length: maxOpening }, work));
    },
    take(options) {
      const key = keyOf(options);
      used.add(key);
      return pick(key) ?? open(options);
    },
    giveBack(options, line) {
      const key = keyOf(options);
      used.delete(key);
      if (line === undefined) return;
      if (isUsable(line)) keep(key, line, leftForMs);
      else line.abort();
    },
    close() {
      for (const { line, cancel } of idle.values()) {
        cancel();
        line.abort();
      }
      idle.clear();
    },
  };
}
