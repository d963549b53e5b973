import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { OpenHistory } from './history.ts';

/** A business's back end as it should be: it posts until it has an answer, and with one key, so that a message stays one. */
export interface Poster {
  /** Resolves at the 201, or when no more is to be posted. A customer's texts must be posted one after another. */
  post(customer: string, text: string): Promise<void>;
  /** Gives up what has no answer yet. */
  stop(): void;
  /** How often each answer came; `none` is a connection that was refused, cut or silent. */
  readonly answers: ReadonlyMap<string, number>;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const answerLimitMs = 10_000;
const pauseMs = 100;
const created = 201;
const isForNow = (status: number) => status === 429 || status >= 500;

function exchange(agent: Agent, url: string, token: string, key: string, payload: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(payload),
      'idempotency-key': key,
    };
    const outgoing = request(`${url}/v1/messages`, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
    });
    outgoing.once('error', reject);
    outgoing.setTimeout(answerLimitMs, () => outgoing.destroy(new Error('no answer')));
    outgoing.end(payload);
  });
}

const idIn = (text: string) => (JSON.parse(text) as { readonly messages?: readonly { readonly id: string }[] }).messages?.[0]?.id;

/** @param urls of all webapps; the next post goes to the next one, and so does a repeated one. */
export function openPoster(urls: readonly string[], token: string, history: OpenHistory): Poster {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  const answers = new Map<string, number>();
  let turn = 0;
  let stopped = false;
  const attempt = (key: string, payload: string): Promise<Answer | undefined> => {
    const url = urls[turn++ % urls.length] ?? '';
    return exchange(agent, url, token, key, payload).catch(() => undefined);
  };
  return {
    answers,
    stop: () => {
      stopped = true;
    },
    async post(customer, text) {
      const post: OpenHistory['posts'][number] = { text, customer, postedAtMs: Date.now(), attempts: 0 };
      history.posts.push(post);
      const key = randomUUID();
      const payload = JSON.stringify({ to: customer, type: 'text', text: { body: text } });
      while (!stopped) {
        post.attempts++;
        const answer = await attempt(key, payload);
        const name = answer === undefined ? 'none' : String(answer.status);
        answers.set(name, (answers.get(name) ?? 0) + 1);
        if (answer?.status === created) {
          post.acceptedAtMs = Date.now();
          post.id = idIn(answer.text) ?? '';
          return;
        }
        if (answer !== undefined && !isForNow(answer.status)) {
          history.incidents.push({ what: 'refused', detail: `${text}: ${answer.status} ${answer.text}`, atMs: Date.now() });
          return;
        }
        await delay(pauseMs);
      }
    },
  };
}
