import type { Route } from '@multiconnect/phone';

/** What the process of the phones is told. */
export type ToPhones =
  | {
      readonly kind: 'open';
      readonly numbers: readonly string[];
      readonly registryUrl: string;
      readonly operatorToken: string;
      readonly routes: readonly Route[];
      readonly ca?: string;
    }
  | { readonly kind: 'write'; readonly customer: string; readonly to: string; readonly text: string }
  | { readonly kind: 'close' };

/** What it tells. */
export type FromPhones =
  | { readonly kind: 'opened' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'shown'; readonly customer: string; readonly text: string; readonly atMs: number }
  | { readonly kind: 'sent'; readonly text: string; readonly atMs: number }
  | { readonly kind: 'gaveUp'; readonly text: string; readonly reason: string }
  | { readonly kind: 'bounced' | 'unreadable'; readonly detail: string; readonly atMs: number }
  | { readonly kind: 'closed' };
