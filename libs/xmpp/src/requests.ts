import { randomBytes } from 'node:crypto';
import type { Element} from './element.ts';
import { xml } from './element.ts';
import { IqError, IqTimeout } from './errors.ts';
import { isAnswerFrom, stanzaError } from './stanza.ts';

export interface IqRequest {
  readonly type: 'get' | 'set';
  /** Left out, the request goes to the own account. */
  readonly to?: string;
  readonly payload: Element;
  /** Default 30 s. */
  readonly timeoutMs?: number;
}

interface Pending {
  readonly to: string | undefined;
  readonly resolve: (answer: Element) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

const defaultTimeoutMs = 30_000;

/** The IQ requests of one stream that wait for their answer. */
export class Requests {
  readonly #pending = new Map<string, Pending>();
  readonly #prefix = randomBytes(9).toString('base64url');
  #sequence = 0;

  get count(): number {
    return this.#pending.size;
  }

  /** Throws (rejects) IqError, IqTimeout, or what `rejectAll` is given. */
  start(request: IqRequest, send: (stanza: Element) => void): Promise<Element> {
    const { type, to, payload, timeoutMs = defaultTimeoutMs } = request;
    const id = `${this.#prefix}-${++this.#sequence}`;
    send(xml('iq', { type, id, to }, payload));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new IqTimeout(timeoutMs));
      }, timeoutMs);
      this.#pending.set(id, { to, resolve, reject, timer });
    });
  }

  /** Takes a stanza of type result or error; one that answers nothing is ignored. */
  answer(stanza: Element, ownJid: string): void {
    const id = String(stanza.attrs['id']);
    const pending = this.#pending.get(id);
    if (!pending || !isAnswerFrom(stanza.attrs['from'] as string | undefined, pending.to, ownJid)) return;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    const error = stanzaError(stanza);
    if (error) pending.reject(new IqError(error.condition, error.text));
    else pending.resolve(stanza.getChildElements()[0] ?? stanza);
  }

  rejectAll(error: Error): void {
    for (const { timer, reject } of this.#pending.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#pending.clear();
  }
}
