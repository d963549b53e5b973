import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { chartDir, render, type Values } from './helm.ts';
import { podMakers } from './pods.ts';
import { valueRows, withTable } from './values-table.ts';
import { merged, toggles } from './values.ts';

const read = (file: string) => readFileSync(resolve(chartDir, file), 'utf8');
const schema = JSON.parse(read('values.schema.json')) as Schema;

interface Schema {
  readonly type?: string;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | object;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

const resolved = (part: Schema): Schema => (part.$ref === undefined ? part : (schema.definitions?.[part.$ref.split('/').at(-1) ?? ''] ?? part));

/** Paths of values that the schema does not know, or that it knows and nobody can find in values.yaml. */
function differences(values: Values, part: Schema, path: string): readonly string[] {
  const { properties } = resolved(part);
  if (properties === undefined) return [];
  const unknown = Object.keys(values).filter((name) => !(name in properties));
  return [...unknown.map((name) => `${path}${name}`), ...Object.entries(properties).flatMap(([name, inner]) => differenceOf(values[name], resolved(inner), `${path}${name}`))];
}

/** Set by helm for subcharts. */
const ofHelm = ['global'];
const fields = /^(probes\..+|.*resources|.*\.podDisruptionBudget|networkPolicy\.egress\..+)\./;

function differenceOf(value: unknown, part: Schema, path: string): readonly string[] {
  if (value === undefined) return ofHelm.includes(path) || fields.test(path) ? [] : [path];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? differences(value as Values, part, `${path}.`) : [];
}

function openObjects(part: Schema, path: string): readonly string[] {
  const inner = Object.entries({ ...part.properties, ...part.definitions }).flatMap(([name, one]) => openObjects(one, `${path}.${name}`));
  return part.properties !== undefined && part.additionalProperties !== false ? [path, ...inner] : inner;
}

describe('the README', () => {
  it('lists every value as values.yaml has and describes it (npm run chart:readme)', () => {
    const readme = read('README.md');
    expect(withTable(readme, valueRows(read('values.yaml')))).toBe(readme);
  });

  it('begins with values that work', async () => {
    const block = /^3\. Values:\n\n((?: {7}.+\n)+)/m.exec(read('README.md'))?.[1] ?? '';
    const objects = await render({ values: parse(block) as Values });
    expect(podMakers(objects).map(({ component }) => component).sort()).toEqual(['coreapp', 'master', 'migration', 'test', 'webapp']);
  });

  it('says how every key of a Secret that the chart reads is made', async () => {
    const objects = await render({ ci: 'minimal', values: merged(toggles['registry']?.on ?? {}, { secrets: { keys: { apiKey: 'api-key' } } }) });
    const sources = podMakers(objects).flatMap(({ pod }) => pod.volumes?.flatMap(({ projected }) => projected?.sources ?? []) ?? []);
    const keys = new Set(sources.flatMap(({ secret }) => secret?.items?.map(({ key }) => key) ?? []));
    expect([...keys].filter((key) => !read('README.md').includes(`--from-literal=${key}=`))).toEqual([]);
    expect(keys.size).toBeGreaterThan(5);
  });
});

describe('the chart', () => {
  it('is of the version that the images are', () => {
    const { version } = JSON.parse(readFileSync(resolve(chartDir, '../../package.json'), 'utf8')) as { readonly version: string };
    expect(parse(read('Chart.yaml'))).toMatchObject({ appVersion: version });
  });
});

describe('the schema of the values', () => {
  it('knows the same values as values.yaml', () => {
    expect(differences(parse(read('values.yaml')) as Values, schema, '')).toEqual([]);
  });

  it('lets no name pass that is not one of them', () => {
    expect(openObjects(schema, 'values')).toEqual([]);
  });
});

describe('the table of values', () => {
  it('has a row a value, with its default and its comment', () => {
    const rows = valueRows('# about the file\n\n# -- What it is,\n# in two lines.\na: [1]\nb:\n  # -- Inner.\n  c: null\n  # -- Next.\n  d: { e: 1 }\n');
    expect(rows).toEqual([
      { path: 'a', fallback: '[1]', description: 'What it is, in two lines.' },
      { path: 'b.c', fallback: 'null', description: 'Inner.' },
      { path: 'b.d', fallback: '{"e":1}', description: 'Next.' },
    ]);
  });

  it('is refused for a value without a comment', () => {
    expect(() => valueRows('# -- A.\na: 1\nb: 2\n')).toThrow('b has no description');
  });
});
