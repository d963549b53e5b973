/** When a message passed its stations, milliseconds on the clock of `performance.now()`. */
export interface Stations {
  readonly postedAtMs: number;
  readonly acceptedAtMs: number;
  readonly sentAtMs?: number;
  readonly deliveredAtMs?: number;
}

interface CalledBack {
  sentAtMs?: number;
  deliveredAtMs?: number;
}

interface Posted {
  readonly postedAtMs: number;
  readonly acceptedAtMs: number;
}

/** Joins posts and callbacks by message id; a callback may be here before the answer to its post. */
export class Timeline {
  readonly #posted = new Map<string, Posted>();
  readonly #calledBack = new Map<string, CalledBack>();
  #undelivered = 0;
  #repeated = 0;
  readonly #failed = new Set<string>();

  /** Callbacks for one message and status after the first. */
  get repeatedCount(): number {
    return this.#repeated;
  }

  /** Accepted messages that were not called back as delivered yet. */
  get undeliveredCount(): number {
    return this.#undelivered;
  }

  /** What was not called back yet. A message that is delivered is known to be sent. */
  missing(): { readonly sent: number; readonly delivered: number } {
    const undelivered = this.stations().filter(({ deliveredAtMs }) => deliveredAtMs === undefined);
    return { sent: undelivered.filter(({ sentAtMs }) => sentAtMs === undefined).length, delivered: undelivered.length };
  }

  /** Accepted messages that were called back as failed. */
  get failedCount(): number {
    return [...this.#failed].filter((id) => this.#posted.has(id)).length;
  }

  accepted(id: string, posted: Posted): void {
    this.#posted.set(id, posted);
    if (this.#calledBack.get(id)?.deliveredAtMs === undefined) this.#undelivered++;
  }

  calledBack(id: string, status: string, atMs: number): void {
    if (status === 'failed') this.#failed.add(id);
    else if (status === 'sent' || status === 'delivered') this.#first(id, status, atMs);
  }

  /** Accepted messages, in the order of their answers. */
  stations(): readonly Stations[] {
    return [...this.#posted].map(([id, posted]) => ({ ...posted, ...this.#calledBack.get(id) }));
  }

  #first(id: string, status: 'sent' | 'delivered', atMs: number): void {
    const station = `${status}AtMs` as const;
    const calledBack = this.#calledBack.get(id) ?? {};
    this.#calledBack.set(id, calledBack);
    if (calledBack[station] !== undefined) {
      this.#repeated++;
      return;
    }
    calledBack[station] = atMs;
    if (status === 'delivered' && this.#posted.has(id)) this.#undelivered--;
  }
}
