/** How to authorize at a provider (RFC 6750, RFC 7617); sealed at rest. */
export type MediaProviderConfig =
  | { readonly bearer: string }
  | { readonly basic: { readonly username: string; readonly password: string } };

/** A place of the business's own where media that messages name by link are. */
export interface MediaProvider {
  readonly name: string;
  readonly type: string;
  readonly config: MediaProviderConfig;
}

export interface MediaProviders {
  /** In order of their names. */
  list(account: number): Promise<readonly MediaProvider[]>;
  /** All or none; one that is there under the same name is replaced. Names are unlike each other. */
  save(account: number, providers: readonly MediaProvider[]): Promise<void>;
  /** False when there was none. */
  remove(account: number, name: string): Promise<boolean>;
}
