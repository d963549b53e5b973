import type { MessageKey } from './content.ts';

/** What went wrong between posting and the recipients' screens. Each list in the order of the recipients, then of posting. */
export interface Faults {
  /** Accepted, and shown nowhere. */
  readonly lost: readonly MessageKey[];
  /** One entry for every showing after the first. */
  readonly duplicated: readonly MessageKey[];
  /** First shown after a message that was posted later. */
  readonly reordered: readonly MessageKey[];
  /** Shown by a phone that it was not posted to. */
  readonly misdelivered: readonly MessageKey[];
  /** Shown, though never posted. */
  readonly unexpected: readonly MessageKey[];
}

/** One recipient's messages, by sequence. */
export interface RecipientHistory {
  /** Answered with 201. */
  readonly accepted: ReadonlySet<number>;
  /** Posts without an answer, or with a failure: they may have been accepted, and nobody knows when. */
  readonly uncertain: ReadonlySet<number>;
  /** As shown by the recipient's phone, in order. */
  readonly shown: readonly number[];
}

export interface RecipientFaults {
  readonly lost: readonly number[];
  readonly duplicated: readonly number[];
  readonly reordered: readonly number[];
  readonly unexpected: readonly number[];
}

/** Checks one recipient. Messages whose post failed may be shown or not, at any place, but not twice. */
export function checkRecipient({ accepted, uncertain, shown }: RecipientHistory): RecipientFaults {
  const seen = new Set<number>();
  const duplicated: number[] = [];
  const reordered: number[] = [];
  const unexpected: number[] = [];
  let latest = 0;
  for (const sequence of shown) {
    if (!accepted.has(sequence) && !uncertain.has(sequence)) unexpected.push(sequence);
    else if (seen.has(sequence)) duplicated.push(sequence);
    else if (accepted.has(sequence) && sequence < latest) reordered.push(sequence);
    seen.add(sequence);
    if (accepted.has(sequence)) latest = Math.max(latest, sequence);
  }
  return { lost: [...accepted].filter((sequence) => !seen.has(sequence)), duplicated, reordered, unexpected };
}

interface OpenHistory {
  readonly accepted: Set<number>;
  readonly uncertain: Set<number>;
  readonly shown: number[];
  readonly seen: Set<number>;
}

/** Keeps what was posted and what was shown, and finds the difference. Posts and screens may be heard of in any order. */
export class Checker {
  readonly #histories = new Map<string, OpenHistory>();
  readonly #misdelivered: MessageKey[] = [];
  #shown = 0;
  #missing = 0;

  /** Messages that were shown for the first time. */
  get shownCount(): number {
    return this.#shown;
  }

  /** Accepted messages that no phone has shown yet. */
  get missingCount(): number {
    return this.#missing;
  }

  accepted({ recipient, sequence }: MessageKey): void {
    const history = this.#historyOf(recipient);
    history.accepted.add(sequence);
    if (!history.seen.has(sequence)) this.#missing++;
  }

  uncertain({ recipient, sequence }: MessageKey): void {
    this.#historyOf(recipient).uncertain.add(sequence);
  }

  shown(phone: string, key: MessageKey): void {
    if (phone !== key.recipient) {
      this.#misdelivered.push(key);
      return;
    }
    const history = this.#historyOf(phone);
    history.shown.push(key.sequence);
    if (history.seen.has(key.sequence)) return;
    history.seen.add(key.sequence);
    this.#shown++;
    if (history.accepted.has(key.sequence)) this.#missing--;
  }

  faults(): Faults {
    const found = [...this.#histories].map(([recipient, history]) => ({ recipient, faults: checkRecipient(history) }));
    const all = (kind: keyof RecipientFaults): MessageKey[] =>
      found.flatMap(({ recipient, faults }) => faults[kind].map((sequence) => ({ recipient, sequence })));
    return {
      lost: all('lost'),
      duplicated: all('duplicated'),
      reordered: all('reordered'),
      unexpected: all('unexpected'),
      misdelivered: [...this.#misdelivered],
    };
  }

  #historyOf(recipient: string): OpenHistory {
    const known = this.#histories.get(recipient);
    if (known !== undefined) return known;
    const history = { accepted: new Set<number>(), uncertain: new Set<number>(), shown: [], seen: new Set<number>() };
    this.#histories.set(recipient, history);
    return history;
  }
}
