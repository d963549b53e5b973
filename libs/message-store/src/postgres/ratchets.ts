import type { Seal } from '@multiconnect/vault';
import type { CustomerDevices, PreKeys, Ratchets, StoredPreKey } from '../ports/ratchets.ts';
import { type Database, runFenced } from './database.ts';
import { openSession } from './sealing.ts';
import { statement } from './statements.ts';

const loadRatchets = statement('ratchets-load');
const findPreKeys = statement('prekeys-find');
const currentPreKeys = statement('prekeys-current');
const replenishPreKeys = statement('prekeys-replenish');

interface RatchetColumns {
  readonly customer: string;
  readonly devices: string[] | null;
  readonly fetched_at_ms: number | null;
  readonly device_ids: string[] | null;
  readonly records: Buffer[] | null;
  readonly hash: string | null;
  readonly created_at_ms: number | null;
  readonly acknowledged: boolean | null;
  readonly heard_at_ms: number | null;
}

function identityOf({ hash, created_at_ms, acknowledged }: RatchetColumns): Pick<CustomerDevices, 'identity'> {
  if (hash === null || created_at_ms === null) return {};
  return { identity: { hash, createdAtMs: Math.round(created_at_ms), isAcknowledged: acknowledged === true } };
}

export function createRatchets(database: Database, seal: Seal): Ratchets {
  const devicesOf = (account: number, row: RatchetColumns): CustomerDevices => {
    const { customer, devices, fetched_at_ms } = row;
    const records = row.records ?? [];
    const sessions = (row.device_ids ?? []).map((id, index) =>
      openSession(seal, account, customer, Number(id), records[index] as Buffer),
    );
    return {
      customer,
      sessions,
      ...(devices !== null && fetched_at_ms !== null && { list: { customer, devices: devices.map(Number), fetchedAtMs: fetched_at_ms } }),
      ...identityOf(row),
      ...(row.heard_at_ms !== null && { heardAtMs: row.heard_at_ms }),
    };
  };
  return {
    async load(account, customers) {
      const rows = await database.run<RatchetColumns>(loadRatchets, [
        account,
        customers.map((one) => one.slot),
        customers.map((one) => one.customer),
      ]);
      return rows.map((row) => devicesOf(account, row));
    },
  };
}

export interface PreKeyColumns {
  readonly kind: StoredPreKey['kind'];
  readonly id: number;
  readonly public_key: Buffer;
  readonly private_key: Buffer;
  readonly signature: Buffer | null;
}

export const preKeyContext = (account: number, kind: string, id: number) => `prekey/${account}/${kind}/${id}`;

export function preKeyOf(seal: Seal, account: number, row: PreKeyColumns): StoredPreKey {
  return {
    kind: row.kind,
    id: row.id,
    publicKey: row.public_key,
    privateKey: seal.open(row.private_key, preKeyContext(account, row.kind, row.id)),
    ...(row.signature === null ? {} : { signature: row.signature }),
  };
}

export function createPreKeys(database: Database, seal: Seal): PreKeys {
  return {
    async find(account, kind, ids) {
      const rows = await database.run<PreKeyColumns>(findPreKeys, [account, kind, ids]);
      return rows.map((row) => preKeyOf(seal, account, row));
    },
    async current(account) {
      const rows = await database.run<PreKeyColumns & { created_at_ms: number; highest_id: number }>(currentPreKeys, [account]);
      const signed = rows.find((row) => row.kind === 'signed');
      return {
        oneTime: rows.filter((row) => row.kind === 'one-time').map((row) => preKeyOf(seal, account, row)),
        highestId: rows[0]?.highest_id ?? 0,
        ...(signed === undefined ? {} : { signed: { ...preKeyOf(seal, account, signed), createdAtMs: signed.created_at_ms } }),
      };
    },
    async replenish(control, fresh, forgetUsedBeforeMs) {
      await runFenced(database, replenishPreKeys, control, [
        fresh.map((key) => key.kind),
        fresh.map((key) => key.id),
        fresh.map((key) => Buffer.from(key.publicKey)),
        fresh.map((key) => seal.seal(key.privateKey, preKeyContext(control.account, key.kind, key.id))),
        fresh.map((key) => (key.signature === undefined ? null : Buffer.from(key.signature))),
        forgetUsedBeforeMs,
      ]);
    },
  };
}
