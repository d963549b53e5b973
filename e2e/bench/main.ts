import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { compare } from './compare.ts';
import { htmlOf } from './html.ts';
import { machineFacts } from './machine.ts';
import { type BenchReport, rowResults, type ScenarioResult } from './results.ts';
import { isRowName, type RowName, rowNames } from './rows.ts';
import { type Scenario, scenarios, type Settings, sizes } from './scenarios.ts';
import { comparisonTable, tableOf } from './text-table.ts';
import { openServices } from './world.ts';

const usage = `Measures clusters of its own, with services of their own, against the targets.

  npm run bench -- [--quick] [--rows a,b] [--repeats N] [--compare FILE] [--out DIR]

  --quick             short runs of everything, once: figures to look at, not to quote
  --rows a,b          only these: ${rowNames.join(', ')}
  --repeats N         runs of each (default 3, quick 1)
  --compare FILE      a past bench.json: what has become slower is marked
  --out DIR           for bench.json and bench.html (default .local/bench)
  --shards N --coreapps N --webapps N   of the cluster (default 2, 2, 1)
`;

const options = {
  quick: { type: 'boolean', default: false },
  rows: { type: 'string' },
  repeats: { type: 'string' },
  compare: { type: 'string' },
  out: { type: 'string', default: join('.local', 'bench') },
  shards: { type: 'string', default: '2' },
  coreapps: { type: 'string', default: '2' },
  webapps: { type: 'string', default: '1' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const exitCodes = { missed: 1, notRun: 2 } as const;

class UsageError extends Error {
  override readonly name = 'UsageError';
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new UsageError(`--${name} takes a whole number from 1`);
  return value;
}

function rowsIn(list: string | undefined): ReadonlySet<RowName> {
  if (list === undefined) return new Set(rowNames);
  const names = list.split(',').map((name) => {
    if (!isRowName(name)) throw new UsageError(`no such row: ${name}; there are ${rowNames.join(', ')}`);
    return name;
  });
  return new Set(names);
}

/** Those that have a figure for a wanted row; where the time goes is looked at when everything is wanted. */
function scenariosFor(wanted: ReadonlySet<RowName>): readonly (readonly [string, Scenario])[] {
  const all: readonly (readonly [string, Scenario])[] = Object.entries(scenarios);
  return all.filter(([, { rows }]) => (rows.length === 0 ? wanted.size === rowNames.length : rows.some((row) => wanted.has(row))));
}

async function runAll(chosen: readonly (readonly [string, Scenario])[], repeats: number, settings: Settings) {
  const runs: (readonly [string, ScenarioResult])[] = [];
  for (let repeat = 1; repeat <= repeats; repeat++) {
    for (const [name, scenario] of chosen) {
      if (repeat > 1 && scenario.rows.length === 0) continue;
      settings.say(`${name}, run ${repeat} of ${scenario.rows.length === 0 ? 1 : repeats}`);
      const result = await scenario.run(settings);
      for (const note of result.notes) settings.say(`  ${note}`);
      runs.push([name, result]);
    }
  }
  return runs;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const wanted = rowsIn(values.rows);
  const repeats = values.repeats === undefined ? (values.quick ? 1 : 3) : whole('repeats', values.repeats);
  const before = values.compare === undefined ? undefined : (JSON.parse(readFileSync(values.compare, 'utf8')) as BenchReport);
  const cluster = { shards: whole('shards', values.shards), coreapps: whole('coreapps', values.coreapps), webapps: whole('webapps', values.webapps) };
  const startedAt = new Date();
  const say = (line: string) => console.error(`${((Date.now() - startedAt.getTime()) / 1_000).toFixed(0).padStart(5)} s  ${line}`);
  const shared = values.quick ? await openServices(say) : undefined;
  const settings = { size: values.quick ? sizes.quick : sizes.whole, ...cluster, say, ...(shared === undefined ? {} : { services: shared.services }) };
  const runs = await runAll(scenariosFor(wanted), repeats, settings).finally(() => shared?.close());

  const results = runs.map(([, result]) => result);
  const last = [...new Map(runs).values()];
  const report: BenchReport = {
    ...{ startedAt: startedAt.toISOString(), isQuick: values.quick, machine: machineFacts(), versions: results.at(-1)?.versions ?? {}, cluster },
    rows: rowResults(results, wanted),
    notes: Object.fromEntries([...Map.groupBy(runs, ([name]) => name)].map(([name, group]) => [name, group.flatMap(([, { notes }]) => notes)])),
    charts: last.flatMap(({ charts }) => charts),
    profiles: last.flatMap(({ profiles = [] }) => profiles),
    statements: last.flatMap(({ statements = [] }) => statements),
  };
  const comparisons = before === undefined ? [] : compare(report, before);
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'bench.json'), `${JSON.stringify(report, undefined, 1)}\n`);
  writeFileSync(join(out, 'bench.html'), htmlOf(report, comparisons));
  console.log(`\n${tableOf(report.rows)}\n`);
  if (comparisons.length > 0) console.log(`${comparisonTable(comparisons)}\n`);
  console.log(join(out, 'bench.html'));
  return report.rows.every(({ reachesMust }) => reachesMust) ? 0 : exitCodes.missed;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = exitCodes.notRun;
}
