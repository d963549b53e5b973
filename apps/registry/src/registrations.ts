import { randomBytes } from 'node:crypto';
import type { Certificates } from './certificates.ts';
import type { ChatServer } from './chat-server.ts';
import type { Codes } from './codes.ts';
import type { Database } from './database.ts';
import { each } from './each.ts';
import { Refused } from './errors.ts';
import { findNumbers, saveNumbers } from './numbers.ts';
import type { RegistrationRequest } from './requests.ts';
import type { TwoStep } from './two-step.ts';

export interface ChatAccount {
  readonly number: string;
  readonly jid: string;
  readonly password: string;
  readonly verifiedName?: string;
}

export interface Registrations {
  /** Throws {@link Refused}, {@link ChatServerFailed}; the code can then be used again unless it was wrong. */
  register(request: RegistrationRequest): Promise<ChatAccount>;
  /** Accounts for phones without codes, for who runs the network. Throws {@link Refused} `registered-as-business`. */
  provisionPhones(numbers: readonly string[], language?: string): Promise<readonly ChatAccount[]>;
}

export interface RegistrationsOptions {
  readonly database: Database;
  readonly codes: Codes;
  readonly certificates: Certificates;
  readonly chatServer: ChatServer;
  readonly twoStep: Pick<TwoStep, 'assert'>;
}

const passwordBytes = 24;
const provisioningConcurrency = 32;

const newPassword = () => randomBytes(passwordBytes).toString('base64url');

export function createRegistrations({ database, codes, certificates, chatServer, twoStep }: RegistrationsOptions): Registrations {
  /** The name a business may carry; phones need none. */
  const verifiedNameOf = ({ kind, number, certificate }: RegistrationRequest): string | undefined => {
    if (kind === 'phone') return undefined;
    const checked = certificate === undefined ? undefined : certificateOrUndefined(certificates, certificate);
    if (!checked) throw new Refused('invalid-certificate');
    if (checked.number !== number) throw new Refused('number-mismatch');
    return checked.name;
  };

  return {
    async register(request) {
      const { number, kind, code, language, pin } = request;
      const verifiedName = verifiedNameOf(request);
      const proven = await codes.prove(number, kind, code);
      await twoStep.assert(number, pin);
      const account = { number, jid: chatServer.jidOf(number), password: newPassword() };
      await database.transaction(async (runner) => {
        if (!(await proven.use(runner))) throw new Refused('no-code');
        await saveNumbers(runner, kind, [account], { verifiedName, language });
        await chatServer.claim(number, account.password);
      });
      return { ...account, ...(verifiedName === undefined ? {} : { verifiedName }) };
    },

    async provisionPhones(wanted, language) {
      const numbers = [...new Set(wanted)];
      const known = await findNumbers(database, numbers);
      if (known.some(({ kind }) => kind === 'business')) throw new Refused('registered-as-business');
      const accounts = await each(numbers, provisioningConcurrency, async (number) => {
        const account = { number, jid: chatServer.jidOf(number), password: newPassword() };
        await chatServer.claim(number, account.password);
        return account;
      });
      await saveNumbers(database, 'phone', accounts, { language });
      return accounts;
    },
  };
}

function certificateOrUndefined(certificates: Certificates, certificate: string) {
  try {
    return certificates.check(certificate);
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}
