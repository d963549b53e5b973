import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { faultNames, type FaultName, isFaultName } from './fault-kinds.ts';
import { htmlOf } from './html.ts';
import type { Report } from './report.ts';
import { runChaos } from './run.ts';
import { planFaults } from './schedule.ts';

const usage = `Breaks a cluster of its own in every way it knows while messages go both ways, and checks that no promise is broken.

  npm run chaos -- --seed 1 --duration 120 [--faults a,b,c] [--rate 30] [--replay FILE] [--out DIR] [--keep]

  --seed N            the same seed, the same faults (default 1)
  --duration SECONDS  (default 120)
  --faults a,b,c      only these: ${faultNames.join(', ')}
  --rate N            messages a second, each way (default 30)
  --replay FILE       the faults of a report (JSON) again
  --out DIR           for report.json and report.html (default .local/chaos)
  --keep              leaves data and logs where they are
`;

const options = {
  seed: { type: 'string', default: '1' },
  duration: { type: 'string', default: '120' },
  faults: { type: 'string' },
  rate: { type: 'string', default: '30' },
  replay: { type: 'string' },
  out: { type: 'string', default: join('.local', 'chaos') },
  keep: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const exitCodes = { breach: 1, notRun: 2 } as const;

class UsageError extends Error {
  override readonly name = 'UsageError';
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0)) throw new UsageError(`--${name} takes a number above 0`);
  return value;
}

function namesIn(text: string | undefined): readonly FaultName[] {
  if (text === undefined) return faultNames;
  return text.split(',').map((name) => {
    if (!isFaultName(name)) throw new UsageError(`no such fault: ${name}; there are ${faultNames.join(', ')}`);
    return name;
  });
}

type Wanted = Pick<Report, 'seed' | 'rate' | 'durationMs' | 'planned'>;

/** What is asked for, or what was asked for when the report was written. */
function wanted(values: { readonly seed: string; readonly duration: string; readonly rate: string; readonly faults?: string; readonly replay?: string }): Wanted {
  if (values.replay !== undefined) return JSON.parse(readFileSync(values.replay, 'utf8')) as Report;
  const [seed, durationMs, rate] = [number('seed', values.seed), number('duration', values.duration) * 1_000, number('rate', values.rate)];
  return { seed, rate, durationMs, planned: planFaults({ seed, durationMs, faults: namesIn(values.faults) }) };
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const { seed, rate, durationMs, planned } = wanted(values);
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  process.once('SIGTERM', () => interrupted.abort());
  const say = (line: string) => console.log(line);
  const report = await runChaos({ seed, rate, durationMs, planned, keep: values.keep, signal: interrupted.signal, say });
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'report.json'), JSON.stringify(report, undefined, 1));
  writeFileSync(join(out, 'report.html'), htmlOf(report));
  for (const { promise, detail, atMs } of report.breaches.slice(0, 20)) say(`BREACH ${promise}: ${detail} (at ${((atMs - report.startMs) / 1_000).toFixed(1)} s)`);
  say(`seed ${seed}: ${report.ok ? 'every promise kept' : `${report.breaches.length} breaches`}; ${JSON.stringify(report.counts)}; ${join(out, 'report.html')}`);
  return report.ok ? 0 : exitCodes.breach;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = exitCodes.notRun;
}
