import type { Clock } from '@multiconnect/clock';
import { languagePack } from '@multiconnect/contract';
import { Agent, request } from 'undici';
import { type PackChanges, type PackSource, PacksUnavailable } from './pack-source.ts';

export interface RegistryPackSourceOptions {
  /** Of the registry, without a trailing slash. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** How long the registry may keep a question for changes open. */
  readonly changesWaitS?: number;
}

export interface RegistryPackSource extends PackSource {
  /** The business's namespace, by its verified-name certificate. Throws {@link PacksUnavailable}. */
  namespaceOf(certificate: string): Promise<string>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const maxAnswerBytes = 16 * 1_048_576;
const defaultChangesWaitS = 50;
const notModified = 304;
const notFound = 404;

const inAnotherForm = () => new PacksUnavailable('the registry answers in another form');

function isChanges(body: unknown): body is PackChanges {
  const { version, languages } = (body ?? {}) as Readonly<Record<string, unknown>>;
  return Number.isSafeInteger(version) && Array.isArray(languages) && languages.every((each) => typeof each === 'string');
}

/** `GET /v1/language-packs`, `/v1/template-changes` and `/v1/configs/namespace` of the registry. */
export function createRegistryPackSource({ url, timeoutMs, clock, changesWaitS = defaultChangesWaitS }: RegistryPackSourceOptions): RegistryPackSource {
  const agent = new Agent({ allowH2: false, maxResponseSize: maxAnswerBytes, headersTimeout: 0, connect: { timeout: timeoutMs } });

  const ask = async (path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Answer> => {
    const answer = await request(url + path, { dispatcher: agent, headers, signal });
    if (answer.statusCode === 200) return { status: 200, body: await answer.body.json() };
    await answer.body.dump();
    return { status: answer.statusCode, body: undefined };
  };

  const get = async (path: string, headers: Readonly<Record<string, string>>, limitMs: number, signal?: AbortSignal): Promise<Answer> => {
    const deadline = new AbortController();
    const cancelTimer = clock.after(limitMs, () => deadline.abort());
    try {
      return await ask(path, headers, signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw new PacksUnavailable(deadline.signal.aborted ? 'the registry did not answer in time' : 'the registry cannot be reached', { cause: error });
    } finally {
      cancelTimer();
    }
  };

  const refused = (status: number) => new PacksUnavailable(`the registry answers ${status}`);

  return {
    async fetch(namespace, language, known) {
      const path = `/v1/language-packs/${encodeURIComponent(namespace)}/${encodeURIComponent(language)}`;
      const { status, body } = await get(path, known === undefined ? {} : { 'if-none-match': `"${known}"` }, timeoutMs);
      if (status === notModified) return 'unchanged';
      if (status === notFound) return undefined;
      if (status !== 200) throw refused(status);
      const { data } = languagePack.safeParse(body);
      if (data?.namespace !== namespace || data.language !== language) throw inAnotherForm();
      return data;
    },

    async changes(namespace, since, signal) {
      signal.throwIfAborted();
      const path = `/v1/template-changes?namespace=${encodeURIComponent(namespace)}&since=${since}&wait_s=${changesWaitS}`;
      const { status, body } = await get(path, {}, changesWaitS * 1000 + timeoutMs, signal);
      if (status !== 200) throw refused(status);
      if (!isChanges(body)) throw inAnotherForm();
      return body;
    },

    async namespaceOf(certificate) {
      const { status, body } = await get('/v1/configs/namespace', { authorization: `Bearer ${certificate}` }, timeoutMs);
      if (status !== 200) throw refused(status);
      const { namespace } = (body ?? {}) as Readonly<Record<string, unknown>>;
      if (typeof namespace !== 'string') throw inAnotherForm();
      return namespace;
    },

    close: () => agent.destroy(),
  };
}
