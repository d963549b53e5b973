import type { LookupFunction } from 'node:net';
import type { Clock } from '@multiconnect/clock';
import { AddressRefused, createEgressRule, egressConnector, noPrivateDestinations, type PrivateDestinations } from '@multiconnect/egress';
import { Agent, type Dispatcher, request } from 'undici';
import { FetchFailed, LinkRefused, MediaTooLarge } from './errors.ts';

export interface MediaHttpOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** Operator's choice: where links may lead besides public addresses. */
  readonly privateDestinations?: PrivateDestinations;
  /** Reached wherever they are, like `http://127.0.0.1:5280` of a chat network on the same machine. */
  readonly trustedOrigins?: readonly string[];
  /** Default: the system's resolver. */
  readonly lookup?: LookupFunction;
  /** PEM of authorities to trust in place of the system's. */
  readonly ca?: string;
  readonly connectTimeoutMs?: number;
  /** Longest silence. */
  readonly idleTimeoutMs?: number;
  /** For a request from its start to the end of its answer. */
  readonly totalTimeoutMs?: number;
}

export interface HttpFile {
  /** Content-Type, as sent. */
  readonly contentType?: string;
  /** Content-Length, where it is sent. */
  readonly sizeBytes?: number;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface GetOptions {
  readonly maxBytes: number;
  readonly authorization?: string;
  readonly signal?: AbortSignal;
}

export interface PutOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly sizeBytes: number;
  readonly body: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
}

/** HTTP for files. Never follows a redirect. Errors hold no URL: one may carry a secret. */
export interface MediaHttp {
  /** In their one spelling. */
  readonly trustedOrigins: ReadonlySet<string>;
  /** `consume` gets the file while it comes; only 200 counts. Rejects with LinkRefused, FetchFailed, MediaTooLarge, or what `consume` throws. */
  get<T>(url: string, options: GetOptions, consume: (file: HttpFile) => Promise<T>): Promise<T>;
  /** To an address that the chat server named. Rejects with FetchFailed unless the answer is 200 to 204. */
  put(url: string, options: PutOptions): Promise<void>;
  close(): Promise<void>;
}

const defaults = { connectTimeoutMs: 10_000, idleTimeoutMs: 30_000, totalTimeoutMs: 600_000 };
const maxAnswerBytes = 65_536;

const reasonOfCode: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'reset',
  ENOTFOUND: 'unresolved',
  EAI_AGAIN: 'unresolved',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  CERT_HAS_EXPIRED: 'certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate',
};

/** Node tries all addresses of a name and reports them together. */
function networkErrorOf(error: unknown): Error {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  if (errors.some((one) => one instanceof AddressRefused)) return new LinkRefused('address-not-public');
  const known = errors.find((one) => one instanceof LinkRefused || one instanceof FetchFailed);
  if (known instanceof Error) return known;
  if (error instanceof Error && error.name === 'AbortError') return new FetchFailed('aborted');
  const codes = errors.map((one) => (one instanceof Error && 'code' in one ? String(one.code) : ''));
  return new FetchFailed(codes.map((code) => reasonOfCode[code]).find((reason) => reason !== undefined) ?? 'network');
}

function urlOf(text: string): URL {
  if (!URL.canParse(text)) throw new LinkRefused('bad-url');
  const url = new URL(text);
  const isPlain = url.username === '' && url.password === '';
  if (!isPlain || !['http:', 'https:'].includes(url.protocol)) throw new LinkRefused('bad-url');
  return url;
}

const headerOf = (answer: Dispatcher.ResponseData, name: string): string | undefined => {
  const value = answer.headers[name];
  return typeof value === 'string' ? value : value?.[0];
};

function fileOf(answer: Dispatcher.ResponseData, maxBytes: number): HttpFile {
  if (answer.statusCode !== 200) throw new FetchFailed(`http-${answer.statusCode}`);
  if ((headerOf(answer, 'content-encoding') ?? 'identity') !== 'identity') throw new FetchFailed('content-encoding');
  const contentType = headerOf(answer, 'content-type');
  const length = headerOf(answer, 'content-length');
  if (length !== undefined && Number(length) > maxBytes) throw new MediaTooLarge(maxBytes);
  return {
    body: networkBody(answer.body),
    ...(contentType !== undefined && { contentType }),
    ...(length !== undefined && { sizeBytes: Number(length) }),
  };
}

/** Errors of the connection while the file comes are told apart from those of whoever takes it. */
async function* networkBody(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw networkErrorOf(error);
  }
}

export function createMediaHttp(options: MediaHttpOptions): MediaHttp {
  const { clock, privateDestinations = noPrivateDestinations, trustedOrigins = [], lookup, ca } = options;
  const { connectTimeoutMs, idleTimeoutMs, totalTimeoutMs } = { ...defaults, ...options };
  const trusted = new Set(trustedOrigins.map((origin) => new URL(origin).origin));
  const agentFor = (allowed: PrivateDestinations) => {
    const rule = createEgressRule(allowed);
    const connect = egressConnector({ rule, timeoutMs: connectTimeoutMs, ...(lookup !== undefined && { lookup }), ...(ca !== undefined && { ca }) });
    return new Agent({ headersTimeout: idleTimeoutMs, bodyTimeout: idleTimeoutMs, allowH2: false, connect });
  };
  const guarded = agentFor(privateDestinations);
  const unguarded = agentFor('all');

  async function withDeadline<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = new AbortController();
    const cancel = clock.after(totalTimeoutMs, () => deadline.abort(new FetchFailed('timeout')));
    try {
      return await work(signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal);
    } finally {
      cancel();
    }
  }

  async function ask(url: URL, dispatcher: Agent, given: Omit<Dispatcher.RequestOptions, 'origin' | 'path'>) {
    try {
      return await request(url, { ...given, dispatcher });
    } catch (error) {
      throw networkErrorOf(error);
    }
  }

  return {
    trustedOrigins: trusted,
    get(link, { maxBytes, authorization, signal }, consume) {
      return withDeadline(signal, async (until) => {
        const url = urlOf(link);
        const dispatcher = trusted.has(url.origin) ? unguarded : guarded;
        const headers = { 'user-agent': 'Multiconnect', 'accept-encoding': 'identity', ...(authorization !== undefined && { authorization }) };
        const answer = await ask(url, dispatcher, { method: 'GET', headers, signal: until });
        try {
          return await consume(fileOf(answer, maxBytes));
        } finally {
          // Of a file that was taken whole nothing is left; of any other the rest is not read.
          answer.body.on('error', () => undefined).destroy();
        }
      });
    },
    put(link, { headers, sizeBytes, body, signal }) {
      return withDeadline(signal, async (until) => {
        const answer = await ask(urlOf(link), unguarded, {
          method: 'PUT',
          headers: { ...headers, 'content-length': String(sizeBytes) },
          body: body as unknown as Dispatcher.DispatchOptions['body'] & object,
          signal: until,
        });
        await answer.body.dump({ limit: maxAnswerBytes }).catch(() => undefined);
        if (answer.statusCode < 200 || answer.statusCode > 204) throw new FetchFailed(`http-${answer.statusCode}`);
      });
    },
    close: async () => {
      await Promise.all([guarded.destroy(), unguarded.destroy()]);
    },
  };
}
