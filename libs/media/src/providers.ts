/** A media provider as `POST /v1/settings/application/media/providers` takes it. */
export interface MediaProvider {
  readonly name: string;
  readonly type: string;
  readonly config: { readonly bearer: string } | { readonly basic: { readonly username: string; readonly password: string } };
}

/** The Authorization header of requests through a provider. */
export function authorizationOf({ config }: MediaProvider): string {
  if ('bearer' in config) return `Bearer ${config.bearer}`;
  const { username, password } = config.basic;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
