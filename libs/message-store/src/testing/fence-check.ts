/** One part of a statement: a member of its WITH list, or what follows the list (`name` undefined). */
interface Part {
  readonly name: string | undefined;
  readonly body: string;
}

const memberStart = /(?:\bWITH\b|,)\s*(\w+) AS (?:MATERIALIZED )?\($/i;
const isWrite = (body: string): boolean => /^\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\b/i.test(body);
const withoutComments = (sql: string): string => sql.replace(/--.*$/gm, '');

/** Where the bracket that opens at `from` closes. */
function closingOf(sql: string, from: number): number {
  let depth = 0;
  for (let at = from; at < sql.length; at += 1) {
    if (sql[at] === '(') depth += 1;
    if (sql[at] === ')') depth -= 1;
    if (depth === 0) return at;
  }
  throw new Error('a bracket is not closed');
}

function partsOf(text: string): readonly Part[] {
  const sql = withoutComments(text);
  const parts: Part[] = [];
  let rest = '';
  for (let at = 0; at < sql.length; at += 1) {
    rest += sql[at] ?? '';
    if (sql[at] !== '(') continue;
    const closed = closingOf(sql, at);
    const name = memberStart.exec(rest)?.[1];
    if (name === undefined) rest += sql.slice(at + 1, closed + 1);
    else {
      parts.push({ name, body: sql.slice(at + 1, closed) });
      rest = '';
    }
    at = closed;
  }
  return [...parts, { name: undefined, body: rest.replace(/^\s*\)?\s*/, '') }];
}

/** The text with what stands in brackets left out, but the brackets that rows are read from. */
function topLevel(body: string): string {
  let text = '';
  for (let at = 0; at < body.length; at += 1) {
    text += body[at] ?? '';
    if (body[at] !== '(') continue;
    const closed = closingOf(body, at);
    if (/\b(?:FROM|JOIN)\s*\($/i.test(text)) text += topLevel(body.slice(at + 1, closed));
    at = closed - 1;
  }
  return text;
}

/** What the rows come from and must be there for: a LEFT JOIN's other side need not. */
function sourcesOf(body: string): readonly string[] {
  const inner = topLevel(body).replace(/\bLEFT JOIN (?:LATERAL )?\w+/gi, '');
  return [...inner.matchAll(/(?:\b(?:FROM|JOIN|USING)|,)\s+(\w+)/gi)].map(([, name = '']) => name);
}

/** Rows of one side are enough. */
const needsOneSideOnly = (body: string): boolean => /\bFULL JOIN\b|\bUNION\b/i.test(topLevel(body));

/**
 * The writes of a statement that an owner without its epoch would still make, by the name of their part. A write is held by the
 * fence when its rows come from it, or from a part that is held itself.
 */
export function unfencedWrites(text: string): readonly string[] {
  const held = new Set<string>();
  const loose: string[] = [];
  const members = partsOf(text);
  const names = new Set(members.map(({ name }) => name));
  // Parts read from parts before them.
  for (const { name, body } of members) {
    const sources = sourcesOf(body).filter((source) => names.has(source));
    const isHeld = needsOneSideOnly(body) ? sources.length > 0 && sources.every((each) => held.has(each)) : sources.some((each) => held.has(each));
    if (isFence(name, body) || isEmpty(body) || isHeld) held.add(name ?? '');
    else if (isWrite(body)) loose.push(name ?? 'the statement itself');
  }
  return loose;
}

const isEmpty = (body: string): boolean => /\bWHERE false\s*$/.test(body);

function isFence(name: string | undefined, body: string): boolean {
  return name === 'fence' && /^\s*SELECT 1 FROM shard WHERE account = \$1 AND shard = \$2 AND epoch = \$3 FOR SHARE\s*$/.test(body);
}

/** Whether a statement writes at all. */
export function writes(text: string): boolean {
  return partsOf(text).some(({ body }) => isWrite(body));
}

/** The statement with one mention of the fence taken out, for each mention that something is read by. */
export function withoutOneFence(text: string): readonly string[] {
  const mention = /\bUSING fence WHERE|\b(?:FROM|USING) fence,|\b(?:FROM|USING) fence\b(?!,)|, fence\b/g;
  return [...text.matchAll(mention)].filter(({ index }) => !/count\(\*\)(?:::int AS held)? $/.test(text.slice(0, index))).map((found) => {
    const [whole] = found;
    const instead = whole.endsWith(',') ? whole.replace(/ fence,/, '') : whole.endsWith('WHERE') ? 'WHERE' : '';
    return text.slice(0, found.index) + instead + text.slice(found.index + whole.length);
  });
}
