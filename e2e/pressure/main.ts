import { parseArgs } from 'node:util';
import { type Outcome, runPressure } from './run.ts';

const usage = `Piles up messages and callbacks on a cluster of its own and shows that no process's memory grows with the pile.

  npm run pressure -- [--size 1000000] [--posted 10000] [--limit 300] [--down 30]

  --size N         messages, and then callbacks, that wait (default 1,000,000)
  --posted N       of the messages, through the API (default 10,000, at most a tenth); the rest by SQL
  --limit SECONDS  that each pile is worked at; what is left then stays (default 300)
  --down SECONDS   that the receiver stays down over a full pile (default 30)

Exits with 1 when a process grew with the pile, or when anything came twice or out of order.
`;

const options = {
  size: { type: 'string', default: '1000000' },
  posted: { type: 'string', default: '10000' },
  limit: { type: 'string', default: '300' },
  down: { type: 'string', default: '30' },
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

const isKept = ({ misplaced, grown, done }: Outcome) => misplaced === 0 && grown.length === 0 && done > 0;

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const size = number('size', values.size);
  const outcomes = await runPressure({
    size,
    posted: Math.min(number('posted', values.posted), Math.floor(size / 10)),
    limitMs: number('limit', values.limit) * 1_000,
    downMs: number('down', values.down) * 1_000,
    say: (line) => console.log(line),
  });
  for (const outcome of outcomes) console.log(JSON.stringify(outcome));
  return outcomes.every(isKept) ? 0 : exitCodes.breach;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = exitCodes.notRun;
}
