interface Waiting {
  /** How many messages that were written before this one have not been decrypted. */
  readonly missing: () => number;
  readonly go: () => void;
}

interface Sender {
  readonly waiting: Set<Waiting>;
  /** So many are not waited for any more. */
  givenUp: number;
  isTaking: boolean;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Lets the messages of each sending device be decrypted one after another in the order in which they were written: after a broken
 * connection a server hands over again in another order, and may have kept one back. What never comes is waited for once.
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

  /** Runs `take` when it is this message's turn. */
  async inTurn<T>(name: string, missing: () => number, take: () => Promise<T>): Promise<T> {
    const sender = this.#senders.get(name) ?? { waiting: new Set(), givenUp: 0, isTaking: false, timer: undefined };
    this.#senders.set(name, sender);
    await new Promise<void>((go) => {
      sender.waiting.add({ missing, go });
      this.#look(sender);
    });
    try {
      return await take();
    } finally {
      sender.isTaking = false;
      this.#look(sender);
    }
  }

  /** Nobody is waited for any more: each message has its turn, in the best order there is. */
  close(): void {
    for (const sender of this.#senders.values()) this.#giveUp(sender);
  }

  #look(sender: Sender): void {
    if (sender.isTaking) return;
    const next = firstOf(sender.waiting);
    if (next === undefined) {
      clearTimeout(sender.timer);
      sender.timer = undefined;
      return;
    }
    const count = next.missing();
    if (count <= sender.givenUp) this.#let(sender, next, count);
    else this.#waitFor(sender);
  }

  #let(sender: Sender, next: Waiting, count: number): void {
    clearTimeout(sender.timer);
    sender.timer = undefined;
    sender.givenUp = count;
    sender.isTaking = true;
    sender.waiting.delete(next);
    next.go();
  }

  #waitFor(sender: Sender): void {
    if (sender.timer !== undefined) return;
    sender.timer = setTimeout(() => this.#giveUp(sender), this.#gapWaitMs);
    this.#onGap();
  }

  #giveUp(sender: Sender): void {
    clearTimeout(sender.timer);
    sender.timer = undefined;
    sender.givenUp = firstOf(sender.waiting)?.missing() ?? sender.givenUp;
    this.#look(sender);
  }
}

function firstOf(waiting: ReadonlySet<Waiting>): Waiting | undefined {
  let first: Waiting | undefined;
  let least = Infinity;
  for (const one of waiting) {
    const count = one.missing();
    if (count >= least) continue;
    first = one;
    least = count;
  }
  return first;
}
