/** XEP-0198 counters wrap at 2^32. */
const modulus = 0x1_0000_0000;

/** What we have sent and the server has not yet acknowledged, in order. */
export class SentStanzas {
  #stanzas: (string | undefined)[] = [];
  #first = 0;
  #acknowledged: number;

  /** @param start the counter at the beginning; 0 on a new stream. */
  constructor(start = 0) {
    this.#acknowledged = start;
  }

  get count(): number {
    return this.#stanzas.length - this.#first;
  }

  add(id: string | undefined): void {
    this.#stanzas.push(id);
  }

  /** Ids that `h` newly covers, in sending order; undefined when `h` covers more than was sent. */
  acknowledge(h: number): string[] | undefined {
    const covered = (h - this.#acknowledged + modulus) % modulus;
    if (!Number.isInteger(h) || h < 0 || h >= modulus || covered > this.count) return undefined;
    const ids: string[] = [];
    for (let index = this.#first; index < this.#first + covered; index++) {
      const id = this.#stanzas[index];
      if (id !== undefined) ids.push(id);
    }
    this.#acknowledged = h;
    this.#first += covered;
    this.#compact();
    return ids;
  }

  ids(): string[] {
    return this.#stanzas.slice(this.#first).filter((id) => id !== undefined);
  }

  #compact(): void {
    if (this.#first < 1024 && this.#first < this.#stanzas.length) return;
    this.#stanzas = this.#stanzas.slice(this.#first);
    this.#first = 0;
  }
}

/**
 * What has arrived and what of it is handled. Invariant: `h` counts the longest run, from the first stanza on, that is
 * handled without a gap, whatever the order in which handling completes.
 */
export class ReceivedStanzas {
  #handled: boolean[] = [];
  #first = 0;
  #base = 0;
  #unhandled = 0;
  #h: number;

  /** @param start the counter at the beginning; 0 on a new stream. */
  constructor(start = 0) {
    this.#h = start;
  }

  get h(): number {
    return this.#h;
  }

  get unhandled(): number {
    return this.#unhandled;
  }

  /** Takes a place in the arrival order, to be given to `handled` once. */
  arrived(): number {
    this.#unhandled++;
    this.#handled.push(false);
    return this.#base + this.#handled.length - 1;
  }

  handled(place: number): void {
    this.#handled[place - this.#base] = true;
    this.#unhandled--;
    while (this.#handled[this.#first] === true) {
      this.#first++;
      this.#h = (this.#h + 1) % modulus;
    }
    this.#compact();
  }

  #compact(): void {
    if (this.#first < 1024 && this.#first < this.#handled.length) return;
    this.#handled = this.#handled.slice(this.#first);
    this.#base += this.#first;
    this.#first = 0;
  }
}
