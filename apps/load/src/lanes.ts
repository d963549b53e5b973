/**
 * One lane a recipient: what is given runs one after another within a lane, lanes run side by side. Only so is there an
 * order of posting to check.
 */
export class Lanes {
  readonly #waiting = new Map<number, (() => Promise<void>)[]>();
  readonly #idle = new Set<() => void>();
  #heldBack = 0;

  /** Runs that had to wait for the one before them. */
  get heldBackCount(): number {
    return this.#heldBack;
  }

  run(lane: number, job: () => Promise<void>): void {
    const waiting = this.#waiting.get(lane);
    if (waiting !== undefined) {
      this.#heldBack++;
      waiting.push(job);
      return;
    }
    const own: (() => Promise<void>)[] = [job];
    this.#waiting.set(lane, own);
    void this.#drain(lane, own);
  }

  /** Resolves when nothing runs. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.size === 0) resolve();
      else this.#idle.add(resolve);
    });
  }

  async #drain(lane: number, jobs: (() => Promise<void>)[]): Promise<void> {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await job();
    this.#waiting.delete(lane);
    if (this.#waiting.size > 0) return;
    this.#idle.forEach((resolve) => resolve());
    this.#idle.clear();
  }
}
