export interface BatcherOptions<Item, Result> {
  /** Answers one result an item, in the items' order. A rejection rejects every item it was given, and no other. */
  flush(items: readonly Item[]): Promise<readonly Result[]>;
  readonly maxItems: number;
  readonly maxInFlight: number;
}

export interface Batcher<Item, Result> {
  add(item: Item): Promise<Result>;
  /** Resolves once nothing waits and no flush is under way. */
  drain(): Promise<void>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** Group commit: what arrives while every allowed flush is under way shares the next one. */
export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  const { maxItems, maxInFlight } = options;
  if (maxItems < 1 || maxInFlight < 1) throw new RangeError('maxItems and maxInFlight are at least 1');
  const waiting: Waiting<Item, Result>[] = [];
  const inFlight = new Set<Promise<void>>();
  let isScheduled = false;

  async function flushed(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await options.flush(batch.map(({ item }) => item));
      if (results.length !== batch.length) throw new Error(`${batch.length} items were flushed, ${results.length} results came back`);
      batch.forEach(({ resolve }, index) => resolve(results[index] as Result));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  function start(): void {
    isScheduled = false;
    while (waiting.length > 0 && inFlight.size < maxInFlight) {
      const flight = flushed(waiting.splice(0, maxItems)).then(() => {
        inFlight.delete(flight);
        start();
      });
      inFlight.add(flight);
    }
  }

  /** Deferred by a microtask, so that items added in one go share the first flush too. */
  function schedule(): void {
    if (isScheduled || inFlight.size >= maxInFlight) return;
    isScheduled = true;
    queueMicrotask(start);
  }

  return {
    add: (item) =>
      new Promise<Result>((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        schedule();
      }),
    async drain() {
      while (waiting.length + inFlight.size > 0) await Promise.race(inFlight.size > 0 ? inFlight : [Promise.resolve()]);
    },
  };
}
