/** What failed each time it was tried: callbacks, messages to customers, stanzas from customers. */
export const deadLetterKinds = ['callback', 'message', 'stanza'] as const;
export type DeadLetterKind = (typeof deadLetterKinds)[number];

/** Kind and sequence name a dead letter. */
export interface DeadLetterKey {
  readonly kind: DeadLetterKind;
  readonly seq: number;
}

export interface DeadLetter extends DeadLetterKey {
  readonly customer: string;
  /** Never content. */
  readonly reason: string;
  /** As they are counted for this kind. */
  readonly attempts: number;
  /** The id of the event, of the message, or of the message that the stanza would have become. */
  readonly about: string;
  /** When it came: since 1970. */
  readonly atMs: number;
}

/** Dead letters, for operators. They are no owner's any more, so nothing here is fenced. */
export interface DeadLetters {
  /** By kind, oldest first; `after`: the last one seen. */
  list(account: number, query: { readonly kinds: readonly DeadLetterKind[]; readonly after?: DeadLetterKey; readonly limit: number }): Promise<readonly DeadLetter[]>;
  /** They are tried again from now on, as if they had just come. Answers how many there were. */
  replay(account: number, keys: readonly DeadLetterKey[]): Promise<number>;
  /** For good. Answers how many there were. */
  drop(account: number, keys: readonly DeadLetterKey[]): Promise<number>;
  /** Each kind up to the limit; cheap however many there are. */
  count(account: number, limit: number): Promise<Readonly<Record<DeadLetterKind, number>>>;
}

/** Why something failed: the error's name and code, which hold no content. */
export function failureWord(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code = 'code' in error && typeof error.code === 'string' && /^\w{3,40}$/.test(error.code) ? ` ${error.code}` : '';
  return `${/^\w{1,60}$/.test(error.name) ? error.name : 'Error'}${code}`;
}
