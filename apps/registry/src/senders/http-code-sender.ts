import type { Clock } from '@multiconnect/clock';
import { Agent, request } from 'undici';
import { CodeNotSent } from '../errors.ts';
import type { CodeMessage, CodeSender } from './code-sender.ts';

export interface HttpCodeSenderOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly timeoutMs?: number;
  readonly attempts?: number;
}

const defaultTimeoutMs = 5000;
const defaultAttempts = 3;
const retryDelayMs = 250;
const maxAnswerBytes = 65_536;

/**
 * For production: posts `{"number","method","code"}` to a provider, or to a small bridge before one. Any 2xx is success;
 * 5xx, 429 and network errors are tried again a few times, anything else is not.
 */
export function createHttpCodeSender(options: HttpCodeSenderOptions): CodeSender {
  const { url, clock, timeoutMs = defaultTimeoutMs, attempts = defaultAttempts } = options;
  const agent = new Agent({ allowH2: false, connect: { timeout: timeoutMs } });

  /** The status, or undefined when there was no answer. */
  const post = async (message: CodeMessage): Promise<number | undefined> => {
    const deadline = new AbortController();
    const cancelTimer = clock.after(timeoutMs, () => deadline.abort());
    try {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify(message);
      const answer = await request(url, { method: 'POST', dispatcher: agent, headers, body, signal: deadline.signal });
      await answer.body.dump({ limit: maxAnswerBytes }).catch(() => undefined);
      return answer.statusCode;
    } catch {
      return undefined;
    } finally {
      cancelTimer();
    }
  };

  return {
    async send(message) {
      let status: number | undefined;
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        if (attempt > 1) await clock.sleep(retryDelayMs * (attempt - 1));
        status = await post(message);
        if (status !== undefined && status >= 200 && status < 300) return;
        if (status !== undefined && status < 500 && status !== 429) break;
      }
      throw new CodeNotSent(status === undefined ? 'the provider does not answer' : `the provider answers ${status}`);
    },
    close: () => agent.destroy(),
  };
}
