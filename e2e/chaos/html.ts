import type { History } from './history.ts';
import { escape } from './markup.ts';
import { controlShard, shards } from './owners.ts';
import { picture } from './picture.ts';
import { lengthOf } from './recovery.ts';
import { type Report, secondsOf, type ToldBreach } from './report.ts';


interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
}

type Row = readonly string[];

function table(columns: readonly Column[], rows: readonly Row[]): string {
  const classOf = (index: number) => (columns[index]?.isNumber === true ? ' class="number"' : '');
  const cells = (row: Row, tag: 'td' | 'th') => row.map((cell, index) => `<${tag}${classOf(index)}>${escape(cell)}</${tag}>`).join('');
  const head = `<tr>${cells(columns.map(({ title }) => title), 'th')}</tr>`;
  return `<div class="wide"><table><thead>${head}</thead><tbody>${rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('')}</tbody></table></div>`;
}

const text = (title: string): Column => ({ title });
const figure = (title: string): Column => ({ title, isNumber: true });

function summaryTable({ summaries }: Report): string {
  const columns = [text('fault'), figure('count'), figure('measured'), figure('p50 (s)'), figure('p99 (s)'), figure('limit (s)')];
  return table(
    columns,
    summaries.map(({ kind, count, measured, p50Ms, p99Ms, limitMs }) => [kind, String(count), String(measured), ...[p50Ms, p99Ms, limitMs].map(secondsOf)]),
  );
}

function faultTable({ recoveries, startMs }: Report): string {
  const columns = [text('fault'), text('target'), figure('at (s)'), figure('lasted (s)'), figure('recovered after (s)'), figure('longest pause (s)'), text('where')];
  return table(
    columns,
    recoveries.map(({ fault, recoveredAfterMs, longest }) => [
      fault.kind,
      fault.target,
      secondsOf(fault.fromMs - startMs),
      secondsOf(fault.untilMs - fault.fromMs),
      recoveredAfterMs === undefined ? 'with a later one' : secondsOf(recoveredAfterMs),
      longest === undefined ? '' : secondsOf(lengthOf(longest)),
      longest?.lane ?? '',
    ]),
  );
}

function breachItem({ promise, detail, atMs, story = [] }: ToldBreach, startMs: number): string {
  const events = story.map(
    (event) => `<li class="${event.isOwn ? 'own' : 'around'}"><time>${((event.atMs - startMs) / 1_000).toFixed(3)}</time> ${escape(event.what)}</li>`,
  );
  const head = `<summary><time>${secondsOf(atMs - startMs)} s</time> <b>${escape(promise)}</b> ${escape(detail)}</summary>`;
  return `<details>${head}<ol class="story">${events.join('')}</ol></details>`;
}

const maxBreaches = 200;

function breachList({ breaches, startMs }: Report): string {
  if (breaches.length === 0) return '<p>None.</p>';
  const rest = breaches.length > maxBreaches ? `<p>and ${breaches.length - maxBreaches} more, in the JSON</p>` : '';
  return breaches.slice(0, maxBreaches).map((breach) => breachItem(breach, startMs)).join('') + rest;
}

function slowList({ tooSlow }: Report): string {
  if (tooSlow.length === 0) return '';
  return `<ul>${tooSlow.map(({ what, tookMs, limitMs }) => `<li>${escape(what)}: ${secondsOf(tookMs)} s, limit ${secondsOf(limitMs)} s</li>`).join('')}</ul>`;
}

const numbersOf = (record: Readonly<Record<string, number>>) => table([text('what'), figure('how often')], Object.entries(record).map(([name, count]) => [name, String(count)]));

function ownerTable({ ownership }: History, startMs: number): string {
  const lanes = Array.from({ length: shards + 1 }, (_, index) => index + controlShard);
  const tenures = lanes.flatMap((shard) => ownership.filter((one) => one.shard === shard));
  const columns = [figure('shard'), figure('epoch'), text('owner'), figure('from (s)')];
  return table(columns, tenures.map(({ shard, epoch, owner, atMs }) => [String(shard), String(epoch), owner, secondsOf(atMs - startMs)]));
}

