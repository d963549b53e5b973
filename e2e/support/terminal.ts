import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

const columns = 200;
const rows = 60;
const lookEveryMs = 50;
const limitMs = 30_000;

/** A terminal that nobody sits at: a program runs in it, keys are typed, and its screen is read. */
export interface Terminal {
  /** Runs the program; one at a time. */
  run(command: readonly string[]): Promise<void>;
  /** Types a line and presses Enter. */
  type(line: string): Promise<void>;
  screen(): Promise<string>;
  /** The screen as soon as it fits; throws with the last one when it takes too long. */
  waitFor(fits: (screen: string) => boolean, what: string): Promise<string>;
  /** Resolves when the program has ended by itself. */
  ended(): Promise<void>;
  close(): Promise<void>;
}

const session = 'program';

/** A terminal of its own tmux server, which ends with this process. */
export async function openTerminal(env: Readonly<Record<string, string>>): Promise<Terminal> {
  const dir = mkdtempSync(join(tmpdir(), 'multiconnect-terminal-'));
  const socket = join(dir, 'tmux');
  const environment = { PATH: process.env['PATH'], TERM: 'screen-256color', LANG: 'C.UTF-8', ...env };
  // In the foreground: a server that made a daemon of itself would outlive a killed test.
  const server = spawn('/usr/bin/setpriv', ['--pdeathsig', 'TERM', '--', 'tmux', '-S', socket, '-f', '/dev/null', '-D'], {
    cwd: dir,
    env: environment,
    stdio: 'ignore',
  });
  const exited = once(server, 'exit');
  const tmux = async (...args: readonly string[]) => (await run('tmux', ['-S', socket, ...args], { env: environment })).stdout;
  const isRunning = async () => (await tmux('list-sessions')).startsWith(session);
  const screen = () => tmux('capture-pane', '-p', '-t', session);

  const within = async <T>(attempt: () => Promise<T | undefined>, explain: () => Promise<string>): Promise<T> => {
    const endsAt = performance.now() + limitMs;
    while (performance.now() < endsAt) {
      const found = await attempt();
      if (found !== undefined) return found;
      await delay(lookEveryMs);
    }
    throw new Error(`after ${limitMs / 1000} s still not: ${await explain()}`);
  };

  await within(() => tmux('list-sessions').catch(() => undefined), () => Promise.resolve('tmux answers'));
  return {
    async run(command) {
      await tmux('new-session', '-d', '-s', session, '-x', String(columns), '-y', String(rows), ...command);
    },
    async type(line) {
      await tmux('send-keys', '-t', session, '-l', line);
      await tmux('send-keys', '-t', session, 'Enter');
    },
    screen,
    waitFor: (fits, what) =>
      within(
        async () => {
          const seen = await screen();
          return fits(seen) ? seen : undefined;
        },
        async () => `${what}, on the screen:\n${await screen().catch(() => '(the program has ended)')}`,
      ),
    async ended() {
      await within(
        async () => ((await isRunning()) ? undefined : true),
        async () => `the program has ended, on the screen:\n${await screen()}`,
      );
    },
    async close() {
      server.kill('SIGTERM');
      await exited;
      await rm(dir, { recursive: true, force: true });
    },
  };
}
