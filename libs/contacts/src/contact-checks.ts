import type { ContactAnswer } from '@multiconnect/contract';
import type { ContactRecord } from '@multiconnect/message-store';
import { createDirectory, type DirectoryOptions } from './directory.ts';
import { LookupFailed } from './lookup-client.ts';
import { candidatesOf } from './normalise.ts';

export interface CheckRequest {
  readonly account: number;
  /** In any format. */
  readonly numbers: readonly string[];
  /** Wait for the registry; otherwise what is not known yet is `processing`. */
  readonly wait: boolean;
  /** Ask the registry even about what is known. */
  readonly forceCheck: boolean;
}

/** `failed`: the registry does not answer and nothing is known. Try later. */
export type Resolution =
  | { readonly status: 'valid'; readonly chatJid: string }
  | { readonly status: 'invalid' }
  | { readonly status: 'failed' };

export interface ContactChecks {
  /** One answer a number, in their order. Rejects only when the contact table does. */
  check(request: CheckRequest): Promise<ContactAnswer[]>;
  /** Where to send messages for a wa_id. Rejects only when the contact table does. */
  resolve(account: number, waId: string): Promise<Resolution>;
  /**
   * What the customer's phone is set to, such as "pt_BR"; undefined when nobody knows. From the table where it has the
   * customer, and asked with everybody who asks at once. Rejects only when the contact table does.
   */
  languageOf(account: number, waId: string): Promise<string | undefined>;
}

export interface ContactLog {
  warn(fields: object, message: string): void;
}

export interface ContactChecksOptions extends DirectoryOptions {
  /** The country code of the business, for numbers without `+`; undefined until it is registered. */
  readonly callingCodeOf: (account: number) => Promise<string | undefined>;
  readonly log: ContactLog;
  readonly maxAgeMs?: number;
}

const defaultMaxAgeMs = 7 * 24 * 3_600_000;
/** A sender asks again about somebody who was not there: people join, and a message that is refused is lost. */
const maxInvalidAgeForSendingMs = 60_000;

type Known = ContactRecord | 'processing' | 'failed';

/** `known` of each meaning of the number, likeliest first: the first that is not ruled out decides. */
function answerOf(input: string, known: readonly Known[]): ContactAnswer {
  const first = known.find((each) => typeof each === 'string' || each.status === 'valid');
  if (first === undefined) return { input, status: 'invalid' };
  return typeof first === 'string' ? { input, status: first } : { input, status: 'valid', wa_id: first.waId };
}

function resolutionOf(record: ContactRecord | undefined): Resolution {
  if (!record) return { status: 'failed' };
  return record.status === 'valid' && record.chatJid !== undefined ? { status: 'valid', chatJid: record.chatJid } : { status: 'invalid' };
}

/** `failed` when the registry does not answer; anything else is thrown on. */
function failedOr(error: unknown): 'failed' {
  if (error instanceof LookupFailed) return 'failed';
  throw error;
}

export function createContactChecks(options: ContactChecksOptions): ContactChecks {
  const { clock, log, callingCodeOf, maxAgeMs = defaultMaxAgeMs } = options;
  const directory = createDirectory(options);

  const isFresh = (record: ContactRecord, limitMs: number) => clock.nowMs() - record.checkedAtMs < limitMs;

  const fresh = async (account: number, waId: string): Promise<ContactRecord | undefined> => {
    const record = await directory.stored(account, waId);
    return record && isFresh(record, maxAgeMs) ? record : undefined;
  };

  const askInBackground = (account: number, waId: string): 'processing' => {
    directory.ask(account, waId).catch((error: unknown) => {
      log.warn({ account, err: error }, 'contact check in the background failed');
    });
    return 'processing';
  };

  const find = async (waId: string, { account, wait, forceCheck }: CheckRequest): Promise<Known> => {
    const known = forceCheck ? undefined : await fresh(account, waId);
    if (known) return known;
    return wait ? directory.ask(account, waId).catch(failedOr) : askInBackground(account, waId);
  };

  /** What to send by: knowledge that is fresh enough, asked for where it is not. Undefined when nothing is known. */
  const forSending = async (account: number, waId: string): Promise<ContactRecord | undefined> => {
    const stored = await directory.stored(account, waId);
    const limitMs = stored?.status === 'invalid' ? Math.min(maxAgeMs, maxInvalidAgeForSendingMs) : maxAgeMs;
    if (stored && isFresh(stored, limitMs)) return stored;
    const asked = await directory.ask(account, waId).catch(failedOr);
    if (asked !== 'failed') return asked;
    // Old knowledge that somebody is there beats none; that somebody was not there proves nothing.
    return stored?.status === 'valid' ? stored : undefined;
  };

  return {
    async check(request) {
      const callingCode = await callingCodeOf(request.account);
      return Promise.all(
        request.numbers.map(async (input) => {
          const candidates = candidatesOf(input, callingCode);
          return answerOf(input, await Promise.all(candidates.map((waId) => find(waId, request))));
        }),
      );
    },

    resolve: async (account, waId) => resolutionOf(await forSending(account, waId)),
    languageOf: async (account, waId) => (await forSending(account, waId))?.language,
  };
}
