import type { Route } from '@multiconnect/phone';

/** What the process of the phones is told. */
export type ToPhones =
  | {
      readonly kind: 'open';
      readonly count: number;
      readonly registryUrl: string;
      readonly operatorToken: string;
      readonly routes: readonly Route[];
      readonly ca?: string;
    }
  | ({ readonly kind: 'write' } & Writing)
  | { readonly kind: 'count' }
  | { readonly kind: 'close' };

/** Phones that write to the business in turn, at an even pace. */
export interface Writing {
  readonly runId: string;
  /** wa_id digits of the business. */
  readonly to: string;
  /** Messages a second, of all together. */
  readonly rate: number;
  readonly durationS: number;
  readonly writers: number;
}

/** One message on one screen. */
export interface Screen {
  /** wa_id digits. */
  readonly number: string;
  readonly text: string;
}

/** One message from one phone, which the chat server has acknowledged. Times on the clock of `Date.now()`, with fractions. */
export interface Written {
  readonly number: string;
  readonly sequence: number;
  readonly writtenAtMs: number;
  readonly acknowledgedAtMs: number;
}

export interface PhoneTotals {
  readonly shown: number;
  readonly duplicates: number;
  readonly undecryptable: number;
  readonly receipts: number;
}

/** What it tells. `shown` is in the order of showing. */
export type FromPhones =
  | { readonly kind: 'progress'; readonly opened: number }
  | { readonly kind: 'opened'; readonly numbers: readonly string[] }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'shown'; readonly screens: readonly Screen[] }
  | { readonly kind: 'written'; readonly messages: readonly Written[] }
  /** Nothing more will be written; `reasons` of those that could not be. */
  | { readonly kind: 'wrote'; readonly reasons: readonly string[] }
  | { readonly kind: 'counted'; readonly totals: PhoneTotals }
  | { readonly kind: 'closed' };
