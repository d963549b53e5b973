import type { LanguagePack, PackedTemplate } from '@multiconnect/contract';
import type { PackChanges, PackSource } from './pack-source.ts';

/** Packs in this process's memory: for tests, and for clusters without a registry. */
export interface MemoryPackSource extends PackSource {
  /** From now on the language has these templates. */
  readonly put: (namespace: string, language: string, templates: readonly PackedTemplate[]) => void;
}

export function createMemoryPackSource(): MemoryPackSource {
  const packs = new Map<string, LanguagePack>();
  const waiting = new Set<() => void>();
  let version = 0;

  const keyOf = (namespace: string, language: string) => `${namespace}/${language}`;

  const changesAfter = (namespace: string, since: number): PackChanges => {
    const own = [...packs.values()].filter((pack) => pack.namespace === namespace);
    const latest = Math.max(0, ...own.map((pack) => pack.version));
    const isFromTheFuture = since > latest;
    return { version: latest, languages: own.filter((pack) => isFromTheFuture || pack.version > since).map(({ language }) => language) };
  };

  const nextPut = (signal: AbortSignal) => {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const wake = () => resolve(undefined);
    const abort = () => reject(signal.reason as Error);
    waiting.add(wake);
    signal.addEventListener('abort', abort);
    return promise.finally(() => {
      waiting.delete(wake);
      signal.removeEventListener('abort', abort);
    });
  };

  return {
    put(namespace, language, templates) {
      version += 1;
      packs.set(keyOf(namespace, language), { namespace, language, version, templates: [...templates] });
      for (const wake of [...waiting]) wake();
    },
    fetch(namespace, language, known) {
      const pack = packs.get(keyOf(namespace, language));
      if (!pack || pack.templates.length === 0) return Promise.resolve(undefined);
      return Promise.resolve(pack.version === known ? 'unchanged' : pack);
    },
    async changes(namespace, since, signal) {
      signal.throwIfAborted();
      let changes = changesAfter(namespace, since);
      while (changes.languages.length === 0) {
        await nextPut(signal);
        changes = changesAfter(namespace, since);
      }
      return changes;
    },
    close: () => Promise.resolve(),
  };
}
