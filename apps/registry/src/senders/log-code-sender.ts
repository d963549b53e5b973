import { appendFile, chmod } from 'node:fs/promises';
import type { Clock } from '@multiconnect/clock';
import { CodeNotSent } from '../errors.ts';
import type { CodeSender } from './code-sender.ts';

const ownerOnly = 0o600;

/** For development: appends `{"at","number","method","code"}` lines to a file that only its owner may read. */
export function createLogCodeSender({ file, clock }: { readonly file: string; readonly clock: Clock }): CodeSender {
  return {
    async send({ number, method, code }) {
      const line = JSON.stringify({ at: new Date(clock.nowMs()).toISOString(), number, method, code });
      try {
        await appendFile(file, '', { mode: ownerOnly });
        await chmod(file, ownerOnly);
        await appendFile(file, `${line}\n`);
      } catch (error) {
        throw new CodeNotSent(`cannot write ${file}`, { cause: error });
      }
    },
    close: () => Promise.resolve(),
  };
}
