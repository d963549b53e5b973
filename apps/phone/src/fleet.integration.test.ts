import { afterEach, describe, expect, it } from 'vitest';
import { type Fleet, fleetNumbers, openFleet } from './fleet.ts';
import { network, newAccount } from './testing/accounts.ts';

const fleets: Fleet[] = [];
afterEach(() => fleets.splice(0).forEach((fleet) => fleet.abort()));

describe('a fleet', () => {
  it('of 50 opens, and every phone gets its own messages in order', async () => {
    const texts = new Map<string, string[]>();
    const done = Promise.withResolvers<undefined>();
    const [sender = '', ...recipients] = fleetNumbers(50);
    const wanted = recipients.length * 3;
    let shown = 0;
    const fleet = await openFleet({
      numbers: [sender, ...recipients],
      register: (numbers) => Promise.all(numbers.map((number) => newAccount(number))),
      ...network(),
      onMessage: (number, { text }) => {
        texts.set(number, [...(texts.get(number) ?? []), text]);
        shown++;
        if (shown === wanted) done.resolve(undefined);
      },
    });
    fleets.push(fleet);
    expect(fleet.phones.size).toBe(50);
    const business = fleet.phones.get(sender);
    if (business === undefined) throw new Error('no sender');
    await Promise.all(recipients.flatMap((number) => [0, 1, 2].map((index) => business.send(number, `${number} ${index}`))));
    await done.promise;
    for (const number of recipients) expect(texts.get(number)).toEqual([0, 1, 2].map((index) => `${number} ${index}`));
    expect(fleet.counters).toMatchObject({ shown: wanted, duplicates: 0, undecryptable: 0, receipts: wanted });
    await fleet.close();
    expect([...fleet.phones.values()].every(({ online }) => !online)).toBe(true);
  });

  it('is shut when one of its phones cannot be opened', async () => {
    const opened: number[] = [];
    const opening = openFleet({
      numbers: 3,
      register: async (numbers) => {
        const [first, ...others] = await Promise.all(numbers.map((number) => newAccount(number)));
        if (first === undefined) throw new Error('no number');
        return [...others, { ...first, password: 'wrong' }];
      },
      ...network(),
      concurrency: 1,
      onMessage: () => undefined,
      onOpened: (count) => opened.push(count),
    });
    await expect(opening).rejects.toThrow('refused the credentials');
    expect(opened).toEqual([1, 2]);
  });
});
