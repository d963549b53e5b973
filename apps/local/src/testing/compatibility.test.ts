import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../repository.ts';
import { coverageOf, idsIn, idsInSource, readRows } from './compatibility.ts';

const documentOf = (...rows: readonly string[]) => ['# Title', '', '| id | what | state | note |', '|---|---|---|---|', ...rows, '', 'text'].join('\n');

describe('rows', () => {
  it('are read from every table', () => {
    const document = documentOf('| pony.mane | a text | same | |', '| pony.401 | a group | absent | no groups |') + documentOf('| pony.x_1.y | z | open | |');
    expect(readRows(document)).toEqual({
      rows: [
        { id: 'pony.mane', what: 'a text', state: 'same', note: '' },
        { id: 'pony.401', what: 'a group', state: 'absent', note: 'no groups' },
        { id: 'pony.x_1.y', what: 'z', state: 'open', note: '' },
      ],
      problems: [],
    });
  });

  it.each([
    ['| Pony.mane | a text | same | |', 'line 5 has no id of lower-case words with dots between'],
    ['| pony | a text | same | |', 'line 5 has no id of lower-case words with dots between'],
    ['| pony.mane |  | same | |', 'line 5 does not say what it is about'],
    ['| pony.mane | a text | done | |', 'line 5 has no state of same, different, absent, open'],
    ['| pony.mane | a text |', 'line 5 has no state of same, different, absent, open'],
    ['| pony.mane | a text | different | |', 'line 5 is different without a reason'],
    ['| pony.mane | a text | absent | |', 'line 5 is absent without a reason'],
    ['| pony.mane | a | text | same | |', 'line 5 has too many cells'],
  ])('%s is a problem', (row, problem) => {
    expect(readRows(documentOf(row))).toEqual({ rows: [], problems: [problem] });
  });

  it('may not be repeated', () => {
    expect(readRows(documentOf('| pony.mane | a | same | |', '| pony.mane | b | same | |')).problems).toEqual(['pony.mane stands there more than once']);
  });

  it('of the document are well-formed', () => {
    expect(readRows(readFileSync(join(repositoryRoot, 'docs', 'compatibility.md'), 'utf8')).problems).toEqual([]);
  });
});

describe('ids', () => {
  it.each([
    ['one', 'shows a mane [pony.mane]', ['pony.mane']],
    ['several', '[pony.401] [pony.mane.hair] both', ['pony.401', 'pony.mane.hair']],
    ['none among other things in brackets', 'refuses ["a.b"] and [1.5] and [] and [word] and [[0,0]]', []],
  ])('in a title: %s', (_count, title, ids) => {
    expect(idsIn(title)).toEqual(ids);
  });

  it('in the source of a test stand in its titles and its tables', () => {
    expect(idsInSource(`it.each([['pony.mane', 1], ["pony.tail", 2]])('sends [%s] [pony.rides]', () => 'a b.c')`)).toEqual(['pony.rides', 'pony.mane', 'pony.tail']);
  });
});

describe('coverage', () => {
  const document = documentOf('| pony.mane | a | same | |', '| pony.tail | b | same | |', '| pony.foal | c | open | |');
  const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);

  it('counts the rows that a passing test names, and no row that a failed test names', () => {
    const coverage = coverageOf(document, [
      { title: 'one [pony.mane] [pony.tail]', passed: true },
      { title: 'two [pony.tail]', passed: false },
      { title: 'three', passed: true },
    ]);
    expect([idsOf(coverage.covered), idsOf(coverage.uncovered), coverage.problems]).toEqual([['pony.mane'], ['pony.tail', 'pony.foal'], []]);
  });

  it('has a problem with an id that has no row', () => {
    expect(coverageOf(document, [{ title: '[pony.main]', passed: true }]).problems).toEqual(['a test names pony.main, which has no row']);
  });
});
