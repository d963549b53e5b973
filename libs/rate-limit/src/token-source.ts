/** So many a second on average, and so many at once. */
export interface Limit {
  readonly perSecond: number;
  readonly burst: number;
}

export interface Grant {
  readonly given: number;
  /** Milliseconds until the bucket has a token again; 0: it has one. */
  readonly nextInMs: number;
}

/** Where tokens come from. Rejects while it is away. */
export type TokenSource = (endpoint: string, limit: Limit, needed: number, ahead: number) => Promise<Grant>;
