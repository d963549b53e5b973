import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { OpenHistory } from './history.ts';
import { type OutKind, payloadOf, pictureOf, pictureType } from './messages.ts';

/** A message that the business is to send. */
export interface ToPost {
  readonly kind: OutKind;
  readonly mark: string;
  readonly customer: string;
  /** The customer's message that it is about, by the gateway's id. */
  readonly about?: { readonly mark: string; readonly id: string };
}

/** A business's back end as it should be: it asks until it has an answer, and posts with one key, so that a message stays one. */
export interface Poster {
  /** Resolves at the 201, or when no more is to be posted. A customer's messages must be posted one after another. */
  post(message: ToPost): Promise<void>;
  /** Marks a customer's message, by the gateway's id, as read. */
  markRead(message: { readonly id: string; readonly mark: string; readonly customer: string }): Promise<void>;
  /** Fetches the picture of a customer's message. */
  fetchPicture(message: { readonly mediaId: string; readonly mark: string; readonly customer: string }): Promise<void>;
  /** Gives up what has no answer yet. */
  stop(): void;
  /** How often each answer came; `none` is a connection that was refused, cut or silent. */
  readonly answers: ReadonlyMap<string, number>;
}

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly content?: string | Uint8Array;
}

interface Answer {
  readonly status: number;
  readonly content: Buffer;
  readonly retryAfter?: string;
}

/** A back end does not hang on a webapp that has fallen silent: there is another. */
const answerLimitMs = 2_000;
/** As a load balancer does with one that does not answer. */
const avoidMs = 3_000;
const pauseMs = 100;
const isForNow = (status: number) => status === 429 || status >= 500;
const isSuccess = (status: number) => status >= 200 && status < 300;
const jsonType = { 'content-type': 'application/json' };

function exchange(agent: Agent, url: string, token: string, { method, path, headers, content }: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = content === undefined ? {} : { 'content-length': Buffer.byteLength(content) };
    const outgoing = request(`${url}${path}`, { method, agent, headers: { authorization: `Bearer ${token}`, ...length, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      const retryAfter = response.headers['retry-after'];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, content: Buffer.concat(chunks), ...(retryAfter === undefined ? {} : { retryAfter }) }),
      );
    });
    outgoing.once('error', reject);
    outgoing.setTimeout(answerLimitMs, () => outgoing.destroy(new Error('no answer')));
    outgoing.end(content);
  });
}

interface Ids {
  readonly messages?: readonly { readonly id: string }[];
  readonly media?: readonly { readonly id: string }[];
}

const idsIn = ({ content }: Answer) => JSON.parse(content.toString('utf8')) as Ids;

export interface PosterOptions {
  /** Of all webapps; the next call goes to the next one, and so does a repeated one. */
  readonly urls: readonly string[];
  readonly token: string;
  /** Of the business's templates. */
  readonly namespace: string;
  readonly history: OpenHistory;
}

export function openPoster({ urls, token, namespace, history }: PosterOptions): Poster {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  const answers = new Map<string, number>();
  let turn = 0;
  let stopped = false;

  const silentUntil = new Map<string, number>();
  const isAvoided = (url: string) => (silentUntil.get(url) ?? 0) > performance.now();
  const nextUrl = (): string => {
    const first = urls[turn++ % urls.length] ?? '';
    return isAvoided(first) ? (urls.find((url) => !isAvoided(url)) ?? first) : first;
  };

  const attempt = async (call: Call): Promise<Answer | undefined> => {
    const url = nextUrl();
    const answer = await exchange(agent, url, token, call).catch(() => undefined);
    if (answer === undefined) silentUntil.set(url, performance.now() + avoidMs);
    else silentUntil.delete(url);
    const name = answer === undefined ? 'none' : String(answer.status);
    answers.set(name, (answers.get(name) ?? 0) + 1);
    return answer;
  };
  const refusedForNow = ({ method, path }: Call, { status, retryAfter }: Answer) =>
    history.refusals.push({ call: `${method} ${path}`, status, ...(retryAfter === undefined ? {} : { retryAfter }), atMs: Date.now() });

  /** The success; undefined when there is none, because no more is to be asked or the call was refused for good. */
  const ask = async (call: Call, about: string, onAttempt: () => void = () => undefined): Promise<Answer | undefined> => {
    while (!stopped) {
      onAttempt();
      const answer = await attempt(call);
      if (answer !== undefined && isSuccess(answer.status)) return answer;
      if (answer !== undefined && !isForNow(answer.status)) {
        const detail = `${call.method} ${call.path} for ${about}: ${answer.status} ${answer.content.toString('utf8')}`;
        history.incidents.push({ what: 'refused', detail, atMs: Date.now() });
        return undefined;
      }
      if (answer !== undefined) refusedForNow(call, answer);
      await delay(pauseMs);
    }
    return undefined;
  };

  const upload = async (mark: string): Promise<string | undefined> => {
    const answer = await ask({ method: 'POST', path: '/v1/media', headers: { 'content-type': pictureType }, content: pictureOf(mark) }, mark);
    return answer && idsIn(answer).media?.[0]?.id;
  };

  return {
    answers,
    stop: () => {
      stopped = true;
    },
    async post({ kind, mark, customer, about }) {
      const mediaId = kind === 'image' ? await upload(mark) : undefined;
      if (kind === 'image' && mediaId === undefined) return;
      const post: OpenHistory['posts'][number] = {
        ...{ mark, kind, customer, postedAtMs: Date.now(), attempts: 0 },
        ...(about === undefined ? {} : { about: about.mark }),
      };
      history.posts.push(post);
      const named = { ...(about === undefined ? {} : { about: about.id }), ...(mediaId === undefined ? {} : { mediaId }) };
      const content = JSON.stringify({ to: customer, ...payloadOf({ kind, mark, namespace, ...named }) });
      const headers = { ...jsonType, 'idempotency-key': randomUUID() };
      const answer = await ask({ method: 'POST', path: '/v1/messages', headers, content }, mark, () => post.attempts++);
      if (answer === undefined) return;
      post.acceptedAtMs = Date.now();
      post.id = idsIn(answer).messages?.[0]?.id ?? '';
    },
    async markRead({ id, mark, customer }) {
      const answer = await ask({ method: 'PUT', path: `/v1/messages/${id}`, headers: jsonType, content: '{"status":"read"}' }, mark);
      if (answer !== undefined) history.reads.push({ by: 'business', mark, customer, atMs: Date.now() });
    },
    async fetchPicture({ mediaId, mark, customer }) {
      const answer = await ask({ method: 'GET', path: `/v1/media/${mediaId}` }, mark);
      if (answer !== undefined) history.files.push({ mark, customer, isWhole: answer.content.equals(pictureOf(mark)), atMs: Date.now() });
    },
  };
}
