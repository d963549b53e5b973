import { escapeHtml, lineChart } from './charts.ts';
import type { Comparison } from './compare.ts';
import { flameGraph } from './flame-graph.ts';
import type { BenchReport, ProcessProfile, RowResult, StageChart, StatementsAtRate } from './results.ts';
import { type Row, rows } from './rows.ts';

const style = `
body{font:14px/1.5 system-ui,sans-serif;max-width:1140px;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;margin:1em 0}td,th{border:1px solid #ccc;padding:3px 8px;text-align:left}td.n{text-align:right}
.missed{background:#f6d0d0}.fine{background:#dcefdc}.slower{background:#f6d0d0}
svg text{font:11px system-ui,sans-serif}.grid{stroke:#ddd}.legend span{margin-right:1em}.flame text{font:10px monospace}
.flame rect{stroke:#fff;stroke-width:.5}h4{margin:1em 0 0}p.legend{margin:0}`;

const cell = (text: string, kind = '') => `<td${kind === '' ? '' : ` class="${kind}"`}>${escapeHtml(text)}</td>`;
const table = (head: readonly string[], lines: readonly string[]) =>
  `<table><tr>${head.map((text) => `<th>${escapeHtml(text)}</th>`).join('')}</tr>${lines.map((line) => `<tr>${line}</tr>`).join('')}</table>`;
const short = (value: number) => (Number.isFinite(value) ? String(Number(value.toPrecision(3))) : '-');

function rowLine(result: RowResult): string {
  const { title, unit, direction, must, aim }: Row = rows[result.name];
  const runs = result.values.length > 1 ? result.values.map(short).join(', ') : '';
  return [
    cell(title),
    cell(`${short(result.median)} ${unit}`, result.reachesMust ? 'fine' : 'missed'),
    cell(runs),
    cell(`${direction} ${must}`),
    cell(aim === undefined ? '' : String(aim)),
    cell(result.floor === undefined ? '' : short(result.floor)),
  ].join('');
}

function comparisonLine({ name, before, now, change, isSlower }: Comparison): string {
  const percent = `${change >= 0 ? '+' : ''}${(change * 100).toFixed(0)} %`;
  return cell(rows[name].title) + cell(short(before), 'n') + cell(short(now), 'n') + cell(percent, isSlower ? 'slower' : 'n');
}

function chartsOf({ title, overTime, cpu }: StageChart): string {
  const rates = { begun: overTime.map(({ begun }) => begun), done: overTime.map(({ done }) => done) };
  const latencies = { p50: overTime.map(({ p50Ms }) => p50Ms), p99: overTime.map(({ p99Ms }) => p99Ms) };
  return `<h3>${escapeHtml(title)}</h3>${lineChart('throughput', 'messages a second', rates)}${lineChart('latency of what was begun then', 'ms', latencies)}${lineChart('CPU by process', 'cores', cpu)}`;
}

function profileOf({ process, rate, messages, busyMs, top, packages, tree }: ProcessProfile): string {
  const line = (name: string, selfMs: number) => cell(name) + cell((selfMs / messages).toFixed(3), 'n') + cell(`${((selfMs / busyMs) * 100).toFixed(1)} %`, 'n');
  const head = ['', 'ms a message', 'share'];
  return `<h3>${escapeHtml(process)} at ${rate} a second: ${(busyMs / messages).toFixed(2)} ms a message of the cluster</h3>${flameGraph(tree)}
<h4>by package, what Node does counted for its caller</h4>${table(head, packages.map(({ name, selfMs }) => line(name, selfMs)))}
<h4>by function, its own time</h4>${table(head, top.map(({ name, selfMs }) => line(name, selfMs)))}`;
}

function statementsOf({ rate, messages, statements }: StatementsAtRate): string {
  const lines = statements.map(({ statement, calls, rows: count, totalMs, walBytes }) =>
    [cell(statement), ...[calls / messages, count / messages, totalMs / messages, totalMs / calls, walBytes / messages].map((value) => cell(value.toFixed(3), 'n'))].join(''),
  );
  return `<h3>statements at ${rate} a second</h3>${table(['', 'calls a message', 'rows a message', 'ms a message', 'ms a call', 'WAL bytes a message'], lines)}`;
}

/** One file, nothing loaded from elsewhere. */
export function htmlOf(report: BenchReport, comparisons: readonly Comparison[]): string {
  const { machine, versions, cluster, notes } = report;
  const facts = `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, Linux ${machine.kernel}`;
  const runs = Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ');
  const noted = Object.entries(notes).map(([scenario, lines]) => `<h4>${escapeHtml(scenario)}</h4><ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`);
  const compared = comparisons.length === 0 ? '' : `<h2>Against the past result</h2>${table(['', 'before', 'now', 'change'], comparisons.map(comparisonLine))}`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Multiconnect benchmark</title><style>${style}</style>
<h1>Benchmark</h1><p>${escapeHtml(report.startedAt)}${report.isQuick ? ', quick: short runs, once' : ''}<br>${escapeHtml(facts)}<br>${escapeHtml(runs)}<br>
2 masters, ${cluster.coreapps} coreapps, ${cluster.shards} shards, ${cluster.webapps} webapps, everything on the one machine</p>
${table(['', 'figure (median)', 'runs', 'must', 'aim', 'floor'], report.rows.map(rowLine))}${compared}
<h2>Notes</h2>${noted.join('')}<h2>Over time</h2>${report.charts.map(chartsOf).join('')}
<h2>Where the time goes</h2>${report.profiles.map(profileOf).join('')}${report.statements.map(statementsOf).join('')}</html>\n`;
}
