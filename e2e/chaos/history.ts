/** All times are milliseconds since 1970, of this machine's one clock. */

/** A post of the business, from its first attempt on. */
export interface Post {
  readonly text: string;
  readonly customer: string;
  readonly postedAtMs: number;
  /** At the 201; missing when none came. */
  acceptedAtMs?: number;
  /** Of the 201. */
  id?: string;
  attempts: number;
}

/** A message that a customer's phone was told to send. */
export interface Written {
  readonly text: string;
  readonly customer: string;
  readonly writtenAtMs: number;
  /** When the chat server had acknowledged it; missing when that never came. */
  sentAtMs?: number;
  /** Why the phone gave it up, which it may do before anything was sent. */
  refusal?: string;
}

/** A message as it appeared on a phone. */
export interface Shown {
  readonly customer: string;
  readonly text: string;
  readonly atMs: number;
}

export interface CalledBackMessage {
  readonly id: string;
  readonly customer: string;
  /** The body of a text; of anything else `(type)`. */
  readonly text: string;
  readonly atMs: number;
}

export interface CalledBackStatus {
  readonly id: string;
  readonly status: string;
  readonly customer: string;
  readonly atMs: number;
}

/** What the shard map said from this time on. */
export interface Ownership {
  readonly shard: number;
  readonly owner: string;
  readonly epoch: number;
  readonly atMs: number;
}

/** Something that the promises forbid and that was seen happening. */
export interface Incident {
  readonly what: 'bounced' | 'unreadable' | 'died' | 'refused';
  readonly detail: string;
  readonly atMs: number;
}

/** What the world outside of the cluster did and saw, each list in the order of its happening. */
export interface History {
  readonly posts: readonly Post[];
  readonly shown: readonly Shown[];
  readonly written: readonly Written[];
  readonly messages: readonly CalledBackMessage[];
  readonly statuses: readonly CalledBackStatus[];
  readonly ownership: readonly Ownership[];
  readonly incidents: readonly Incident[];
}

type Lists = { readonly [Name in keyof History]: History[Name] extends readonly (infer Item)[] ? Item[] : never };

/** A history that is still being written. */
export const openHistory = (): Lists => ({
  posts: [],
  shown: [],
  written: [],
  messages: [],
  statuses: [],
  ownership: [],
  incidents: [],
});

export type OpenHistory = ReturnType<typeof openHistory>;
