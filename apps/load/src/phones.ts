import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Route } from '@multiconnect/phone';
import type { FromPhones, PhoneTotals, Screen, ToPhones } from './fleet-protocol.ts';

/** The phones could not be opened, or their process has ended. */
export class PhonesFailed extends Error {
  override readonly name = 'PhonesFailed';
}

export interface PhonesOptions {
  readonly count: number;
  readonly registryUrl: string;
  readonly operatorToken: string;
  readonly routes: readonly Route[];
  /** PEM. */
  readonly ca?: string;
  onShown(screen: Screen): void;
  onProgress(opened: number): void;
  /** Their process has ended, and no more is shown. */
  onDied(error: PhonesFailed): void;
}

export interface Phones {
  readonly pid: number;
  readonly numbers: readonly string[];
  close(): Promise<PhoneTotals>;
  kill(): void;
}

// The same from `src`, run by a test, and from `dist`.
const isSource = import.meta.url.endsWith('.ts');
const program = fileURLToPath(new URL(isSource ? './fleet-process.ts' : './fleet-process.js', import.meta.url));
const sourceArguments = ['--conditions=source', '--experimental-transform-types', '--disable-warning=ExperimentalWarning'];

/** Starts a process with `count` new phones. Resolves when all are online. Throws {@link PhonesFailed}. */
export async function openPhones(options: PhonesOptions): Promise<Phones> {
  const child = fork(program, { execArgv: isSource ? sourceArguments : [] });
  const opened = Promise.withResolvers<readonly string[]>();
  const closed = Promise.withResolvers<PhoneTotals>();
  closed.promise.catch(() => undefined);
  let closing = false;
  const tell = (message: ToPhones) => child.send(message);

  const hear = (message: FromPhones) => {
    switch (message.kind) {
      case 'progress':
        options.onProgress(message.opened);
        break;
      case 'opened':
        opened.resolve(message.numbers);
        break;
      case 'shown':
        message.screens.forEach((screen) => options.onShown(screen));
        break;
      case 'closed':
        closed.resolve(message.totals);
        break;
      case 'failed':
        opened.reject(new PhonesFailed(message.reason));
        closed.reject(new PhonesFailed(message.reason));
    }
  };
  child.on('message', (message) => hear(message as FromPhones));
  child.once('exit', (code, signal) => {
    const error = new PhonesFailed(`the process of the phones has ended (${signal ?? code ?? 'unknown'})`);
    opened.reject(error);
    closed.reject(error);
    if (!closing) options.onDied(error);
  });

  const { count, registryUrl, operatorToken, routes, ca } = options;
  tell({ kind: 'open', count, registryUrl, operatorToken, routes, ...(ca === undefined ? {} : { ca }) });
  const kill = () => {
    closing = true;
    child.kill('SIGKILL');
  };
  try {
    const numbers = await opened.promise;
    return {
      pid: child.pid ?? 0,
      numbers,
      close: () => {
        closing = true;
        tell({ kind: 'close' });
        return closed.promise;
      },
      kill,
    };
  } catch (error) {
    kill();
    throw error;
  }
}
