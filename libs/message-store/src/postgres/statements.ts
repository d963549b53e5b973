import { readFileSync } from 'node:fs';

/** One SQL file, prepared under its own name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Reads `sql/<name>.sql`. */
export function statement(name: string): Statement {
  return { name, text: readFileSync(new URL(`../../sql/${name}.sql`, import.meta.url), 'utf8') };
}
