import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { table } from '../progress.ts';
import { repositoryRoot } from '../repository.ts';
import { idsInSource, readRows } from './compatibility.ts';

// Lists the rows of docs/compatibility.md that no test names, without running any.

const at = (path: string): string => join(repositoryRoot, path);
const tests = globSync(['{apps,libs}/*/src/**/*.test.ts', 'e2e/**/*.test.ts'], { cwd: repositoryRoot });
const named = new Set(tests.flatMap((path) => idsInSource(readFileSync(at(path), 'utf8'))));
const { rows, problems } = readRows(readFileSync(at('docs/compatibility.md'), 'utf8'));
const unnamed = rows.filter(({ id }) => !named.has(id));

if (unnamed.length > 0) console.log(table(unnamed.map(({ id, state, what }) => [id, state, what])));
for (const problem of problems) console.error(`docs/compatibility.md: ${problem}`);
console.log(`${unnamed.length} of ${rows.length} rows are named by no test`);
process.exitCode = problems.length === 0 ? 0 : 1;
