import { bundleElement, readBundle } from '@multiconnect/omemo';
import { generateIdentity, generatePreKeys, generateSignedPreKey, type LocalIdentity, type SessionRecord, startSession } from '@multiconnect/signal';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CustomerState } from './customer-state.ts';
import { identityChanges, identityKeysOf, isBlocked, withIdentity } from './identity.ts';

const shown = { nowMs: 5_000, areChangesShown: true };
const silent = { nowMs: 5_000, areChangesShown: false };
let phone: SessionRecord;
let again: SessionRecord;
let other: SessionRecord;

async function sessionWith(local: LocalIdentity, remote: LocalIdentity): Promise<SessionRecord> {
  const bundle = bundleElement(remote, await generateSignedPreKey(remote, 1), await generatePreKeys(2, 1));
  return startSession(local, readBundle(bundle, 7, () => 0));
}

beforeAll(async () => {
  const [local, one, two] = [await generateIdentity(), await generateIdentity(), await generateIdentity()];
  phone = await sessionWith(local, one);
  again = await sessionWith(local, one);
  other = await sessionWith(local, two);
});

const stateOf = (sessions: Record<number, SessionRecord>, more: Partial<CustomerState> = {}): CustomerState => ({
  customer: '16315551001',
  slot: 3,
  listed: [],
  isListStored: true,
  sessions: new Map(Object.entries(sessions).map(([id, session]) => [Number(id), session])),
  ...more,
});
/** As it is once it has been stored and loaded again. */
const stored = (state: CustomerState): CustomerState => ({ ...state, isIdentityStored: true, identityKeys: identityKeysOf(state.sessions.values()) });

describe('the identity of a customer', () => {
  it('is 8 bytes in base64 from the first session on, which is no change', () => {
    expect(identityChanges(withIdentity(stateOf({}), shown))).toEqual([]);
    const [change, ...others] = identityChanges(withIdentity(stateOf({ 1: phone }), shown));
    expect(change).toEqual({ customer: '16315551001', slot: 3, hash: expect.stringMatching(/^[A-Za-z0-9+/]{11}=$/) as string, createdAtMs: 5_000, isAcknowledged: true });
    expect(others).toEqual([]);
  });

  it('stays when the same phone has a fresh session, or another device id', () => {
    const before = stored(withIdentity(stateOf({ 1: phone }), shown));
    expect(withIdentity({ ...before, sessions: new Map([[1, again]]) }, shown)).toEqual({ ...before, sessions: new Map([[1, again]]) });
    expect(identityChanges(withIdentity({ ...before, sessions: new Map([[1, phone], [2, again]]) }, shown))).toEqual([]);
  });

  it('changes with a key that was not there before, in another device or in the same one', () => {
    const before = stored(withIdentity(stateOf({ 1: phone }), shown));
    for (const sessions of [new Map([[1, other]]), new Map([[1, phone], [2, other]])]) {
      const after = withIdentity({ ...before, sessions }, shown);
      expect(after.identity?.hash).not.toBe(before.identity?.hash);
      expect(isBlocked(after, shown)).toBe(true);
      expect(identityChanges(after)).toMatchObject([{ isAcknowledged: false, event: { content: { type: 'system', system: { type: 'user_identity_changed', identity: { acknowledged: false, hash: after.identity?.hash, created_timestamp: 5_000 } } } } }]);
    }
  });

  it('stays when a device goes, or its session cannot be read any more and is started afresh', () => {
    const both = stored(withIdentity(stateOf({ 1: phone, 2: other }), shown));
    expect(withIdentity({ ...both, sessions: new Map([[1, phone]]) }, shown).identity).toEqual(both.identity);
    const unreadable = stored({ ...both, sessions: new Map([[1, phone]]) });
    expect(identityChanges(withIdentity({ ...unreadable, sessions: new Map([[1, phone], [2, other]]) }, shown))).toEqual([]);
  });

  it('is acknowledged silently where changes are not shown', () => {
    const before = stored(withIdentity(stateOf({ 1: phone }), silent));
    const after = withIdentity({ ...before, sessions: new Map([[2, other]]) }, silent);
    expect(identityChanges(after)).toEqual([{ customer: '16315551001', slot: 3, hash: after.identity?.hash, createdAtMs: 5_000, isAcknowledged: true }]);
    expect(isBlocked({ ...after, identity: { hash: '', createdAtMs: 0, isAcknowledged: false } }, silent)).toBe(false);
  });
});
