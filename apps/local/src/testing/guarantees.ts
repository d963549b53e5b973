/** A test that a page names: `path`: "title". */
export interface NamedTest {
  readonly path: string;
  readonly title: string;
}

/** Every test that the page names, in order. */
export function testsNamedIn(page: string): readonly NamedTest[] {
  return [...page.matchAll(/`([\w./-]+\.test\.ts)`: "([^"]+)"/g)].map(([, path = '', title = '']) => ({ path, title }));
}

/** Every file of the repository that the page names, tests too. */
export function filesNamedIn(page: string): readonly string[] {
  return [...new Set([...page.matchAll(/`((?:apps|libs|docs|e2e)\/[\w./-]+)`/g)].map(([, path = '']) => path))];
}

/** What a page names and is not there, one line each. `read` answers undefined for a file that is not there. */
export function missingFrom(page: string, read: (path: string) => string | undefined): readonly string[] {
  const files = filesNamedIn(page).filter((path) => read(path) === undefined);
  const tests = testsNamedIn(page).filter(({ path, title }) => !isTitleIn(read(path) ?? '', title));
  return [...files.map((path) => `there is no ${path}`), ...tests.map(({ path, title }) => `${path} has no test "${title}"`)];
}

/** Titles may go on with ids in brackets. They begin what a line that declares a test, or ends the table of one, calls it by. */
function isTitleIn(source: string, title: string): boolean {
  const declaring = source.split('\n').filter((line) => /^\s*(?:it|test|describe|\])/.test(line));
  return ["'", '"', '`'].some((mark) => declaring.some((line) => line.includes(`(${mark}${title}`)));
}
