import type { History } from './history.ts';
import { controlShard, shards } from './owners.ts';
import type { Report } from './report.ts';

const width = 1_100;
const leftMargin = 150;
const rowHeight = 22;
const chartHeight = 120;
const palette = ['#4878a8', '#c8803c', '#5a9a5a', '#b05060', '#8868a8', '#7a6a5a'];

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const secondsOf = (ms: number) => (ms / 1_000).toFixed(1);

type Scale = (atMs: number) => number;

function bar(x: number, untilX: number, y: number, color: string, label: string): string {
  const wide = Math.max(untilX - x, 2).toFixed(1);
  return `<rect x="${x.toFixed(1)}" y="${y}" width="${wide}" height="${rowHeight - 4}" fill="${color}"><title>${escape(label)}</title></rect>`;
}

const label = (y: number, text: string) => `<text x="4" y="${y + 14}">${escape(text)}</text>`;
const textAt = (x: number, y: number, text: string) => `<text x="${(x + 3).toFixed(1)}" y="${y + 13}" class="in">${escape(text)}</text>`;

function faultRows({ faults, startMs }: Report, scale: Scale, top: number): string {
  return faults
    .map((fault, index) => {
      const y = top + index * rowHeight;
      const title = `${fault.kind} of ${fault.target}: recovered after ${secondsOf(fault.recoveredAfterMs)} s`;
      const shade = `<rect x="${scale(fault.fromMs).toFixed(1)}" y="0" width="${Math.max(scale(fault.untilMs) - scale(fault.fromMs), 1).toFixed(1)}" height="100%" class="shade"/>`;
      return `${shade}${label(y, fault.kind)}${bar(scale(fault.fromMs), scale(fault.untilMs), y, '#b03030', `${title} (at ${secondsOf(fault.fromMs - startMs)} s)`)}`;
    })
    .join('');
}

function ownerRows({ ownership }: History, endMs: number, startMs: number, scale: Scale, top: number): string {
  const nodes = [...new Set(ownership.map(({ owner }) => owner))].sort();
  return Array.from({ length: shards + 1 }, (_, index) => index + controlShard)
    .map((shard, row) => {
      const y = top + row * rowHeight;
      const tenures = ownership.filter((one) => one.shard === shard);
      const bars = tenures.map(({ owner, epoch, atMs }, index) => {
        const x = scale(Math.max(atMs, startMs));
        const untilX = scale(Math.max(tenures[index + 1]?.atMs ?? endMs, startMs));
        const color = palette[nodes.indexOf(owner) % palette.length] ?? '#888';
        return untilX <= x ? '' : bar(x, untilX, y, color, `${owner}, epoch ${epoch}`) + (untilX - x > 70 ? textAt(x, y, `${owner} ${epoch}`) : '');
      });
      return label(y, shard === controlShard ? 'control shard' : `shard ${shard}`) + bars.join('');
    })
    .join('');
}

function throughput(times: readonly number[], startMs: number, endMs: number): number[] {
  const perSecond = Array.from({ length: Math.ceil((endMs - startMs) / 1_000) + 1 }, () => 0);
  for (const atMs of times) {
    const second = Math.floor((atMs - startMs) / 1_000);
    if (second >= 0 && second < perSecond.length) perSecond[second] = (perSecond[second] ?? 0) + 1;
  }
  return perSecond;
}

function chart(name: string, series: Readonly<Record<string, readonly number[]>>, startMs: number, endMs: number, scale: Scale, top: number): string {
  const lines = Object.entries(series).map(([key, times]) => ({ key, values: throughput(times, startMs, endMs) }));
  const most = Math.max(1, ...lines.flatMap(({ values }) => values));
  const yOf = (value: number) => top + chartHeight - 10 - (value / most) * (chartHeight - 30);
  const paths = lines.map(({ key, values }, index) => {
    const points = values.map((value, second) => `${scale(startMs + second * 1_000).toFixed(1)},${yOf(value).toFixed(1)}`).join(' ');
    const color = palette[index] ?? '#888';
    return `<polyline points="${points}" fill="none" stroke="${color}" stroke-width="1.5"/><text x="4" y="${top + 44 + index * 15}" fill="${color}">${escape(key)}</text>`;
  });
  return `<text x="4" y="${top + 14}">${escape(name)}</text><text x="4" y="${top + 28}" class="small">up to ${most} a second</text>${paths.join('')}`;
}

