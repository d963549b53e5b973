import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** Runs a program to its end with both outputs appended to the file; resolves with the exit code. */
export const runLogged = async (command: readonly string[], logFile: string, input?: { cwd?: string; env?: NodeJS.ProcessEnv }): Promise<number> => {
  const [program = '', ...args] = command;
  const log = openSync(logFile, 'a');
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(program, args, { ...input, stdio: ['ignore', log, log] });
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    closeSync(log);
  }
};
