/** What was found when a message was tried: so many that its sender wrote before it have not come. */
export interface Gap {
  readonly gap: number;
}

interface Waiting {
  readonly missing: number;
  /** By the process's own clock. */
  readonly sinceMs: number;
  readonly again: () => void;
}

interface Sender {
  /** So many are not waited for any more. */
  givenUp: number;
  /** Grows with every message that was taken, and with every giving up. */
  changes: number;
  readonly waiting: Set<Waiting>;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Lets the messages of each sending device be decrypted in the order in which they were written: after a broken connection a
 * server hands over again in another order, and may have kept one back. What never comes is waited for once, for so long.
 */
export class Turns {
  readonly #senders = new Map<string, Sender>();
  readonly #gapWaitMs: number;
  readonly #onGap: () => void;

  /** @param onGap something is missing: the server is to be asked for what it has */
  constructor(gapWaitMs: number, onGap: () => void) {
    this.#gapWaitMs = gapWaitMs;
    this.#onGap = onGap;
  }

  /**
   * Tries the message until it is its turn.
   * @param take takes it unless more than so many are missing before it; tried by several messages at once, it must not overlap
   */
  async inTurn<T extends { readonly missing: number }>(name: string, take: (mayMiss: number) => Promise<T | Gap>): Promise<T> {
    const sender = this.#senders.get(name) ?? { givenUp: 0, changes: 0, waiting: new Set(), timer: undefined };
    this.#senders.set(name, sender);
    let sinceMs: number | undefined;
    for (;;) {
      const { changes, givenUp } = sender;
      const taken = await take(givenUp);
      if (!('gap' in taken)) {
        this.#changed(sender, taken.missing);
        return taken;
      }
      if (sender.changes !== changes) continue;
      if (sinceMs === undefined) this.#onGap();
      sinceMs ??= performance.now();
      await this.#wait(sender, taken.gap, sinceMs);
    }
  }

  /** Nobody is waited for any more: each message has its turn, in the best order there is. */
  close(): void {
    for (const sender of this.#senders.values()) this.#giveUp(sender);
  }

  #wait(sender: Sender, missing: number, sinceMs: number): Promise<void> {
    return new Promise((again) => {
      sender.waiting.add({ missing, sinceMs, again });
      const longest = Math.min(...[...sender.waiting].map((one) => one.sinceMs));
      clearTimeout(sender.timer);
      sender.timer = setTimeout(() => this.#giveUp(sender), Math.max(1, longest + this.#gapWaitMs - performance.now()));
    });
  }

  /** Whoever misses the fewest is next; one that has waited for longer than it may comes soon after. */
  #giveUp(sender: Sender): void {
    const fewest = Math.min(...[...sender.waiting].map(({ missing }) => missing));
    if (Number.isFinite(fewest)) this.#changed(sender, fewest);
  }

  #changed(sender: Sender, givenUp: number): void {
    clearTimeout(sender.timer);
    sender.timer = undefined;
    sender.givenUp = givenUp;
    sender.changes++;
    const waiting = [...sender.waiting];
    sender.waiting.clear();
    for (const { again } of waiting) again();
  }
}