function axis(startMs: number, endMs: number, scale: Scale, bottom: number): string {
  const total = Math.ceil((endMs - startMs) / 10_000);
  return Array.from({ length: total + 1 }, (_, index) => {
    const x = scale(startMs + index * 10_000).toFixed(1);
    return `<line x1="${x}" y1="0" x2="${x}" y2="${bottom - 16}" class="grid"/><text x="${x}" y="${bottom - 2}" class="small">${index * 10} s</text>`;
  }).join('');
}

function picture(report: Report): string {
  const { history, startMs, faults } = report;
  const lastMs = Math.max(report.endMs, ...history.shown.slice(-1).map(({ atMs }) => atMs), ...history.statuses.slice(-1).map(({ atMs }) => atMs));
  const scale: Scale = (atMs) => leftMargin + ((atMs - startMs) / (lastMs - startMs)) * (width - leftMargin - 10);
  const ownersTop = faults.length * rowHeight + 10;
  const outTop = ownersTop + (shards + 1) * rowHeight + 10;
  const inTop = outTop + chartHeight;
  const height = inTop + chartHeight + 20;
  const out = {
    accepted: history.posts.flatMap(({ acceptedAtMs }) => acceptedAtMs ?? []),
    shown: history.shown.map(({ atMs }) => atMs),
    'statuses called back': history.statuses.map(({ atMs }) => atMs),
  };
  const inward = {
    'sent by phones': history.written.flatMap(({ sentAtMs }) => sentAtMs ?? []),
    'called back': history.messages.map(({ atMs }) => atMs),
  };
  return `<svg viewBox="0 0 ${width} ${height}" width="100%" xmlns="http://www.w3.org/2000/svg">${axis(startMs, lastMs, scale, height)}${faultRows(report, scale, 2)}${ownerRows(history, lastMs, startMs, scale, ownersTop)}${chart('to customers', out, startMs, lastMs, scale, outTop)}${chart('from customers', inward, startMs, lastMs, scale, inTop)}</svg>`;
}

const row = (cells: readonly string[], tag = 'td') => `<tr>${cells.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join('')}</tr>`;

const maxBreaches = 200;

/** One page without anything from elsewhere. */
export function htmlOf(report: Report): string {
  const { seed, faults, breaches, startMs, counts, answers } = report;
  const faultTable = faults.map((fault) =>
    row([
      fault.kind,
      fault.target,
      secondsOf(fault.fromMs - startMs),
      secondsOf(fault.untilMs - fault.fromMs),
      secondsOf(fault.recoveredAfterMs),
      `${secondsOf(fault.longestPauseMs)} (${fault.where})`,
    ]),
  );
  const breachTable = breaches.slice(0, maxBreaches).map(({ promise, detail, atMs }) => row([secondsOf(atMs - startMs), promise, detail]));
  const verdict = breaches.length === 0 ? 'every promise kept' : `${breaches.length} breaches`;
  const numbers = [...Object.entries(counts), ...Object.entries(answers).map(([status, count]) => [`answered ${status}`, count] as const)];
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Chaos, seed ${seed}: ${verdict}</title>
<style>
body { font: 14px system-ui, sans-serif; margin: 2em auto; max-width: 1150px; color: #222 }
table { border-collapse: collapse; margin: 1em 0 } td, th { border: 1px solid #ccc; padding: 2px 8px; text-align: left }
svg text { font-size: 12px } svg .in { fill: #fff } svg .small { font-size: 10px; fill: #777 } svg .grid { stroke: #eee } svg .shade { fill: #b03030; opacity: 0.06 }
</style>
<h1>Seed ${seed}: ${verdict}</h1>
<p>${numbers.map(([name, count]) => `${escape(name)} ${count}`).join(', ')}</p>
${picture(report)}
<h2>Faults</h2>
<table>${row(['fault', 'target', 'at (s)', 'lasted (s)', 'recovered after (s)', 'longest pause (s)'], 'th')}${faultTable.join('')}</table>
<h2>Breaches</h2>
<table>${row(['at (s)', 'promise', 'what'], 'th')}${breachTable.join('')}</table>
</html>
`;
}
