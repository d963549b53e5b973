import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seconds, table } from '../progress.ts';
import { repositoryRoot } from '../repository.ts';
import { coverageOf, type RanTest } from './compatibility.ts';

// Runs lint, type check and every test project one after the other, and counts which rows of docs/compatibility.md a passing
// test covers; the last line is `N passed, N failed`.

interface Suite {
  readonly name: string;
  readonly command: readonly string[];
  /** Where vitest writes its counts; a suite without one counts as one check. */
  readonly reportFile?: string;
}

interface Outcome {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly tookMs: number;
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly { readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[] }[];
}

const reports = join(repositoryRoot, '.local', 'test');

/** npm says which npm it is; outside of it, the one on the path. */
const npm: readonly string[] = process.env['npm_execpath'] === undefined ? ['npm'] : [process.execPath, process.env['npm_execpath']];
const script = (name: string, ...args: readonly string[]): readonly string[] => [...npm, 'run', '--silent', name, '--', ...args];

const vitest = (project: string): Suite => {
  const reportFile = join(reports, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  return { name: project, command: script(`test:${project}`, '--passWithNoTests', ...reporters), reportFile };
};

const suites: readonly Suite[] = [
  { name: 'lint', command: script('lint') },
  { name: 'typecheck', command: script('typecheck') },
  vitest('unit'),
  vitest('integration'),
  vitest('e2e'),
];

let running: ReturnType<typeof spawn> | undefined;

const runProgram = ([program = '', ...args]: readonly string[]): Promise<boolean> =>
  new Promise((resolve, reject) => {
    running = spawn(program, args, { cwd: repositoryRoot, stdio: 'inherit' });
    running.once('error', reject);
    running.once('exit', (code) => resolve(code === 0));
  });

/** A run that failed without a failed test (a file that does not load, say) counts as one failure. */
const countsOf = (reportFile: string, succeeded: boolean): Pick<Outcome, 'passed' | 'failed' | 'skipped'> => {
  if (!existsSync(reportFile)) return { passed: 0, failed: succeeded ? 0 : 1, skipped: 0 };
  const report = JSON.parse(readFileSync(reportFile, 'utf8')) as VitestReport;
  const failed = succeeded ? report.numFailedTests : Math.max(report.numFailedTests, 1);
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests };
};

const runSuite = async ({ name, command, reportFile }: Suite): Promise<Outcome> => {
  console.log(`\n── ${name}`);
  const startedAt = performance.now();
  if (reportFile !== undefined) rmSync(reportFile, { force: true });
  const succeeded = await runProgram(command);
  const counts = reportFile === undefined ? { passed: Number(succeeded), failed: Number(!succeeded), skipped: 0 } : countsOf(reportFile, succeeded);
  return { name, ...counts, tookMs: performance.now() - startedAt };
};

const ranTests = (reportFile: string): readonly RanTest[] => {
  if (!existsSync(reportFile)) return [];
  const { testResults } = JSON.parse(readFileSync(reportFile, 'utf8')) as VitestReport;
  return testResults.flatMap(({ assertionResults }) => assertionResults.map(({ fullName, status }) => ({ title: fullName, passed: status === 'passed' })));
};

/** Says how much of the API is shown to work; the rows that are not go to a file. Answers the number of problems. */
const countCompatibility = (): number => {
  const tests = suites.flatMap(({ reportFile }) => (reportFile === undefined ? [] : ranTests(reportFile)));
  const { covered, uncovered, problems } = coverageOf(readFileSync(join(repositoryRoot, 'docs', 'compatibility.md'), 'utf8'), tests);
  const listFile = join(reports, 'uncovered-rows.txt');
  writeFileSync(listFile, uncovered.map(({ id, state }) => `${id}  ${state}\n`).join(''));
  for (const problem of problems) console.error(`docs/compatibility.md: ${problem}`);
  const rest = uncovered.length === 0 ? '' : `; the others: ${listFile}`;
  console.log(`docs/compatibility.md: ${covered.length} of ${covered.length + uncovered.length} rows are covered by a passing test${rest}`);
  return problems.length;
};

const sum = (outcomes: readonly Outcome[], key: 'passed' | 'failed'): number => outcomes.reduce((total, outcome) => total + outcome[key], 0);

const report = (outcomes: readonly Outcome[]): string => {
  const rows = outcomes.map(({ name, passed, failed, skipped, tookMs }) => [name, String(passed), String(failed), String(skipped), seconds(tookMs)]);
  return table([['suite', 'passed', 'failed', 'skipped', 'took'], ...rows]);
};

const interrupted = 130;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    running?.once('exit', () => process.exit(interrupted));
    running?.kill(signal);
  });
}

mkdirSync(reports, { recursive: true });
const outcomes: Outcome[] = [];
for (const suite of suites) outcomes.push(await runSuite(suite));
console.log(`\n${report(outcomes)}\n`);
const failed = sum(outcomes, 'failed') + countCompatibility();
console.log(`${sum(outcomes, 'passed')} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
