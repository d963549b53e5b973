/** Looks a key up in `cache`, makes it if it is not there, and keeps the `limit` most recently used ones. */
export function cached<V>(cache: Map<string, V>, limit: number, key: string, make: () => V): V {
  const found = cache.get(key);
  if (found !== undefined) {
    cache.delete(key);
    cache.set(key, found);
    return found;
  }
  const made = make();
  cache.set(key, made);
  if (cache.size > limit) {
    const [oldest] = cache.keys();
    if (oldest !== undefined) cache.delete(oldest);
  }
  return made;
}
