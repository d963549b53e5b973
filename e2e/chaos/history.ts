/** All times are milliseconds since 1970, of this machine's one clock. A mark is what a message is known by, whoever sees it. */

/** A post of the business, from its first attempt on. */
export interface Post {
  readonly mark: string;
  readonly kind: string;
  readonly customer: string;
  /** The mark of the customer's message that it is about. */
  readonly about?: string;
  readonly postedAtMs: number;
  /** At the 201; missing when none came. */
  acceptedAtMs?: number;
  /** Of the 201. */
  id?: string;
  attempts: number;
}

/** A message that a customer's phone was told to send. */
export interface Written {
  readonly mark: string;
  readonly kind: string;
  readonly customer: string;
  /** The mark of the business's message that it is about. */
  readonly about?: string;
  readonly writtenAtMs: number;
  /** When the chat server had acknowledged it; missing when that never came. */
  sentAtMs?: number;
  /** The phone's own id for it, with `sentAtMs`. */
  stanzaId?: string;
  /** Why the phone gave it up, which it may do before anything was sent. */
  refusal?: string;
}

/** A message as it appeared on a phone. */
export interface Shown {
  readonly customer: string;
  readonly mark: string;
  readonly kind: string;
  readonly about?: string;
  readonly atMs: number;
}

export interface CalledBackMessage {
  readonly id: string;
  readonly customer: string;
  readonly mark: string;
  readonly kind: string;
  readonly about?: string;
  /** Of a picture. */
  readonly mediaId?: string;
  readonly atMs: number;
}

export interface CalledBackStatus {
  readonly id: string;
  readonly status: string;
  readonly customer: string;
  readonly atMs: number;
}

/** A file that a customer sent, as the business fetched it. */
export interface FetchedFile {
  /** Of its message. */
  readonly mark: string;
  readonly customer: string;
  readonly isWhole: boolean;
  readonly atMs: number;
}

/** A message that its reader has said to have read: a phone by a marker, the business by `PUT /v1/messages/{id}` answered with 200. */
export interface Read {
  readonly by: 'customer' | 'business';
  readonly mark: string;
  readonly customer: string;
  readonly atMs: number;
}

/** A phone showed that the business has read a message of its. */
export interface Ticked {
  readonly mark: string;
  readonly customer: string;
  readonly atMs: number;
}

/** An answer of the API that refuses for now: 429 or 500 and above. */
export interface Refusal {
  readonly call: string;
  readonly status: number;
  /** The header. */
  readonly retryAfter?: string;
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
  readonly files: readonly FetchedFile[];
  readonly reads: readonly Read[];
  readonly ticks: readonly Ticked[];
  readonly refusals: readonly Refusal[];
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
  files: [],
  reads: [],
  ticks: [],
  refusals: [],
  ownership: [],
  incidents: [],
});

export type OpenHistory = ReturnType<typeof openHistory>;
