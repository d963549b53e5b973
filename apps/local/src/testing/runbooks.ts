/** The headings of a runbook, in their order. */
export const runbookHeadings = ['What you see', 'What it means', 'What the cluster does by itself', 'What you do', 'How you know it is over'] as const;

/** What the pages may name: the sources of everything that runs, and the paths of the described API. */
export interface NamedThings {
  readonly sources: string;
  /** `/v1/contacts/{wa_id}/identity` */
  readonly paths: readonly string[];
}

const sectionsOf = (page: string): readonly string[] => [...page.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);

const unique = (page: string, pattern: RegExp): readonly string[] => [...new Set([...page.matchAll(pattern)].map(([whole]) => whole))];

/** Lines that quote what a process says: `* log of coreapps: `shard lost``, `* callback: …`, `* health: …`. */
function quotedTexts(page: string): readonly string[] {
  const lines = page.split('\n').filter((line) => /^\* (?:log|callback)\b/.test(line));
  return [...new Set(lines.flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)))];
}

const isSaid = (text: string, sources: string): boolean => text.split('…').every((part) => sources.includes(part));

function isDescribed(path: string, paths: readonly string[]): boolean {
  return paths.some((each) => new RegExp(`^${each.replace(/\{\w+\}/g, '[^/]+')}$`).test(path));
}

/** What is wrong with a page, one line each. */
export function problemsOf(page: string, { sources, paths }: NamedThings): readonly string[] {
  const headings = sectionsOf(page);
  const metrics = unique(page, /\bmulticonnect_[a-z_]+/g).filter((name) => !sources.includes(`'${name}'`));
  const settings = unique(page, /\bMULTICONNECT_[A-Z_]+/g).filter((name) => !sources.includes(`'${name}'`));
  const endpoints = unique(page, /\/v1(?:\/[a-z_-]+)+/g).filter((path) => !isDescribed(path, paths));
  const texts = quotedTexts(page).filter((text) => !isSaid(text, sources));
  return [
    ...(headings.join() === runbookHeadings.join() ? [] : [`its headings are ${headings.join(', ')}`]),
    ...metrics.map((name) => `no process has the metric ${name}`),
    ...settings.map((name) => `no process reads ${name}`),
    ...endpoints.map((path) => `the API has no ${path}`),
    ...texts.map((text) => `nothing says ${text}`),
  ];
}
