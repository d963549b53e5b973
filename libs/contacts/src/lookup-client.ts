import { Agent, request } from 'undici';
import type { Clock } from '@multiconnect/clock';

export interface LookupResult {
  readonly waId: string;
  readonly status: 'valid' | 'invalid';
  readonly chatJid?: string;
  /** What the customer's phone is set to, such as "pt_BR". */
  readonly language?: string;
}

/** Who of these can be written to, as the network's registry knows it now. */
export interface LookupClient {
  /** One result a number, in their order; at most {@link maxNumbersPerLookup} numbers. Throws {@link LookupFailed}. */
  lookup(waIds: readonly string[]): Promise<readonly LookupResult[]>;
  close(): Promise<void>;
}

/** The registry did not answer the question. Nothing is known about the numbers; ask again later. */
export class LookupFailed extends Error {
  override readonly name = 'LookupFailed';
}

export const maxNumbersPerLookup = 1000;

export interface LookupClientOptions {
  /** Of the registry, without a trailing slash. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

interface ContactAnswer {
  readonly number: string;
  readonly status: 'valid' | 'invalid';
  readonly jid?: string;
  readonly language?: string;
}

const maxAnswerBytes = 1_048_576;

function isContact(value: unknown): value is ContactAnswer {
  if (typeof value !== 'object' || value === null) return false;
  const { number, status, jid, language } = value as Readonly<Record<string, unknown>>;
  const isStatusKnown = (status === 'valid' && typeof jid === 'string') || status === 'invalid';
  return typeof number === 'string' && isStatusKnown && (language === undefined || typeof language === 'string');
}

function contactsIn(body: unknown): readonly ContactAnswer[] {
  const contacts = (body as { contacts?: unknown } | null)?.contacts;
  if (!Array.isArray(contacts) || !contacts.every(isContact)) throw new LookupFailed('the registry answers in another form');
  return contacts;
}

function resultsFor(waIds: readonly string[], body: unknown): readonly LookupResult[] {
  const byNumber = new Map(contactsIn(body).map((contact) => [contact.number, contact]));
  return waIds.map((waId) => {
    const contact = byNumber.get(waId);
    if (!contact) throw new LookupFailed('the registry left a number out');
    if (contact.jid === undefined) return { waId, status: 'invalid' };
    const found = { waId, status: contact.status, chatJid: contact.jid };
    return contact.language === undefined ? found : { ...found, language: contact.language };
  });
}

/** `POST /v1/lookups` of the registry. */
export function createRegistryLookup({ url, timeoutMs, clock }: LookupClientOptions): LookupClient {
  const agent = new Agent({ allowH2: false, maxResponseSize: maxAnswerBytes, connect: { timeout: timeoutMs } });

  const post = async (numbers: readonly string[], signal: AbortSignal): Promise<unknown> => {
    const answer = await request(`${url}/v1/lookups`, {
      method: 'POST',
      dispatcher: agent,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ numbers }),
      signal,
    });
    if (answer.statusCode === 200) return answer.body.json();
    await answer.body.dump();
    throw new LookupFailed(`the registry answers ${answer.statusCode}`);
  };

  return {
    async lookup(waIds) {
      const deadline = new AbortController();
      const cancelTimer = clock.after(timeoutMs, () => deadline.abort());
      try {
        return resultsFor(waIds, await post(waIds, deadline.signal));
      } catch (error) {
        if (error instanceof LookupFailed) throw error;
        throw new LookupFailed(deadline.signal.aborted ? 'the registry did not answer in time' : 'the registry cannot be reached', { cause: error });
      } finally {
        cancelTimer();
      }
    },
    close: () => agent.destroy(),
  };
}
