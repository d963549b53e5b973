import type { LinkMode } from './link.ts';

/** What the process of the links is asked. Every question is answered, in its turn. */
export type Asked =
  | { readonly kind: 'open'; readonly name: string; readonly target: number }
  | { readonly kind: 'set'; readonly name: string; readonly mode: LinkMode }
  | { readonly kind: 'reset'; readonly name: string };

export interface Answered {
  /** Of the link in question. */
  readonly port: number;
}
