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
  | { readonly kind: 'close' };

/** One message on one screen. */
export interface Screen {
  /** wa_id digits. */
  readonly number: string;
  readonly text: string;
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
  | { readonly kind: 'closed'; readonly totals: PhoneTotals };
