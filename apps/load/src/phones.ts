import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Route } from '@multiconnect/phone';
import type { FromPhones, PhoneTotals, Screen, ToPhones, Writing, Written } from './fleet-protocol.ts';

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
  onWritten(message: Written): void;
  onProgress(opened: number): void;
  /** Their process has ended, and no more is shown. */
  onDied(error: PhonesFailed): void;
}

export interface Phones {
  readonly pid: number;
  readonly numbers: readonly string[];
  /** Resolves when the last message has been acknowledged, with the reasons of those that could not be written. */
  write(writing: Writing): Promise<readonly string[]>;
  /** Sums since they were opened. */
  totals(): Promise<PhoneTotals>;
  close(): Promise<void>;
  kill(): void;
}

// The same from `src`, run by a test, and from `dist`.
const isSource = import.meta.url.endsWith('.ts');
const program = fileURLToPath(new URL(isSource ? './fleet-process.ts' : './fleet-process.js', import.meta.url));
const sourceArguments = ['--conditions=source', '--experimental-transform-types', '--disable-warning=ExperimentalWarning'];

/** An answer that is waited for, one at a time. */
interface Awaited<Value> {
  next(): Promise<Value>;
  resolve(value: Value): void;
  reject(error: Error): void;
}

function awaited<Value>(): Awaited<Value> {
  let waiting: PromiseWithResolvers<Value> | undefined;
  return {
    next: () => (waiting = Promise.withResolvers<Value>()).promise,
    resolve: (value) => waiting?.resolve(value),
    reject: (error) => waiting?.reject(error),
  };
}

/** Starts a process with `count` new phones. Resolves when all are online. Throws {@link PhonesFailed}. */
export async function openPhones(options: PhonesOptions): Promise<Phones> {
  const child = fork(program, { execArgv: isSource ? sourceArguments : [] });
  const opened = awaited<readonly string[]>();
  const wrote = awaited<readonly string[]>();
  const counted = awaited<PhoneTotals>();
  const closed = awaited<undefined>();
  let closing = false;
  const tell = (message: ToPhones) => child.send(message);
  const failAll = (error: PhonesFailed) => {
    for (const each of [opened, wrote, counted, closed]) each.reject(error);
  };

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
      case 'written':
        message.messages.forEach((one) => options.onWritten(one));
        break;
      case 'wrote':
        wrote.resolve(message.reasons);
        break;
      case 'counted':
        counted.resolve(message.totals);
        break;
      case 'closed':
        closed.resolve(undefined);
        break;
      case 'failed':
        failAll(new PhonesFailed(message.reason));
    }
  };
  child.on('message', (message) => hear(message as FromPhones));
  child.once('exit', (code, signal) => {
    const error = new PhonesFailed(`the process of the phones has ended (${signal ?? code ?? 'unknown'})`);
    failAll(error);
    if (!closing) options.onDied(error);
  });

  const { count, registryUrl, operatorToken, routes, ca } = options;
  const opening = opened.next();
  tell({ kind: 'open', count, registryUrl, operatorToken, routes, ...(ca === undefined ? {} : { ca }) });
  const kill = () => {
    closing = true;
    child.kill('SIGKILL');
  };
  const ask = <Answer>(answer: Awaited<Answer>, question: ToPhones): Promise<Answer> => {
    const asked = answer.next();
    tell(question);
    return asked;
  };
  try {
    const numbers = await opening;
    return {
      pid: child.pid ?? 0,
      numbers,
      write: (writing) => ask(wrote, { kind: 'write', ...writing }),
      totals: () => ask(counted, { kind: 'count' }),
      close: () => {
        closing = true;
        return ask(closed, { kind: 'close' });
      },
      kill,
    };
  } catch (error) {
    kill();
    throw error;
  }
}
