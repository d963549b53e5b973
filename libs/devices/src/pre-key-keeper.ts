import type { Clock } from '@multiconnect/clock';
import type { PreKeys, ShardTenure, StoredPreKey } from '@multiconnect/message-store';
import { type LocalDevice, publishBundle, publishDeviceList, type Requester } from '@multiconnect/omemo';
import { generatePreKeys, generateSignedPreKey, type PreKey, type SignedPreKey } from '@multiconnect/signal';

const fullStock = 100;
const lowStock = 70;
const dayMs = 24 * 3600_000;
const signedPreKeyMaxAgeMs = 7 * dayMs;
/** Two customers may take the same one-time prekey from one published bundle: a used one still decrypts for this long. */
const usedGraceMs = 30 * dayMs;

function storedOneTime(key: PreKey): StoredPreKey {
  return { kind: 'one-time', id: key.id, ...key.keyPair };
}

function storedSigned(key: SignedPreKey): StoredPreKey {
  return { kind: 'signed', id: key.id, ...key.keyPair, signature: key.signature };
}

function preKeyOf(stored: StoredPreKey): PreKey {
  return { id: stored.id, keyPair: { publicKey: stored.publicKey, privateKey: stored.privateKey } };
}

/**
 * Keeps the number's published bundle: made by the control shard's owner alone. Publishes when `always` or when prekeys
 * were used up or have aged. Throws Fenced and the stream's errors.
 */
export async function keepPreKeys(options: {
  control: ShardTenure;
  local: LocalDevice;
  preKeys: PreKeys;
  requester: Requester;
  clock: Clock;
  publish: 'always' | 'when-changed';
}): Promise<void> {
  const { control, local, preKeys, requester, clock } = options;
  const nowMs = clock.nowMs();
  const stock = await preKeys.current(control.account);
  const isSignedStale = stock.signed === undefined || nowMs - stock.signed.createdAtMs > signedPreKeyMaxAgeMs;
  const isLow = stock.oneTime.length < lowStock;
  if (!isSignedStale && !isLow && options.publish === 'when-changed') return;

  const fresh: StoredPreKey[] = [];
  if (isSignedStale) fresh.push(storedSigned(await generateSignedPreKey(local.identity, stock.highestId + 1)));
  if (isLow) {
    const keys = await generatePreKeys(stock.highestId + 2, fullStock - stock.oneTime.length);
    fresh.push(...keys.map(storedOneTime));
  }
  if (fresh.length > 0) await preKeys.replenish(control, fresh, nowMs - usedGraceMs);
  const signed = fresh.find((key) => key.kind === 'signed') ?? stock.signed;
  if (signed?.signature === undefined) throw new Error('a signed prekey has lost its signature');
  const oneTime = [...stock.oneTime, ...fresh.filter((key) => key.kind === 'one-time')].map(preKeyOf);
  // The bundle before the list: who sees the device finds its keys.
  await publishBundle(requester, local.deviceId, local.identity, { ...preKeyOf(signed), signature: signed.signature }, oneTime);
  await publishDeviceList(requester, [local.deviceId]);
}
