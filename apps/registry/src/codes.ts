import { randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Clock } from '@multiconnect/clock';
import { attemptWaitsS, freeAttempts } from './attempt-waits.ts';
import { type Database, type Runner, statement } from './database.ts';
import { Refused } from './errors.ts';
import type { CodeRequest, NumberKind } from './requests.ts';
import type { CodeSender } from './senders/code-sender.ts';

const codeDigits = 6;
const codeTtlMs = 10 * 60_000;
/** Seconds to wait after the first, second, ... code sent to a number. */
const resendWaitsS = [30, 120, 600, 1800, 3600, 7200];
/** A number nobody asked a code for in this long starts anew. */
const quietMs = 24 * 3_600_000;

const hashBytes = 32;
const saltBytes = 16;
const stretch = promisify<string, Uint8Array, number, Buffer>(scrypt);

const claimSend = statement('code-claim-send');
const unsend = statement('code-unsend');
const claimAttempt = statement('code-claim-attempt');
const use = statement('code-use');
const readState = statement('code-state');

interface CodeState {
  readonly kind: NumberKind;
  readonly has_code: boolean;
  readonly is_expired: boolean;
  readonly send_wait_s: number;
  readonly try_wait_s: number | null;
}

interface Attempt {
  readonly salt: Buffer;
  readonly hash: Buffer;
  readonly wait_s: number | null;
}

/** A code that proved right and has not been used yet. */
export interface ProvenCode {
  /** In the transaction of the registration: false when it was used meanwhile. */
  use(runner: Runner): Promise<boolean>;
}

/** Codes that prove who holds a number: 6 digits, for 10 minutes, for one use, hashed at rest. */
export interface Codes {
  /** Throws {@link Refused} `wait`, and what the sender throws (then nobody has to wait). */
  send(request: CodeRequest): Promise<void>;
  /** Throws {@link Refused} `no-code`, `expired-code`, `wrong-code` or `too-many-attempts`. */
  prove(number: string, kind: NumberKind, code: string): Promise<ProvenCode>;
}

export interface CodesOptions {
  readonly database: Database;
  readonly sender: CodeSender;
  readonly clock: Clock;
}

export function createCodes({ database, sender, clock }: CodesOptions): Codes {
  const now = () => new Date(clock.nowMs());
  const stateOf = async (number: string) => (await database.run<CodeState>(readState, [number, now()]))[0];

  const whyNothingToTry = async (number: string, kind: NumberKind) => {
    const state = await stateOf(number);
    if (!state?.has_code || state.kind !== kind) return new Refused('no-code');
    if (state.try_wait_s !== null && state.try_wait_s > 0) return new Refused('too-many-attempts', Math.ceil(state.try_wait_s));
    return new Refused(state.is_expired ? 'expired-code' : 'no-code');
  };

  return {
    async send({ number, kind, method }) {
      const code = String(randomInt(10 ** codeDigits)).padStart(codeDigits, '0');
      const salt = randomBytes(saltBytes);
      const hash = await stretch(code, salt, hashBytes);
      const nowMs = clock.nowMs();
      const times = [new Date(nowMs), new Date(nowMs + codeTtlMs), resendWaitsS, new Date(nowMs - quietMs)];
      const granted = await database.run(claimSend, [number, kind, salt, hash, ...times]);
      if (granted.length === 0) throw new Refused('wait', Math.max(1, Math.ceil((await stateOf(number))?.send_wait_s ?? 0)));
      try {
        await sender.send({ number, method, code });
      } catch (error) {
        await database.run(unsend, [number, hash, now()]);
        throw error;
      }
    },

    async prove(number, kind, code) {
      const values = [number, kind, now(), freeAttempts, attemptWaitsS];
      const [attempt] = await database.run<Attempt>(claimAttempt, values);
      if (!attempt) throw await whyNothingToTry(number, kind);
      const { salt, hash, wait_s } = attempt;
      if (!timingSafeEqual(await stretch(code, salt, hashBytes), hash)) {
        throw new Refused('wrong-code', wait_s === null ? undefined : Math.ceil(wait_s));
      }
      return {
        async use(runner) {
          const used = await runner.run(use, [number, hash]);
          return used.length === 1;
        },
      };
    },
  };
}
