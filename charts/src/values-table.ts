import { isMap, isScalar, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';

/** A value that can be set: `webapp.replicas`, `2`, what it does. */
export interface ValueRow {
  readonly path: string;
  /** JSON. */
  readonly fallback: string;
  readonly description: string;
}

const mark = /^\s*-- /;

/** The comment above a pair; of the first pair of a map, the parser gives it to the map. */
function commentOf(pair: Pair<Node, Node | null>, index: number, map: YAMLMap): string {
  return pair.key.commentBefore ?? (index === 0 ? (map.commentBefore ?? '') : '');
}

/** The last paragraph of the comment that begins with `--`, on one line; undefined when there is none. */
function descriptionIn(comment: string): string | undefined {
  const lines = comment.split('\n');
  const start = lines.findLastIndex((line) => mark.test(line));
  if (start < 0) return undefined;
  return lines
    .slice(start)
    .map((line) => line.replace(mark, '').trim())
    .join(' ');
}

function rowsOf(map: YAMLMap, prefix: string): readonly ValueRow[] {
  return (map.items as Pair<Node, Node | null>[]).flatMap((pair, index) => {
    const path = `${prefix}${isScalar(pair.key) ? String(pair.key.value) : ''}`;
    const description = descriptionIn(commentOf(pair, index, map));
    if (description !== undefined) return [{ path, fallback: JSON.stringify(pair.value?.toJSON() ?? null), description }];
    if (!isMap(pair.value)) throw new Error(`${path} has no description: write "# -- …" above it`);
    return rowsOf(pair.value, `${path}.`);
  });
}

/** Every value of a values.yaml, from the comments that begin with `--`. Throws for one that has none. */
export function valueRows(valuesYaml: string): readonly ValueRow[] {
  const { contents } = parseDocument(valuesYaml);
  if (!isMap(contents)) throw new Error('the values are no map');
  return rowsOf(contents, '');
}

const begin = '<!-- values: written by npm run chart:readme -->';
const end = '<!-- end of values -->';

/** The README with its table of values renewed. Throws when it has no place for one. */
export function withTable(readme: string, rows: readonly ValueRow[]): string {
  const [before, rest] = readme.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`the README lacks ${begin} or ${end}`);
  const lines = rows.map(({ path, fallback, description }) => `| \`${path}\` | \`${fallback}\` | ${description} |`);
  return `${before}${begin}\n| value | default | what it is |\n|---|---|---|\n${lines.join('\n')}\n${end}${after}`;
}
