import type { Clock } from '@multiconnect/clock';
import type { LanguagePack } from '@multiconnect/contract';
import { retryUntilDone } from '@multiconnect/retry';
import { type PackSource, PacksUnavailable } from './pack-source.ts';

export interface LanguagePacksLog {
  warn(fields: object, message: string): void;
}

export interface LanguagePacksOptions {
  readonly source: PackSource;
  readonly clock: Clock;
  readonly log: LanguagePacksLog;
}

/** Language packs, kept. */
export interface LanguagePacks {
  /**
   * The pack, undefined when nothing is approved in the language. When `template` is not in the kept one, a minute's old
   * answer is not believed. Throws {@link PacksUnavailable} when the source is away and what is kept is too old.
   */
  find(namespace: string, language: string, template: string): Promise<LanguagePack | undefined>;
  /** Until the signal ends it: what changes is known as soon as the source says so. Resolves when ended. */
  follow(namespace: string, signal: AbortSignal): Promise<void>;
}

const minuteMs = 60_000;
/** What nothing confirmed for longer is of no use; what was not fetched whole for longer is fetched whole. */
const maxAgeMs = 7 * 24 * 60 * minuteMs;
/** A change that no notice told of is seen after this at most. */
const maxUnconfirmedMs = 20 * minuteMs;
const maxMissAgeMs = minuteMs;
/** A source that is away is asked again no sooner. */
const pauseAfterFailureMs = 5000;
const followBackoff = { initialMs: 500, maxMs: 30_000 } as const;
/** Between two questions for changes, should they be answered without end. */
const followGapMs = 100;
const maxKept = 2000;

interface Kept {
  readonly namespace: string;
  readonly language: string;
  pack: LanguagePack | undefined;
  /** When the pack was known to be the current one. */
  confirmedAtMs: number;
  fetchedAtMs: number;
  failedAtMs: number;
  /** Told to have changed. */
  isDue: boolean;
  notices: number;
  pending: Promise<void> | undefined;
}

const never = Number.NEGATIVE_INFINITY;

export function createLanguagePacks({ source, clock, log }: LanguagePacksOptions): LanguagePacks {
  const kept = new Map<string, Kept>();

  /** Languages that do not exist can be asked for without end. */
  const makeRoom = () => {
    if (kept.size < maxKept) return;
    const idle = [...kept].filter(([, each]) => each.pending === undefined);
    const [key] = idle.find(([, { pack }]) => pack === undefined) ?? idle[0] ?? [];
    if (key !== undefined) kept.delete(key);
  };

  const keptOf = (namespace: string, language: string): Kept => {
    const key = `${namespace}/${language}`;
    const known = kept.get(key);
    if (known) return known;
    makeRoom();
    const fresh: Kept = {
      namespace,
      language,
      pack: undefined,
      confirmedAtMs: never,
      fetchedAtMs: never,
      failedAtMs: never,
      isDue: false,
      notices: 0,
      pending: undefined,
    };
    kept.set(key, fresh);
    return fresh;
  };

  const ageOf = (ms: number) => clock.monotonicMs() - ms;

  const needsFetch = (each: Kept, template: string): boolean => {
    if (ageOf(each.failedAtMs) < pauseAfterFailureMs) return false;
    if (each.isDue || ageOf(each.fetchedAtMs) >= maxAgeMs || ageOf(each.confirmedAtMs) >= maxUnconfirmedMs) return true;
    const hasTemplate = each.pack?.templates.some(({ name }) => name === template) ?? false;
    return !hasTemplate && ageOf(each.confirmedAtMs) >= maxMissAgeMs;
  };

  const fetchNow = async (each: Kept): Promise<void> => {
    const askedAtMs = clock.monotonicMs();
    const { notices } = each;
    const isTooOld = ageOf(each.fetchedAtMs) >= maxAgeMs;
    try {
      const answer = await source.fetch(each.namespace, each.language, isTooOld ? undefined : each.pack?.version);
      if (answer !== 'unchanged') {
        each.pack = answer;
        each.fetchedAtMs = askedAtMs;
      }
      each.confirmedAtMs = askedAtMs;
      // A notice that came meanwhile may be of a change that this answer does not hold yet.
      if (each.notices === notices) each.isDue = false;
    } catch (error) {
      if (!(error instanceof PacksUnavailable)) throw error;
      each.failedAtMs = clock.monotonicMs();
      log.warn({ language: each.language, err: error }, 'a language pack cannot be fetched');
    }
  };

  /** Whoever asks at once shares one question. */
  const fetched = (each: Kept): Promise<void> => {
    each.pending ??= fetchNow(each).finally(() => {
      each.pending = undefined;
    });
    return each.pending;
  };

  const noticed = (namespace: string, isChanged: (language: string) => boolean, askedAtMs: number) => {
    for (const each of kept.values()) {
      if (each.namespace !== namespace) continue;
      if (isChanged(each.language)) {
        each.isDue = true;
        each.notices += 1;
      } else if (!each.isDue && each.confirmedAtMs !== never) {
        each.confirmedAtMs = Math.max(each.confirmedAtMs, askedAtMs);
      }
    }
  };

  return {
    async find(namespace, language, template) {
      const each = keptOf(namespace, language);
      if (needsFetch(each, template)) await fetched(each);
      if (ageOf(each.confirmedAtMs) >= maxAgeMs) throw new PacksUnavailable('the language pack cannot be had');
      return each.pack;
    },

    async follow(namespace, signal) {
      let since: number | undefined;
      const poll = async () => {
        const askedAtMs = clock.monotonicMs();
        const { version, languages } = await source.changes(namespace, since ?? 0, signal);
        // What was kept before the first answer may have changed before it.
        const isFirst = since === undefined;
        noticed(namespace, (language) => isFirst || languages.includes(language), askedAtMs);
        since = version;
        await clock.sleep(followGapMs, signal);
      };
      const onRetry = (error: unknown, delayMs: number) => log.warn({ err: error, delayMs }, 'changes of templates cannot be followed');
      const isFinal = (error: unknown) => signal.aborted || !(error instanceof PacksUnavailable);
      try {
        for (;;) await retryUntilDone({ clock, signal, backoff: followBackoff, isFinal, onRetry }, poll);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}
