/** Runs what it is given one after another, in the order of the calls. One failure does not stop the next. */
export type Serial = <T>(run: () => Promise<T>) => Promise<T>;

export function serial(): Serial {
  let tail: Promise<unknown> = Promise.resolve();
  return (run) => {
    const result = tail.then(run);
    tail = result.catch(() => undefined);
    return result;
  };
}
