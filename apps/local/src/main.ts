import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { down, status, upDetached } from './commands.ts';
import { openDemoPhone } from './demo-phone.ts';
import { introduceWith } from './first-conversation.ts';
import { printedProgress } from './progress.ts';
import { repositoryRoot } from './repository.ts';
import { supervise } from './supervisor.ts';

const dir = join(repositoryRoot, '.local');
const program = fileURLToPath(import.meta.url);
const usage = 'usage: up [--detach] | down | status';

const tell = (message: object): void => {
  if (process.connected) process.send?.(message);
};

/** Terminal, log file, or the process that waits until we are up: whoever listens. */
const printLine = (line: string): void => {
  console.log(line);
  tell({ line });
};

const stopSignal = (): AbortSignal => {
  const controller = new AbortController();
  // Ctrl-C reaches the whole process group, and npm passes signals on: only the first counts.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => controller.abort());
  return controller.signal;
};

const superviseHere = (): Promise<number> =>
  supervise({
    dir,
    env: process.env,
    progress: printedProgress(printLine),
    introduce: introduceWith(openDemoPhone),
    signal: stopSignal(),
    onUp: () => tell({ up: true }),
  });

const run = ([command, ...rest]: readonly string[]): Promise<number> => {
  const call = [command, ...rest].join(' ');
  switch (call) {
    case 'up':
    case 'supervise':
      return superviseHere();
    case 'up --detach':
      return upDetached(dir, program, printLine);
    case 'down':
      return down(dir, printLine);
    case 'status':
      return status(dir, printLine);
    default:
      printLine(usage);
      return Promise.resolve(2);
  }
};

// A terminal that is closed must not keep us from stopping in good order.
process.stdout.on('error', () => undefined);
process.exit(await run(process.argv.slice(2)));
