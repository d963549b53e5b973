import type { History } from './history.ts';
import { escape } from './markup.ts';
import { controlShard, shards } from './owners.ts';
import { type Report, secondsOf } from './report.ts';

const width = 1_150;
const leftMargin = 165;
const rightMargin = 14;
const rowHeight = 20;
const chartHeight = 118;
const colors = 6;
const axisHeight = 22;

type Scale = (atMs: number) => number;

/** The time that the picture shows. */
interface Span {
  readonly startMs: number;
  readonly endMs: number;
  readonly scale: Scale;
}

interface Bar {
  readonly fromX: number;
  readonly untilX: number;
  readonly y: number;
  readonly look: string;
  readonly title: string;
}

const bar = ({ fromX, untilX, y, look, title }: Bar) =>
  `<rect x="${fromX.toFixed(1)}" y="${y}" width="${Math.max(untilX - fromX, 2).toFixed(1)}" height="${rowHeight - 5}" rx="2" class="${look}"><title>${escape(title)}</title></rect>`;
const label = (y: number, words: string) => `<text x="0" y="${y + 12}">${escape(words)}</text>`;

function shades({ recoveries }: Report, { scale }: Span): string {
  return recoveries
    .map(({ fault }) => {
      const wide = Math.max(scale(fault.untilMs) - scale(fault.fromMs), 1).toFixed(1);
      return `<rect x="${scale(fault.fromMs).toFixed(1)}" y="0" width="${wide}" height="100%" class="shade"/>`;
    })
    .join('');
}

/** A row for each kind of fault, in the order of their first coming. */
function faultRows({ recoveries, startMs }: Report, { scale }: Span, top: number): string {
  return [...Map.groupBy(recoveries, ({ fault }) => fault.kind)]
    .map(([kind, ofKind], index) => {
      const y = top + index * rowHeight;
      const bars = ofKind.map(({ fault, recoveredAfterMs }) => {
        const recovered = recoveredAfterMs === undefined ? 'recovered with a later one' : `recovered after ${secondsOf(recoveredAfterMs)} s`;
        const title = `${kind} of ${fault.target} at ${secondsOf(fault.fromMs - startMs)} s for ${secondsOf(fault.untilMs - fault.fromMs)} s: ${recovered}`;
        return bar({ fromX: scale(fault.fromMs), untilX: scale(fault.untilMs), y, look: 'fault', title });
      });
      return label(y, kind) + bars.join('');
    })
    .join('');
}

/** A lane for each shard: who owned it, under which epoch. */
function ownerRows({ ownership }: History, { startMs, endMs, scale }: Span, top: number): string {
  const nodes = [...new Set(ownership.map(({ owner }) => owner))].sort();
  return Array.from({ length: shards + 1 }, (_, index) => index + controlShard)
    .map((shard, row) => {
      const y = top + row * rowHeight;
      const tenures = ownership.filter((one) => one.shard === shard);
      const bars = tenures.map(({ owner, epoch, atMs }, index) => {
        const fromX = scale(Math.max(atMs, startMs));
        const untilX = scale(Math.max(tenures[index + 1]?.atMs ?? endMs, startMs));
        if (untilX <= fromX) return '';
        const words = untilX - fromX > 74 ? `<text x="${(fromX + 4).toFixed(1)}" y="${y + 11.5}" class="in">${escape(`${owner} · ${epoch}`)}</text>` : '';
        return bar({ fromX, untilX, y, look: `f${nodes.indexOf(owner) % colors}`, title: `${owner}, epoch ${epoch}` }) + words;
      });
      return label(y, shard === controlShard ? 'control shard' : `shard ${shard}`) + bars.join('');
    })
    .join('');
}

interface Sample {
  readonly atMs: number;
  readonly value: number;
}

interface Series {
  readonly name: string;
  /** One for each second. */
  readonly values: readonly number[];
}

function bySecond({ startMs, endMs }: Span, samples: readonly Sample[]): readonly (readonly number[])[] {
  const seconds: number[][] = Array.from({ length: Math.ceil((endMs - startMs) / 1_000) + 1 }, () => []);
  for (const { atMs, value } of samples) seconds[Math.floor((atMs - startMs) / 1_000)]?.push(value);
  return seconds;
}

const throughput = (span: Span, name: string, times: readonly number[]): Series => ({
  name,
  values: bySecond(span, times.map((atMs) => ({ atMs, value: 1 }))).map((second) => second.length),
});

function percentiles(span: Span, samples: readonly Sample[]): Series[] {
  const seconds = bySecond(span, samples).map((second) => second.toSorted((a, b) => a - b));
  const at = (part: number) => seconds.map((second) => second[Math.floor((second.length - 1) * part)] ?? 0);
  return [
    { name: 'median', values: at(0.5) },
    { name: 'slowest', values: at(1) },
  ];
}

interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly Series[];
}

