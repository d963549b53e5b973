import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../repository.ts';
import { problemsOf, runbookHeadings } from './runbooks.ts';

const folder = join(repositoryRoot, 'docs', 'runbooks');
const pages = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const isProduct = (file: string) => !/\.test\.ts$|\/testing\//.test(file);
const sources = globSync(['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts'], { cwd: repositoryRoot })
  .filter(isProduct)
  .map((file) => readFileSync(join(repositoryRoot, file), 'utf8'))
  .join('\n');
const description = JSON.parse(readFileSync(join(repositoryRoot, 'docs', 'openapi.json'), 'utf8')) as { readonly paths: object };
const named = { sources, paths: Object.keys(description.paths) };
const pageOf = (see: string, headings: readonly string[] = runbookHeadings) => headings.map((heading) => `## ${heading}\n${see}\n`).join('\n');

describe('a runbook', () => {
  it.each(pages)('%s names only what there is', (name) => {
    expect(problemsOf(read(name), named)).toEqual([]);
  });

  it.each(pages)('%s is in the index', (name) => {
    expect(read('README.md')).toContain(`(${name})`);
  });

  it.each([...pages, 'README.md'])('%s links to pages that are there', (name) => {
    const links = [...read(name).matchAll(/\]\(([^)#]+\.md)\)/g)].map(([, path = '']) => path);
    expect(links.filter((path) => !existsSync(join(folder, path)))).toEqual([]);
  });
});

describe('a runbook has a problem', () => {
  const known = { sources: `'multiconnect_known' 'MULTICONNECT_KNOWN' 'shard lost' \`Critical: \${what} on \${where}\``, paths: ['/v1/known/{id}'] };

  it.each([
    ['a metric that no process has', '`multiconnect_gone_total`', 'no process has the metric multiconnect_gone_total'],
    ['a setting that no process reads', '`MULTICONNECT_GONE`', 'no process reads MULTICONNECT_GONE'],
    ['an endpoint that the API has not', 'GET /v1/gone', 'the API has no /v1/gone'],
    ['a line that nobody logs', '* log of coreapps: `shard won`', 'nothing says shard won'],
    ['a callback that nobody makes', '* callback: `Critical: … at …`', 'nothing says Critical: … at …'],
  ])('with %s', (_what, see, problem) => {
    expect(problemsOf(pageOf(see), known)).toEqual([problem]);
  });

  it('with headings left out', () => {
    expect(problemsOf(pageOf('', ['What you see']), known)).toEqual(['its headings are What you see']);
  });

  it('but none with what is there', () => {
    const see = '* log of coreapps: `shard lost`\n* callback: `Critical: … on …`\nmulticonnect_known MULTICONNECT_KNOWN /v1/known/me';
    expect(problemsOf(pageOf(see), known)).toEqual([]);
  });
});
