/** Calls `work` for every item, at most `concurrency` at a time; answers in the items' order. Starts no more after a rejection. */
export async function each<Item, Answer>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers = new Array<Answer>(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      answers[index] = await work(items[index] as Item);
    }
  };
  const stopOnError = (error: unknown) => {
    next = items.length;
    throw error;
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, () => worker().catch(stopOnError)));
  return answers;
}
