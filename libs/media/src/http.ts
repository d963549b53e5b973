import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { Clock } from '@multiconnect/clock';
import { Agent, buildConnector, type Dispatcher, request } from 'undici';
import { isPublicAddress } from './addresses.ts';
import { FetchFailed, LinkRefused, MediaTooLarge } from './errors.ts';

export interface MediaHttpOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** Operator's choice: links may lead to loopback, private and link-local addresses. */
  readonly allowPrivateAddresses?: boolean;
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
  const known = errors.find((one) => one instanceof LinkRefused || one instanceof FetchFailed);
  if (known instanceof Error) return known;
  if (error instanceof Error && error.name === 'AbortError') return new FetchFailed('aborted');
  const codes = errors.map((one) => (one instanceof Error && 'code' in one ? String(one.code) : ''));
  return new FetchFailed(codes.map((code) => reasonOfCode[code]).find((reason) => reason !== undefined) ?? 'network');
}

/** Answers the addresses of a name, all of them public; a name with one that is not is refused as a whole. */
function publicLookup(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses = Array.isArray(found) ? found : [];
      const [first] = addresses;
      if (error) callback(error, [], 0);
      else if (first === undefined) callback(new FetchFailed('unresolved'), [], 0);
      else if (addresses.some(({ address }) => !isPublicAddress(address))) callback(new LinkRefused('address-not-public'), [], 0);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/**
 * INVARIANT: no byte goes to an address that is not public. Names are checked where they are resolved for this very
 * connection, addresses in URLs before it is opened, and the peer of the open connection once more.
 */
function publicConnector(connect: buildConnector.connector): buildConnector.connector {
  const refuse = (callback: buildConnector.Callback) => callback(new LinkRefused('address-not-public'), null);
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !isPublicAddress(host)) {
      refuse(callback);
      return;
    }
    connect(options, (...[error, socket]) => {
      if (error) callback(error, null);
      else if (isPublicAddress(socket.remoteAddress ?? '')) callback(null, socket);
      else {
        socket.destroy();
        refuse(callback);
      }
    });
  };
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
  const { clock, allowPrivateAddresses = false, trustedOrigins = [], lookup = systemLookup, ca } = options;
  const { connectTimeoutMs, idleTimeoutMs, totalTimeoutMs } = { ...defaults, ...options };
  const trusted = new Set(trustedOrigins.map((origin) => new URL(origin).origin));
  const connection = { timeout: connectTimeoutMs, allowH2: false, ...(ca !== undefined && { ca }) };
  const timeouts = { headersTimeout: idleTimeoutMs, bodyTimeout: idleTimeoutMs, allowH2: false };
  const unguarded = new Agent({ ...timeouts, connect: buildConnector({ ...connection, lookup }) });
  const guarded = new Agent({ ...timeouts, connect: publicConnector(buildConnector({ ...connection, lookup: publicLookup(lookup) })) });

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
        const dispatcher = allowPrivateAddresses || trusted.has(url.origin) ? unguarded : guarded;
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
