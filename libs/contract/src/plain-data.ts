import { z } from 'zod';
import { isKeepable } from './text.ts';

/** Deeper than any back end's data, and shallow enough for whoever walks it by recursion. */
const maxDepth = 32;

/** Walks without recursion: a caller's depth is no depth of ours. */
function isPlainData(value: unknown): boolean {
  const waiting: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value: current, depth } = next;
    if (typeof current === 'string' && !isKeepable(current)) return false;
    if (typeof current !== 'object' || current === null) continue;
    if (depth >= maxDepth || !Object.keys(current).every(isKeepable)) return false;
    for (const inner of Object.values(current)) waiting.push({ value: inner, depth: depth + 1 });
  }
  return true;
}

/** An object of the back end's own, of any JSON, at most 32 levels deep, with text like {@link freeText}. */
export const plainData = z.record(z.string(), z.unknown()).refine(isPlainData);
