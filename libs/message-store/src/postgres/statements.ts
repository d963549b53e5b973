import { readFileSync } from 'node:fs';

/** One SQL file, prepared under its own name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

const includeLine = /^-- @include "(.+)"$/gm;

function read(path: string): string {
  return readFileSync(new URL(`../../sql/${path}.sql`, import.meta.url), 'utf8');
}

/** Reads `sql/<name>.sql`, with `sql/include/<part>.sql` in place of each line `-- @include "<part>"`. */
export function statement(name: string): Statement {
  return { name, text: read(name).replace(includeLine, (_line, part: string) => read(`include/${part}`)) };
}
