import { hash, verify } from '@node-rs/argon2';
import type { Clock } from '@multiconnect/clock';
import { attemptWaitsS, freeAttempts } from './attempt-waits.ts';
import type { ChatServer } from './chat-server.ts';
import { type Database, statement } from './database.ts';
import { Refused } from './errors.ts';

const save = statement('two-step-save');
const remove = statement('two-step-remove');
const readState = statement('two-step-state');
const claimAttempt = statement('two-step-claim-attempt');
const succeed = statement('two-step-succeed');

interface Attempt {
  readonly pin_hash: string;
  readonly wait_s: number | null;
}

interface Holder {
  readonly number: string;
  /** Of its chat account: only who has registered the number knows it. */
  readonly password: string;
}

/** Two-step verification: a PIN without which nobody registers a number, whoever gets its codes. */
export interface TwoStep {
  /** Throws {@link Refused} `pin-required`, `wrong-pin` or `too-many-attempts` unless the number has no PIN or this one. */
  assert(number: string, pin: string | undefined): Promise<void>;
  /** Null takes the PIN away. Throws {@link Refused} `unauthorized`, {@link ChatServerFailed}. */
  change(holder: Holder, pin: string | null): Promise<void>;
}

export interface TwoStepOptions {
  readonly database: Database;
  readonly chatServer: Pick<ChatServer, 'hasPassword'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export function createTwoStep({ database, chatServer, clock }: TwoStepOptions): TwoStep {
  const now = () => new Date(clock.nowMs());
  const stateOf = async (number: string) => (await database.run<{ wait_s: number | null }>(readState, [number, now()]))[0];

  async function judge(number: string, pin: string): Promise<void> {
    const [attempt] = await database.run<Attempt>(claimAttempt, [number, now(), freeAttempts, attemptWaitsS]);
    if (attempt === undefined) throw new Refused('too-many-attempts', Math.max(1, Math.ceil((await stateOf(number))?.wait_s ?? 0)));
    if (!(await verify(attempt.pin_hash, pin))) throw new Refused('wrong-pin', attempt.wait_s === null ? undefined : Math.ceil(attempt.wait_s));
    await database.run(succeed, [number, attempt.pin_hash]);
  }

  return {
    async assert(number, pin) {
      if ((await stateOf(number)) === undefined) return;
      if (pin === undefined) throw new Refused('pin-required');
      await judge(number, pin);
    },
    async change({ number, password }, pin) {
      if (!(await chatServer.hasPassword(number, password))) throw new Refused('unauthorized');
      if (pin === null) await database.run(remove, [number]);
      else await database.run(save, [number, await hash(pin)]);
    },
  };
}