function chart({ title, unit, series }: Chart, { startMs, scale }: Span, top: number): string {
  const most = Math.max(1, ...series.flatMap(({ values }) => values));
  const yOf = (value: number) => top + chartHeight - 12 - (value / most) * (chartHeight - 24);
  const lines = series.map(({ name, values }, index) => {
    const points = values.map((value, second) => `${scale(startMs + second * 1_000).toFixed(1)},${yOf(value).toFixed(1)}`).join(' ');
    const key = `<rect x="0" y="${top + 37 + index * 15}" width="9" height="9" rx="2" class="f${index}"/><text x="14" y="${top + 46 + index * 15}" class="small">${escape(name)}</text>`;
    return `<polyline points="${points}" class="s${index}"/>${key}`;
  });
  const scaleWords = `<text x="0" y="${top + 28}" class="small">up to ${most.toFixed(most < 10 ? 1 : 0)} ${unit}</text>`;
  const zero = `<line x1="${leftMargin}" y1="${yOf(0).toFixed(1)}" x2="${width - rightMargin}" y2="${yOf(0).toFixed(1)}" class="grid"/>`;
  return `<text x="0" y="${top + 14}">${escape(title)}</text>${scaleWords}${zero}${lines.join('')}`;
}

function latencies(history: History): { readonly out: Sample[]; readonly in: Sample[] } {
  const posted = new Map(history.posts.map(({ mark, acceptedAtMs }) => [mark, acceptedAtMs]));
  const written = new Map(history.written.map(({ mark, writtenAtMs }) => [mark, writtenAtMs]));
  const seen = new Set<string>();
  const sample = (mark: string, atMs: number, sinceMs: number | undefined): Sample[] => {
    if (sinceMs === undefined || seen.has(mark)) return [];
    seen.add(mark);
    return [{ atMs, value: Math.max(0, atMs - sinceMs) / 1_000 }];
  };
  return {
    out: history.shown.flatMap(({ mark, atMs }) => sample(mark, atMs, posted.get(mark))),
    in: history.messages.flatMap(({ mark, atMs }) => sample(mark, atMs, written.get(mark))),
  };
}

function chartsOf({ history }: Report, span: Span): readonly Chart[] {
  const delays = latencies(history);
  const out = [
    throughput(span, 'accepted', history.posts.flatMap(({ acceptedAtMs }) => acceptedAtMs ?? [])),
    throughput(span, 'shown', history.shown.map(({ atMs }) => atMs)),
    throughput(span, 'statuses called back', history.statuses.map(({ atMs }) => atMs)),
  ];
  const inward = [
    throughput(span, 'sent by phones', history.written.flatMap(({ sentAtMs }) => sentAtMs ?? [])),
    throughput(span, 'called back', history.messages.map(({ atMs }) => atMs)),
  ];
  return [
    { title: 'to customers', unit: 'a second', series: out },
    { title: 'from customers', unit: 'a second', series: inward },
    { title: '201 to shown', unit: 's', series: percentiles(span, delays.out) },
    { title: 'written to called back', unit: 's', series: percentiles(span, delays.in) },
  ];
}

const gridSteps = [5, 10, 20, 30, 60, 120, 300, 600];
const maxGridLines = 15;

function axis({ startMs, endMs, scale }: Span, height: number): string {
  const seconds = (endMs - startMs) / 1_000;
  const step = gridSteps.find((one) => seconds / one <= maxGridLines) ?? 1_200;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => {
    const x = scale(startMs + index * step * 1_000).toFixed(1);
    return `<line x1="${x}" y1="0" x2="${x}" y2="${height - axisHeight + 4}" class="grid"/><text x="${x}" y="${height - 6}" class="small">${index * step} s</text>`;
  }).join('');
}

const breachLines = ({ breaches }: Report, { scale }: Span, height: number) =>
  breaches
    .slice(0, 50)
    .map(({ promise, detail, atMs }) => {
      const x = scale(atMs).toFixed(1);
      return `<line x1="${x}" y1="0" x2="${x}" y2="${height - axisHeight}" class="breach"><title>${escape(`${promise}: ${detail}`)}</title></line>`;
    })
    .join('');

const last = (items: readonly { readonly atMs: number }[]) => items.at(-1)?.atMs ?? 0;

/** The run at a glance: faults, owners, what came through and how long it took, over one axis of time. */
export function picture(report: Report): string {
  const { history, startMs, recoveries } = report;
  const endMs = Math.max(report.endMs, last(history.shown), last(history.statuses), last(history.messages));
  const span: Span = { startMs, endMs, scale: (atMs) => leftMargin + ((atMs - startMs) / (endMs - startMs)) * (width - leftMargin - rightMargin) };
  const kinds = new Set(recoveries.map(({ fault }) => fault.kind)).size;
  const ownersTop = kinds * rowHeight + 12;
  const chartsTop = ownersTop + (shards + 1) * rowHeight + 8;
  const charts = chartsOf(report, span);
  const height = chartsTop + charts.length * chartHeight + axisHeight;
  const parts = [
    axis(span, height),
    shades(report, span),
    faultRows(report, span, 2),
    ownerRows(history, span, ownersTop),
    ...charts.map((one, index) => chart(one, span, chartsTop + index * chartHeight)),
    breachLines(report, span, height),
  ];
  return `<svg viewBox="0 0 ${width} ${height}" width="100%" role="img" aria-label="Faults, owners, throughput and latency over time" xmlns="http://www.w3.org/2000/svg">${parts.join('')}</svg>`;
}
