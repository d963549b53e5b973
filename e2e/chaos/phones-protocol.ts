import type { Route } from '@multiconnect/phone';
import type { InKind, Seen } from './messages.ts';

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
  | { readonly kind: 'join'; readonly number: string }
  | { readonly kind: 'write'; readonly customer: string; readonly to: string; readonly message: WrittenMessage }
  | { readonly kind: 'read'; readonly customer: string; readonly id: string }
  | { readonly kind: 'close' };

export interface WrittenMessage {
  readonly kind: InKind;
  readonly mark: string;
  /** The business's id of the message that it is about. */
  readonly about?: string;
}

/** What it tells. Ids are those of stanzas: of the business's messages they are the gateway's. */
export type FromPhones =
  | { readonly kind: 'opened' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'joined'; readonly number: string }
  | { readonly kind: 'shown'; readonly customer: string; readonly id: string; readonly seen: Seen; readonly atMs: number }
  | { readonly kind: 'sent'; readonly mark: string; readonly id: string; readonly atMs: number }
  | { readonly kind: 'gaveUp'; readonly mark: string; readonly reason: string }
  | { readonly kind: 'ticked'; readonly customer: string; readonly id: string; readonly atMs: number }
  | { readonly kind: 'bounced' | 'unreadable'; readonly detail: string; readonly atMs: number }
  | { readonly kind: 'closed' };
