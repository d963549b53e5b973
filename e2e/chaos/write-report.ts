import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { htmlOf } from './html.ts';
import type { Report } from './report.ts';

/** Writes `report.json` and `report.html`; answers the path of the page. */
export function writeReport(report: Report, dir: string): string {
  const out = resolve(dir);
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'report.json'), JSON.stringify(report));
  const page = join(out, 'report.html');
  writeFileSync(page, htmlOf(report));
  return page;
}
