import type { Clock } from '@multiconnect/clock';

/** The store did not answer in time. The call may still take effect later: nothing may rest on that it did not. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** The call's outcome, or NoAnswer after `ms`. A client that queues commands while it is disconnected would hang a loop without it. */
export function within<T>(clock: Clock, ms: number, call: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(new NoAnswer(`no answer within ${Math.round(ms)} ms`)));
    call.finally(cancel).then(resolve, reject);
  });
}
