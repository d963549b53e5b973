import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../repository.ts';
import { missingFrom, testsNamedIn } from './guarantees.ts';

const page = readFileSync(join(repositoryRoot, 'docs', 'guarantees.md'), 'utf8');
const readFile = (path: string) => (existsSync(join(repositoryRoot, path)) ? readFileSync(join(repositoryRoot, path), 'utf8') : undefined);

describe('the page of guarantees', () => {
  it('names only files and tests that are there', () => {
    expect(missingFrom(page, readFile)).toEqual([]);
  });

  it('names a test for each promise', () => {
    const promises = page.slice(page.indexOf('## Promises'), page.indexOf('## Order'));
    const unshown = promises.split('\n').filter((line) => /^\| (?!promise)/.test(line) && testsNamedIn(line).length === 0);
    expect(unshown).toEqual([]);
    expect(testsNamedIn(promises)).not.toHaveLength(0);
  });
});

describe('a page', () => {
  const read = (path: string) => (path === 'libs/pony/src/pony.test.ts' ? "it('is brushed [pony.mane]', () => {\n  groom('is washed');\n});" : undefined);

  it.each([
    ['a test that is there, ids left out', '`libs/pony/src/pony.test.ts`: "is brushed"', []],
    ['a title that is no test’s', '`libs/pony/src/pony.test.ts`: "is fed"', ['libs/pony/src/pony.test.ts has no test "is fed"']],
    ['a text of a test that is not its title', '`libs/pony/src/pony.test.ts`: "is washed"', ['libs/pony/src/pony.test.ts has no test "is washed"']],
    ['a file that is gone', '`libs/pony/src/foal.ts`', ['there is no libs/pony/src/foal.ts']],
  ])('with %s', (_what, text, missing) => {
    expect(missingFrom(text, read)).toEqual(missing);
  });
});
