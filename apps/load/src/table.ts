import type { Percentiles } from './percentiles.ts';
import type { LoadReport } from './report.ts';

type Row = readonly string[];

/** Of the budget: 2 ms a message. */
const gateway = ['webapp', 'coreapp', 'PostgreSQL', 'Redis'] as const;

const fixed = (value: number, digits = 1): string => value.toFixed(digits);
const ms = (value: number | null): string => (value === null ? '-' : `${fixed(value, 2)} ms`);

/** Columns of equal width: the first to the left, the others to the right. */
export function columns(rows: readonly Row[]): readonly string[] {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, index) => Math.max(cell.length, all[index] ?? 0)), []);
  return rows.map((row) =>
    row.map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0))).join('   ').trimEnd(),
  );
}

function latencyRow(name: string, percentiles: Percentiles | undefined): Row {
  if (percentiles === undefined) return [name, '-', '-', '-', '-'];
  const { p50, p95, p99, max } = percentiles;
  return [name, ...[p50, p95, p99, max].map((value) => fixed(value))];
}

function cpuRows(cpu: LoadReport['cpuMsPerMessage']): readonly Row[] {
  const parts = gateway.map((name) => cpu[name]).filter((value) => typeof value === 'number');
  const whole = parts.length === gateway.length ? parts.reduce((sum, value) => sum + value, 0) : null;
  return [...Object.entries(cpu).map(([name, value]): Row => [name, ms(value)]), [`gateway (${gateway.join(', ')})`, ms(whole)]];
}

/** What a person reads after a run. */
export function tableOf(report: LoadReport): string {
  const { asked, messages, perSecond, latencyMs, generator, faults, callbacks, phones } = report;
  const percent = asked.newRecipientsPercent > 0 ? `, ${asked.newRecipientsPercent} % of the messages to new ones` : '';
  const repeats = `callbacks repeated: ${callbacks.repeated}; ciphertexts that came twice and were shown once: ${phones.duplicates}`;
  return [
    `run ${report.runId}: ${asked.rate} messages a second for ${asked.durationS} s to ${asked.recipients} recipients${percent}`,
    '',
    ...columns([
      ['', 'messages', 'per second'],
      ['accepted', String(messages.accepted), fixed(perSecond.accepted)],
      ['sent', String(messages.sent), fixed(perSecond.sent)],
      ['delivered', String(messages.delivered), fixed(perSecond.delivered)],
      ['called back', String(messages.sent + messages.delivered), fixed(perSecond.calledBack)],
    ]),
    '',
    ...columns([
      ['milliseconds', 'p50', 'p95', 'p99', 'max'],
      latencyRow('post to 201', latencyMs.postToAccepted),
      latencyRow('post to sent', latencyMs.postToSent),
      latencyRow('post to delivered', latencyMs.postToDelivered),
      latencyRow('generator late', generator.lateMs),
    ]),
    '',
    ...columns([
      ['on the phones', 'lost', 'duplicated', 'out of order', 'misdelivered', 'failed posts', 'callbacks missing'],
      [
        String(messages.shown),
        ...[faults.lost, faults.duplicated, faults.reordered, faults.misdelivered + faults.unexpected].map(String),
        ...[messages.failedPosts, callbacks.missingSent + callbacks.missingDelivered].map(String),
      ],
    ]),
    repeats,
    ...(generator.heldBack > 0 ? [`posts that waited for the one before to the same recipient: ${generator.heldBack}`] : []),
    '',
    ...columns([['CPU a message', ''], ...cpuRows(report.cpuMsPerMessage)]),
    '',
    ...(report.ok ? ['nothing lost, nothing twice, nothing out of order'] : report.findings.map((finding) => `FAULT ${finding}`)),
  ].join('\n');
}
