import type { LanguagePack } from '@multiconnect/contract';

export interface PackChanges {
  /** To ask from next time. */
  readonly version: number;
  /** Whose packs changed. */
  readonly languages: readonly string[];
}

/** Where approved templates come from. */
export interface PackSource {
  /**
   * The pack as it is now; `unchanged` when it still has the version `known`; undefined when nothing is approved in the
   * language. Throws {@link PacksUnavailable}.
   */
  fetch(namespace: string, language: string, known?: number): Promise<LanguagePack | 'unchanged' | undefined>;
  /**
   * What changed after `since`, as soon as something did, or nothing after a while. A `since` of 0 is answered at once when
   * there is any pack. Throws {@link PacksUnavailable}, and the signal's reason.
   */
  changes(namespace: string, since: number, signal: AbortSignal): Promise<PackChanges>;
  close(): Promise<void>;
}

/** The packs cannot be had now. Nothing is known about them; ask again later. */
export class PacksUnavailable extends Error {
  override readonly name = 'PacksUnavailable';
}