const style = `
:root { color-scheme: light dark; --ground: #fbfbfa; --text: #23262b; --faint: #6d737c; --line: #d9dbde; --good: #2c7a4b; --bad: #b3261e; --shade: #b3261e; --on-color: #fff;
  --c0: #3f76b0; --c1: #b8702a; --c2: #3f8f5a; --c3: #a8476a; --c4: #7a5fb0; --c5: #5d7480; }
@media (prefers-color-scheme: dark) { :root { --ground: #16181b; --text: #e4e6e9; --faint: #979da6; --line: #33373d; --good: #6cc48b; --bad: #ff8a80; --shade: #ff8a80; --on-color: #111;
  --c0: #7fb1e8; --c1: #e3a565; --c2: #7fce9a; --c3: #e590ae; --c4: #b9a2ee; --c5: #9fb6c2; } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 1180px; padding: 0 1rem; color: var(--text); background: var(--ground) }
h1 { font-size: 1.5rem; margin-bottom: 0.2rem } h2 { font-size: 1.15rem; margin-top: 2.2rem }
.good { color: var(--good) } .bad { color: var(--bad) } p.facts { color: var(--faint); margin-top: 0 }
.wide { overflow-x: auto } table { border-collapse: collapse; margin: 0.6rem 0; font-size: 13px }
td, th { border-bottom: 1px solid var(--line); padding: 3px 12px 3px 0; text-align: left; white-space: nowrap } th { color: var(--faint); font-weight: 600 } .number { text-align: right; font-variant-numeric: tabular-nums }
details { border-bottom: 1px solid var(--line); padding: 4px 0 } summary { cursor: pointer } time { font-variant-numeric: tabular-nums; color: var(--faint) }
.story { list-style: none; padding-left: 1rem; font-size: 13px } .story .own { font-weight: 600 } .story .around { color: var(--faint) }
.columns { display: flex; gap: 3rem; flex-wrap: wrap; align-items: flex-start }
svg { display: block } svg text { font-size: 12px; fill: var(--text) } svg .small { font-size: 10.5px; fill: var(--faint) } svg .in { fill: var(--on-color); font-size: 10.5px }
svg .grid { stroke: var(--line) } svg .shade { fill: var(--shade); opacity: 0.07 } svg .fault { fill: var(--shade) } svg .breach { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 3 2 }
${[0, 1, 2, 3, 4, 5].map((index) => `svg .f${index} { fill: var(--c${index}) } svg .s${index} { stroke: var(--c${index}); fill: none; stroke-width: 1.4 }`).join(' ')}
`;

/** One page without anything from elsewhere, for light and dark screens. */
export function htmlOf(report: Report): string {
  const { seed, rate, breaches, tooSlow, startMs, endMs, counts, answers, history } = report;
  const verdict = breaches.length === 0 ? 'every promise kept' : `${breaches.length} promises broken`;
  const speed = tooSlow.length === 0 ? 'all recovered in time' : `${tooSlow.length} times too slow`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Chaos, seed ${seed}: ${verdict}</title>
<style>${style}</style></head><body>
<h1>Chaos, seed ${seed}: <span class="${breaches.length === 0 ? 'good' : 'bad'}">${verdict}</span>, <span class="${tooSlow.length === 0 ? 'good' : 'bad'}">${speed}</span></h1>
<p class="facts">${new Date(startMs).toISOString()}, ${secondsOf(endMs - startMs)} s, ${rate} messages a second each way, ${report.recoveries.length} faults</p>
${picture(report)}
<h2>Promises broken</h2>
${breachList(report)}
<h2>Recovery</h2>
${slowList(report)}
${summaryTable(report)}
${faultTable(report)}
<h2>Traffic</h2>
<div class="columns">${numbersOf(counts)}${numbersOf(Object.fromEntries(Object.entries(answers).map(([status, count]) => [`answered ${status}`, count])))}</div>
<details><summary>Owners of shards, by epoch</summary>${ownerTable(history, startMs)}</details>
</body></html>
`;
}
