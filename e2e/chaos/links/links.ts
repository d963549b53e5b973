import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LinkMode } from './link.ts';
import type { Answered, Asked } from './protocol.ts';

/** The process of the links has ended. */
export class LinksFailed extends Error {
  override readonly name = 'LinksFailed';
}

/** Links by name, such as `coreapp1 postgres`. */
export interface Links {
  /** Resolves with the port to dial instead of the target. */
  open(name: string, target: number): Promise<number>;
  /** Resolves when it is so. */
  set(name: string, mode: LinkMode): Promise<void>;
  reset(name: string): Promise<void>;
  close(): Promise<void>;
}

const program = fileURLToPath(new URL('./process.ts', import.meta.url));

export function openLinks(): Links {
  const child = fork(program, { execArgv: [] });
  const exited = once(child, 'exit');
  const waiting: PromiseWithResolvers<Answered>[] = [];
  child.on('message', (answered) => waiting.shift()?.resolve(answered as Answered));
  void exited.then(() => {
    for (const one of waiting.splice(0)) one.reject(new LinksFailed('the process of the links has ended'));
  });
  const ask = (asked: Asked): Promise<Answered> => {
    const answer = Promise.withResolvers<Answered>();
    if (!child.connected) return Promise.reject(new LinksFailed('the process of the links has ended'));
    waiting.push(answer);
    child.send(asked);
    return answer.promise;
  };
  return {
    async open(name, target) {
      return (await ask({ kind: 'open', name, target })).port;
    },
    async set(name, mode) {
      await ask({ kind: 'set', name, mode });
    },
    async reset(name) {
      await ask({ kind: 'reset', name });
    },
    async close() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
