import { createMemoryPackSource } from '../memory-source.ts';
import { type PackSource, PacksUnavailable } from '../pack-source.ts';

/** A source in memory that can be away, and that counts what it is asked. */
export interface ScriptedSource extends PackSource {
  readonly put: ReturnType<typeof createMemoryPackSource>['put'];
  /** Versions that fetches named, in order. */
  readonly fetches: (number | undefined)[];
  isAway: boolean;
  /** Fetches answer what was there when they were asked, once this is called. */
  hold(): () => void;
}

export function createScriptedSource(): ScriptedSource {
  const memory = createMemoryPackSource();
  const fetches: (number | undefined)[] = [];
  let held = Promise.resolve();

  const source: ScriptedSource = {
    put: memory.put,
    fetches,
    isAway: false,
    hold() {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      held = promise.then(() => undefined);
      return () => resolve(undefined);
    },
    async fetch(namespace, language, known) {
      fetches.push(known);
      if (source.isAway) throw new PacksUnavailable('away');
      const answer = await memory.fetch(namespace, language, known);
      await held;
      return answer;
    },
    changes: (...question) => (source.isAway ? Promise.reject(new PacksUnavailable('away')) : memory.changes(...question)),
    close: () => memory.close(),
  };
  return source;
}
