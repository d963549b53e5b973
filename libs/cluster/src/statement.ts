import { readFileSync } from 'node:fs';

/** A statement of `sql/`. */
export function statement(name: string): string {
  return readFileSync(new URL(`../sql/${name}.sql`, import.meta.url), 'utf8');
}
