import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { seconds, table } from '../progress.ts';
import { repositoryRoot } from '../repository.ts';

// Runs lint, type check and every test project one after the other; the last line is `N passed, N failed`.

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
const failed = sum(outcomes, 'failed');
console.log(`\n${report(outcomes)}\n`);
console.log(`${sum(outcomes, 'passed')} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
