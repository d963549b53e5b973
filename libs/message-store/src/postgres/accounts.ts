import type { Seal } from '@multiconnect/vault';
import type { Account, Accounts, AccountState } from '../ports/accounts.ts';
import type { Database } from './database.ts';
import { statement } from './statements.ts';

const list = statement('accounts-list');
const codeRequested = statement('account-code-requested');
const registered = statement('account-registered');
const setShardCount = statement('account-shard-count');

export interface AccountColumns {
  readonly id: number;
  readonly wa_id: string | null;
  readonly country_code: string | null;
  readonly phone_number: string | null;
  readonly state: AccountState;
  readonly chat_jid: string | null;
  readonly chat_password: Buffer | null;
  readonly verified_name: string | null;
  readonly certificate: string | null;
  readonly device_id: string | null;
  readonly registration_id: number | null;
  readonly identity_public: Buffer | null;
  readonly identity_private: Buffer | null;
  readonly shard_count: number;
  readonly code_pin: Buffer | null;
  readonly registered_at: Date | null;
}

export const passwordContext = (id: number) => `chat-password/${id}`;
const codePinContext = (id: number) => `code-pin/${id}`;
export const identityContext = (id: number) => `identity/${id}`;

function secretsOf(seal: Seal, row: AccountColumns): Pick<Account, 'chat' | 'identity'> {
  const { id, chat_jid, chat_password, device_id, registration_id, identity_public, identity_private } = row;
  if (chat_jid === null || chat_password === null || registration_id === null) return {};
  if (identity_public === null || identity_private === null) return {};
  return {
    chat: { jid: chat_jid, password: seal.open(chat_password, passwordContext(id)).toString() },
    identity: {
      deviceId: Number(device_id),
      registrationId: registration_id,
      identityPublicKey: identity_public,
      identityPrivateKey: seal.open(identity_private, identityContext(id)),
    },
  };
}

export function accountOf(seal: Seal, row: AccountColumns): Account {
  return {
    id: row.id,
    state: row.state,
    shardCount: row.shard_count,
    ...(row.country_code === null ? {} : { countryCode: row.country_code }),
    ...(row.phone_number === null ? {} : { phoneNumber: row.phone_number }),
    ...(row.wa_id === null ? {} : { waId: row.wa_id }),
    ...(row.verified_name === null ? {} : { verifiedName: row.verified_name }),
    ...(row.certificate === null ? {} : { certificate: row.certificate }),
    ...(row.code_pin === null ? {} : { codePin: seal.open(row.code_pin, codePinContext(row.id)).toString() }),
    ...(row.registered_at === null ? {} : { registeredAtMs: row.registered_at.getTime() }),
    ...secretsOf(seal, row),
  };
}

export function createAccounts(database: Database, seal: Seal): Accounts {
  const listAccounts = async () => (await database.run<AccountColumns>(list, [])).map((row) => accountOf(seal, row));
  const read = async (id: number): Promise<Account> => {
    const account = (await listAccounts()).find((one) => one.id === id);
    if (account === undefined) throw new Error(`there is no account ${id}`);
    return account;
  };
  return {
    list: listAccounts,
    read,
    async codeRequested(id, number) {
      const { countryCode, phoneNumber, certificate, verifiedName, pin } = number;
      const sealedPin = pin === undefined ? null : seal.seal(Buffer.from(pin), codePinContext(id));
      await database.run(codeRequested, [id, countryCode, phoneNumber, certificate, verifiedName, sealedPin]);
    },
    async registered(id, chat, identity, pinHash) {
      const { countryCode = '', phoneNumber = '' } = await read(id);
      await database.run(registered, [
        id,
        `${countryCode}${phoneNumber}`,
        chat.jid,
        seal.seal(Buffer.from(chat.password), passwordContext(id)),
        identity.deviceId,
        identity.registrationId,
        Buffer.from(identity.identityPublicKey),
        seal.seal(identity.identityPrivateKey, identityContext(id)),
        pinHash ?? null,
      ]);
    },
    async setShardCount(id, shardCount) {
      await database.run(setShardCount, [id, shardCount]);
    },
  };
}
