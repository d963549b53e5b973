/** What `docs/compatibility.md` says of one part of the API. */
export interface CompatibilityRow {
  readonly id: string;
  readonly what: string;
  readonly state: (typeof states)[number];
  readonly note: string;
}

export interface RanTest {
  readonly title: string;
  readonly passed: boolean;
}

export interface Coverage {
  readonly covered: readonly CompatibilityRow[];
  readonly uncovered: readonly CompatibilityRow[];
  /** What makes the count worth nothing, one line each. */
  readonly problems: readonly string[];
}

const states = ['same', 'different', 'absent', 'open'] as const;
const statesWithReason: readonly string[] = ['different', 'absent'];

const idPattern = '[a-z][a-z0-9_]*(?:\\.[a-z0-9_]+)+';
const isId = (text: string): boolean => new RegExp(`^${idPattern}$`).test(text);
const bracketed = new RegExp(`\\[(${idPattern})\\]`, 'g');

const header = ['id', 'what', 'state', 'note'];
const isRule = (cells: readonly string[]): boolean => cells.every((cell) => /^:?-+:?$/.test(cell));
const isState = (text: string): text is CompatibilityRow['state'] => states.some((state) => state === text);

function cellsOf(line: string): readonly string[] {
  return line.trim().replace(/^\|/, '').replace(/\|$/, '').split('|').map((cell) => cell.trim());
}

function problemOf([id = '', what = '', state = '', note = '', ...more]: readonly string[]): string | undefined {
  if (more.length > 0) return 'has too many cells';
  if (!isId(id)) return 'has no id of lower-case words with dots between';
  if (what === '') return 'does not say what it is about';
  if (!isState(state)) return `has no state of ${states.join(', ')}`;
  if (statesWithReason.includes(state) && note === '') return `is ${state} without a reason`;
  return undefined;
}

const repeated = (ids: readonly string[]): readonly string[] => [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];

/** The rows of every table of the document, and what is wrong with it. */
export function readRows(markdown: string): { readonly rows: readonly CompatibilityRow[]; readonly problems: readonly string[] } {
  const rows: CompatibilityRow[] = [];
  const problems: string[] = [];
  for (const [index, line] of markdown.split('\n').entries()) {
    if (!line.trim().startsWith('|')) continue;
    const cells = cellsOf(line);
    if (isRule(cells) || cells.join() === header.join()) continue;
    const problem = problemOf(cells);
    if (problem !== undefined) problems.push(`line ${index + 1} ${problem}`);
    else rows.push({ id: cells[0] ?? '', what: cells[1] ?? '', state: cells[2] as CompatibilityRow['state'], note: cells[3] ?? '' });
  }
  return { rows, problems: [...problems, ...repeated(rows.map(({ id }) => id)).map((id) => `${id} stands there more than once`)] };
}

/** The ids that a test's title carries: `shows a text [send.text.body] [send.text]`. */
export function idsIn(title: string): readonly string[] {
  return [...title.matchAll(bracketed)].map(([, id = '']) => id);
}

/** The ids that the source of a test carries, in titles or as rows of its tables: `[send.text.body]`, `'send.text.body'`. */
export function idsInSource(source: string): readonly string[] {
  const quoted = [...source.matchAll(new RegExp(`(['"])(${idPattern})\\1`, 'g'))].map(([, , id = '']) => id);
  return [...idsIn(source), ...quoted];
}

/** Which rows a passing test covers. A row named by a failed test is not covered, whoever else names it. */
export function coverageOf(markdown: string, tests: readonly RanTest[]): Coverage {
  const { rows, problems } = readRows(markdown);
  const known = new Set(rows.map(({ id }) => id));
  const passed = new Set(tests.filter((test) => test.passed).flatMap(({ title }) => idsIn(title)));
  const failed = new Set(tests.filter((test) => !test.passed).flatMap(({ title }) => idsIn(title)));
  const isCovered = ({ id }: CompatibilityRow): boolean => passed.has(id) && !failed.has(id);
  const unknown = [...new Set([...passed, ...failed])].filter((id) => !known.has(id)).map((id) => `a test names ${id}, which has no row`);
  return { covered: rows.filter(isCovered), uncovered: rows.filter((row) => !isCovered(row)), problems: [...problems, ...unknown] };
}
