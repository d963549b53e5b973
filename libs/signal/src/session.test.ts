import { expect, test } from 'vitest';
import { startSession } from './index.ts';
import { establishedPair } from './testing/party.ts';

test('a session does not grow over 1,000 changes of direction', async () => {
  const { alice, bob } = await establishedPair();
  const turn = async (): Promise<number> => {
    await bob.receive(await alice.send('there'));
    await alice.receive(await bob.send('back'));
    return Math.max(alice.session?.length ?? 0, bob.session?.length ?? 0);
  };
  for (let round = 0; round < 20; round++) await turn();
  const settled = await turn();
  let largest = 0;
  for (let round = 0; round < 480; round++) largest = Math.max(largest, await turn());
  expect(largest).toBeLessThan(settled + 50);
  expect(largest).toBeLessThan(2_500);
}, 60_000);

test('a record does not grow with every fresh session', async () => {
  const { alice, bob } = await establishedPair();
  const refresh = async (): Promise<number> => {
    alice.session = await startSession(alice.party.local, bob.party.bundle, alice.session);
    await bob.receive(await alice.send('fresh'));
    return Math.max(alice.session.length, bob.session?.length ?? 0);
  };
  for (let round = 0; round < 25; round++) await refresh();
  expect(await refresh()).toBeLessThan((await refresh()) + 200);
  expect(await refresh()).toBeLessThan(30_000);
});

test('the keys of lost messages are kept to a bound, the newest ones', async () => {
  const { alice, bob } = await establishedPair();
  const lost = await alice.send('lost');
  for (let index = 0; index < 1_200; index++) await alice.send('lost too');
  const kept = await alice.send('belated');
  await bob.receive(await alice.send('arrives'));
  await alice.receive(await bob.send('turn'));
  for (let index = 0; index < 1_200; index++) await alice.send('lost again');
  await bob.receive(await alice.send('arrives too'));
  expect(bob.session?.length).toBeLessThan(2_000 * 60 + 3_000);
  expect(await bob.read(kept)).toBe('belated');
  await expect(bob.receive(lost)).rejects.toThrow();
}, 60_000);
