import type { Seal } from '@multiconnect/vault';
import type { BackedUpPreKey, Backups, NumberBackup } from '../ports/backups.ts';
import type { ProfileName } from '../ports/profiles.ts';
import { type AccountColumns, accountOf, identityContext, passwordContext } from './accounts.ts';
import type { Database, Runner } from './database.ts';
import { createMediaProviders } from './media-providers.ts';
import { createProfiles } from './profiles.ts';
import { preKeyContext, type PreKeyColumns, preKeyOf } from './ratchets.ts';
import { createSettings } from './records.ts';
import { statement } from './statements.ts';

const snapshot = statement('backup-snapshot');
const readAccount = statement('backup-account');
const readPreKeys = statement('backup-prekeys');
const readProfiles = statement('backup-profiles');
const restoreAccount = statement('restore-account');
const clear = statement('restore-clear');
const restorePreKeys = statement('restore-prekeys');

type AccountPart = NumberBackup['account'];
type DatedPreKeyColumns = PreKeyColumns & { readonly created_at_ms: number; readonly used_at_ms: number | null };

function accountPart(seal: Seal, row: AccountColumns & { readonly pin_hash: string | null }): AccountPart {
  const { shardCount, countryCode, phoneNumber, waId, verifiedName, certificate, chat, identity, registeredAtMs } = accountOf(seal, row);
  if (countryCode === undefined || phoneNumber === undefined || waId === undefined || verifiedName === undefined) throw new Error('a registered number lacks its number or name');
  if (certificate === undefined || chat === undefined || identity === undefined || registeredAtMs === undefined) throw new Error('a registered number lacks its credentials');
  const pin = row.pin_hash === null ? {} : { pinHash: row.pin_hash };
  return { shardCount, countryCode, phoneNumber, waId, verifiedName, certificate, chat, identity, registeredAtMs, ...pin };
}

function preKeyPart(seal: Seal, account: number, row: DatedPreKeyColumns): BackedUpPreKey {
  const used = row.used_at_ms === null ? {} : { usedAtMs: row.used_at_ms };
  return { ...preKeyOf(seal, account, row), createdAtMs: row.created_at_ms, ...used };
}

export function createBackups(database: Database, seal: Seal): Backups {
  /** The same statements as everywhere, in the one transaction. */
  const portsIn = (runner: Runner) => {
    const here: Database = { ...runner, transaction: (work) => work(runner), close: () => Promise.resolve() };
    return { settings: createSettings(here), profiles: createProfiles(here), mediaProviders: createMediaProviders(here, seal) };
  };

  async function writeAccount(runner: Runner, id: number, account: AccountPart): Promise<boolean> {
    const { waId, countryCode, phoneNumber, verifiedName, certificate, shardCount, chat, identity, registeredAtMs, pinHash } = account;
    const rows = await runner.run(restoreAccount, [
      ...[id, waId, countryCode, phoneNumber, verifiedName, certificate, shardCount, chat.jid],
      seal.seal(Buffer.from(chat.password), passwordContext(id)),
      ...[identity.deviceId, identity.registrationId, Buffer.from(identity.identityPublicKey)],
      seal.seal(identity.identityPrivateKey, identityContext(id)),
      ...[pinHash ?? null, registeredAtMs],
    ]);
    return rows.length > 0;
  }

  async function writePreKeys(runner: Runner, id: number, keys: readonly BackedUpPreKey[]): Promise<void> {
    await runner.run(restorePreKeys, [
      id,
      keys.map((key) => key.kind),
      keys.map((key) => key.id),
      keys.map((key) => Buffer.from(key.publicKey)),
      keys.map((key) => seal.seal(key.privateKey, preKeyContext(id, key.kind, key.id))),
      keys.map((key) => (key.signature === undefined ? null : Buffer.from(key.signature))),
      keys.map((key) => key.createdAtMs),
      keys.map((key) => key.usedAtMs ?? null),
    ]);
  }

  return {
    read: (id) =>
      database.transaction(async (runner) => {
        await runner.run(snapshot, []);
        const [row] = await runner.run<AccountColumns & { pin_hash: string | null }>(readAccount, [id]);
        if (row === undefined) return undefined;
        const ports = portsIn(runner);
        const preKeys = await runner.run<DatedPreKeyColumns>(readPreKeys, [id]);
        const profiles = await runner.run<{ name: ProfileName; value: object }>(readProfiles, [id]);
        const photo = await ports.profiles.photo(id);
        return {
          account: accountPart(seal, row),
          preKeys: preKeys.map((key) => preKeyPart(seal, id, key)),
          settings: await ports.settings.read(id),
          profiles: Object.fromEntries(profiles.map(({ name, value }) => [name, value])),
          ...(photo !== undefined && { photo }),
          mediaProviders: await ports.mediaProviders.list(id),
        };
      }),
    restore: (id, backup) =>
      database.transaction(async (runner) => {
        if (!(await writeAccount(runner, id, backup.account))) return false;
        const ports = portsIn(runner);
        await runner.run(clear, [id]);
        await writePreKeys(runner, id, backup.preKeys);
        await ports.settings.write(id, backup.settings);
        for (const [name, value] of Object.entries(backup.profiles)) await ports.profiles.write(id, name as ProfileName, value);
        if (backup.photo !== undefined) await ports.profiles.savePhoto(id, backup.photo);
        await ports.mediaProviders.save(id, backup.mediaProviders);
        return true;
      }),
  };
}
