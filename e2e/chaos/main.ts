import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { faultNames, type FaultName, isFaultName } from './fault-kinds.ts';
import { type Report, secondsOf, summaryOf, tableOf } from './report.ts';
import { runChaos } from './run.ts';
import { planFaults } from './schedule.ts';
import { writeReport } from './write-report.ts';

const usage = `Breaks a cluster of its own in every way it knows while messages go both ways, and checks that no promise is broken.

  npm run chaos -- --seed 1 --duration 120 [--faults a,b,c] [--rate 32] [--replay FILE] [--out DIR] [--keep]

  --seed N            the same seed, the same faults (default 1)
  --duration SECONDS  (default 120)
  --faults a,b,c      only these: ${faultNames.join(', ')}
  --rate N            messages a second, each way (default 32)
  --replay FILE       the faults of a report (JSON) again
  --out DIR           for report.json and report.html (default .local/chaos)
  --keep              leaves data and logs where they are; those of a breach are kept anyway

Exit status: 0 all well; 1 a promise was broken; 2 it could not run; 3 every promise kept, but recovery took longer than its limit.
`;

const options = {
  seed: { type: 'string', default: '1' },
  duration: { type: 'string', default: '120' },
  faults: { type: 'string' },
  rate: { type: 'string', default: '32' },
  replay: { type: 'string' },
  out: { type: 'string', default: join('.local', 'chaos') },
  keep: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const exitCodes = { well: 0, breach: 1, notRun: 2, tooSlow: 3 } as const;
const maxTold = 20;

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

function reportIn(file: string): Wanted {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch (error) {
    throw new UsageError(`${file} is no report: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What is asked for, or what was asked for when the report was written. */
function wanted(values: { readonly seed: string; readonly duration: string; readonly rate: string; readonly faults?: string; readonly replay?: string }): Wanted {
  if (values.replay !== undefined) return reportIn(values.replay);
  const [seed, durationMs, rate] = [number('seed', values.seed), number('duration', values.duration) * 1_000, number('rate', values.rate)];
  return { seed, rate, durationMs, planned: planFaults({ seed, durationMs, faults: namesIn(values.faults) }) };
}

function readArguments() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function tell(report: Report, say: (line: string) => void): void {
  const { breaches, tooSlow, startMs } = report;
  say(`\n${tableOf(report.summaries)}\n`);
  for (const { what, tookMs, limitMs } of tooSlow) say(`TOO SLOW ${what}: ${secondsOf(tookMs)} s, limit ${secondsOf(limitMs)} s`);
  for (const { promise, detail, atMs } of breaches.slice(0, maxTold)) say(`BREACH ${promise}: ${detail} (at ${secondsOf(atMs - startMs)} s)`);
  if (breaches.length > maxTold) say(`and ${breaches.length - maxTold} more`);
}

function exitCodeOf({ isKept, tooSlow }: Report): number {
  if (!isKept) return exitCodes.breach;
  return tooSlow.length > 0 ? exitCodes.tooSlow : exitCodes.well;
}

async function main(): Promise<number> {
  const values = readArguments();
  if (values.help) {
    process.stdout.write(usage);
    return exitCodes.well;
  }
  const { seed, rate, durationMs, planned } = wanted(values);
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  process.once('SIGTERM', () => interrupted.abort());
  const say = (line: string) => console.log(line);
  const report = await runChaos({ seed, rate, durationMs, planned, keep: values.keep, signal: interrupted.signal, say });
  const page = writeReport(report, values.out);
  tell(report, say);
  say(`${summaryOf(report)}; ${page}`);
  return exitCodeOf(report);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof UsageError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = exitCodes.notRun;
}
