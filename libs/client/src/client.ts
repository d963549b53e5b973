import createOpenApiClient, { type Client, type Middleware } from 'openapi-fetch';
import type { paths } from './schema.ts';

/**
 * The API with its types: `client.POST('/v1/messages', { body })` resolves with `data` or `error`, and the `response`
 * (https://openapi-ts.dev/openapi-fetch).
 */
export type ApiClient = Client<paths>;

export interface ApiClientOptions {
  /** Such as `https://localhost:9090`. */
  readonly url: string;
  /** Default: the global one. Another may trust the gateway's own certificate. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The API refused. `code` and `details` are those of its first error. */
export class ApiRefused extends Error {
  override readonly name = 'ApiRefused';
  constructor(
    readonly status: number,
    readonly code: number | undefined,
    readonly details: string | undefined,
    /** In seconds, where the API said after which time the same may pass. */
    readonly retryAfterS: number | undefined,
  ) {
    super(`the API answered ${status}${code === undefined ? '' : ` with error ${code}`}${details === undefined ? '' : `: ${details}`}`);
  }
}

interface Outcome<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

function refusalOf(error: unknown, { status, headers }: Response): ApiRefused {
  const [first] = (error as { readonly errors?: readonly { readonly code: number; readonly details?: string }[] } | undefined)?.errors ?? [];
  const retryAfter = headers.get('retry-after');
  return new ApiRefused(status, first?.code, first?.details, retryAfter === null ? undefined : Number(retryAfter));
}

/** The data of an answer. Throws {@link ApiRefused}. */
export async function dataOf<Data>(answer: Promise<Outcome<Data>>): Promise<Exclude<Data, undefined>> {
  const { data, error, response } = await answer;
  if (!response.ok) throw refusalOf(error, response);
  return data as Exclude<Data, undefined>;
}

const basic = ({ username, password }: Credentials) => `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${username}:${password}`)))}`;

function clientOf({ url, fetch }: ApiClientOptions): ApiClient {
  return createOpenApiClient<paths>({ baseUrl: url.replace(/\/+$/, ''), ...(fetch !== undefined && { fetch }) });
}

/** A token of a user, valid for 7 days; `newPassword` becomes the password. Throws {@link ApiRefused}. */
export async function login(options: ApiClientOptions, credentials: Credentials, newPassword?: string): Promise<string> {
  const { users } = await dataOf(
    clientOf(options).POST('/v1/users/login', {
      headers: { authorization: basic(credentials) },
      ...(newPassword !== undefined && { body: { new_password: newPassword } }),
    }),
  );
  const [user] = users;
  if (user === undefined) throw new ApiRefused(200, undefined, 'no token', undefined);
  return user.token;
}

/** A client of the API that shows this token. */
export function createApiClient(options: ApiClientOptions & { readonly token: string }): ApiClient {
  const client = clientOf(options);
  const authorize: Middleware = {
    onRequest({ request }) {
      request.headers.set('authorization', `Bearer ${options.token}`);
      return request;
    },
  };
  client.use(authorize);
  return client;
}

/** Uploads a file; resolves with its id. Throws {@link ApiRefused}. */
export async function uploadMedia(client: ApiClient, content: Uint8Array, contentType: string): Promise<string> {
  const { media } = await dataOf(
    client.POST('/v1/media', {
      // The description has bytes as strings.
      body: content as unknown as string,
      bodySerializer: (body) => body,
      headers: { 'content-type': contentType },
    }),
  );
  const [file] = media;
  if (file === undefined) throw new ApiRefused(201, undefined, 'no id', undefined);
  return file.id;
}
