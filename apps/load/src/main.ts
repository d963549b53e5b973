import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { localDirectory, SetupError } from '@multiconnect/phone';
import { ApiFailed } from './api.ts';
import { defaults, type LoadOptions } from './options.ts';
import { PhonesFailed } from './phones.ts';
import { runLoad } from './run.ts';
import { tableOf } from './table.ts';
import { findTarget } from './target.ts';

const usage = `Drives a running cluster with real encrypted phones, and checks at the phones that nothing is lost, doubled or reordered.

  npm run load -- --rate 50 --duration 30 [--recipients N] [--new-recipients PERCENT] [--json FILE]

  --rate N                 messages a second (default 50)
  --duration SECONDS       (default 30)
  --recipients N           phones that have been written to before (default ${defaults.recipients})
  --new-recipients PERCENT of the messages go to phones never written to (default 0)
  --settle SECONDS         to wait for what is missing after the last post (default ${defaults.settleTimeoutMs / 1000})
  --json FILE              writes the report there too

Another cluster than the one that runs here:
  --url URL --user NAME (password in MULTICONNECT_PASSWORD) --registry URL --operator-token-file FILE
  --routes host:port:starttls,... [--ca FILE]
`;

const options = {
  rate: { type: 'string', default: '50' },
  duration: { type: 'string', default: '30' },
  recipients: { type: 'string', default: String(defaults.recipients) },
  'new-recipients': { type: 'string', default: String(defaults.newRecipientsPercent) },
  settle: { type: 'string', default: String(defaults.settleTimeoutMs / 1000) },
  json: { type: 'string' },
  url: { type: 'string' },
  user: { type: 'string' },
  registry: { type: 'string' },
  'operator-token-file': { type: 'string' },
  routes: { type: 'string' },
  ca: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const exitCodes = { faults: 1, notRun: 2 } as const;

function number(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max)) throw new SetupError(`--${name} takes a number from ${min} to ${max}`);
  return value;
}

function optionsFrom(args: string[]): { readonly load: LoadOptions; readonly json: string | undefined } | undefined {
  const { values } = parseArgs({ args, options });
  if (values.help === true) return undefined;
  const recipients = number('recipients', values.recipients, 1, 100_000);
  if (!Number.isInteger(recipients)) throw new SetupError('--recipients takes a whole number');
  const load = {
    rate: number('rate', values.rate, 0.01, 100_000),
    durationS: number('duration', values.duration, 0.1, 86_400),
    recipients,
    newRecipientsPercent: number('new-recipients', values['new-recipients'], 0, 100),
    settleTimeoutMs: number('settle', values.settle, 0, 86_400) * 1000,
    target: findTarget(
      {
        apiUrl: values.url,
        user: values.user,
        password: process.env['MULTICONNECT_PASSWORD'],
        registryUrl: values.registry,
        operatorTokenFile: values['operator-token-file'],
        routes: values.routes,
        caFile: values.ca,
      },
      localDirectory,
    ),
  };
  return { load, json: values.json };
}

function isExpected(error: unknown): error is Error {
  if (error instanceof TypeError && 'code' in error) return String(error.code).startsWith('ERR_PARSE_ARGS');
  return [SetupError, ApiFailed, PhonesFailed].some((type) => error instanceof type);
}

async function main(): Promise<number> {
  const parsed = optionsFrom(process.argv.slice(2));
  if (parsed === undefined) {
    process.stdout.write(usage);
    return 0;
  }
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  process.once('SIGTERM', () => interrupted.abort());
  const report = await runLoad({
    ...parsed.load,
    signal: interrupted.signal,
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  if (parsed.json !== undefined) writeFileSync(parsed.json, `${JSON.stringify(report, undefined, 2)}\n`);
  process.stdout.write(`\n${tableOf(report)}\n`);
  return report.ok ? 0 : exitCodes.faults;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!isExpected(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = exitCodes.notRun;
}
