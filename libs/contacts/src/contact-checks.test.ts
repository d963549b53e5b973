import { createFakeClock } from '@multiconnect/clock';
import { describe, expect, it } from 'vitest';
import { createContactChecks } from './contact-checks.ts';
import { createMemoryContacts, createScriptedLookup } from './testing/fakes.ts';

const ann = '16315551001';
const bob = '16315551002';
const weekMs = 7 * 24 * 3_600_000;

function setUp() {
  const clock = createFakeClock();
  const contacts = createMemoryContacts();
  const lookup = createScriptedLookup();
  const warnings: string[] = [];
  lookup.phones.add(ann);
  const checks = createContactChecks({
    contacts,
    lookup,
    clock,
    callingCodeOf: () => Promise.resolve('1'),
    log: { warn: (_, message) => void warnings.push(message) },
  });
  const check = (numbers: readonly string[], more: { wait?: boolean; forceCheck?: boolean } = {}) =>
    checks.check({ account: 1, numbers, wait: true, forceCheck: false, ...more });
  return { clock, contacts, lookup, warnings, checks, check };
}

describe('check, waiting', () => {
  it('answers valid with the wa_id and invalid without, in the order asked [contacts.check.blocking.wait] [contacts.check.status.valid] [contacts.check.status.invalid] [contacts.check.wa_id]', async () => {
    const { lookup, check } = setUp();
    lookup.answerAll();
    expect(await check([`+${bob}`, '+1 631 555 1001', 'nobody'])).toEqual([
      { input: `+${bob}`, status: 'invalid' },
      { input: '+1 631 555 1001', status: 'valid', wa_id: ann },
      { input: 'nobody', status: 'invalid' },
    ]);
  });

  it("tries a number without + as international, then as national of the business's country [contacts.check.contacts.national]", async () => {
    const { lookup, check } = setUp();
    lookup.answerAll();
    expect(await check(['631 555 1001'])).toEqual([{ input: '631 555 1001', status: 'valid', wa_id: ann }]);
    lookup.phones.add('6315551001');
    expect(await check(['631 555 1001'], { forceCheck: true })).toMatchObject([{ wa_id: '6315551001' }]);
  });

  it('answers failed when the registry does not, and remembers nothing [contacts.check.status.failed]', async () => {
    const { clock, lookup, contacts, check } = setUp();
    const answers = check([`+${ann}`]);
    await clock.settle();
    lookup.fail();
    expect(await answers).toEqual([{ input: `+${ann}`, status: 'failed' }]);
    expect(contacts.records.size).toBe(0);
  });

  it('rejects when the contact table does', async () => {
    const { contacts, check } = setUp();
    contacts.read = () => Promise.reject(new Error('the database is away'));
    await expect(check([`+${ann}`])).rejects.toThrow('the database is away');
  });
});

describe('the cache', () => {
  it('answers for seven days [contacts.check.cache]', async () => {
    const { clock, lookup, check } = setUp();
    lookup.answerAll();
    await check([`+${ann}`, `+${bob}`]);
    await clock.advance(weekMs - 1);
    await check([`+${ann}`, `+${bob}`]);
    expect(lookup.asked).toHaveLength(1);
    await clock.advance(1);
    await check([`+${ann}`, `+${bob}`]);
    expect(lookup.asked).toHaveLength(2);
  });

  it('is passed by with force_check, and renewed by it [contacts.check.force_check]', async () => {
    const { lookup, check } = setUp();
    lookup.answerAll();
    await check([`+${bob}`]);
    lookup.phones.add(bob);
    expect(await check([`+${bob}`])).toMatchObject([{ status: 'invalid' }]);
    expect(await check([`+${bob}`], { forceCheck: true })).toMatchObject([{ status: 'valid' }]);
    expect(await check([`+${bob}`])).toMatchObject([{ status: 'valid' }]);
  });

  it('is read once for all numbers of a request', async () => {
    const { lookup, contacts, check } = setUp();
    lookup.answerAll();
    await check([`+${ann}`, `+${bob}`, `+${ann}`]);
    expect(contacts.reads).toEqual([[ann, bob]]);
  });
});

describe('check without waiting', () => {
  it('answers processing, and the result once it is there [contacts.check.blocking.no_wait] [contacts.check.status.processing]', async () => {
    const { clock, lookup, check } = setUp();
    const ask = () => check([`+${ann}`], { wait: false });
    expect(await ask()).toEqual([{ input: `+${ann}`, status: 'processing' }]);
    expect(await ask()).toMatchObject([{ status: 'processing' }]);
    lookup.answer();
    await clock.settle();
    expect(await ask()).toMatchObject([{ status: 'valid', wa_id: ann }]);
    expect(lookup.asked).toEqual([[ann]]);
  });

  it('asks again when the background look-up failed', async () => {
    const { clock, lookup, warnings, check } = setUp();
    await check([`+${ann}`], { wait: false });
    lookup.fail();
    await clock.settle();
    expect(warnings).toEqual(['contact check in the background failed']);
    expect(await check([`+${ann}`], { wait: false })).toMatchObject([{ status: 'processing' }]);
    expect(lookup.asked).toHaveLength(2);
  });
});

describe('look-ups', () => {
  it('go one at a time: what is asked meanwhile shares the next one [contacts.check.batch]', async () => {
    const { clock, lookup, check, checks } = setUp();
    const first = check([`+${ann}`]);
    await clock.settle();
    const meanwhile = [check([`+${bob}`, '+16315551003']), check([`+${bob}`]), checks.resolve(2, bob)];
    await clock.settle();
    expect(lookup.asked).toEqual([[ann]]);
    lookup.answer();
    await first;
    await clock.settle();
    expect(lookup.asked).toEqual([[ann], [bob, '16315551003']]);
    lookup.answer();
    await Promise.all(meanwhile);
  });

  it('hold at most a thousand numbers', async () => {
    const { lookup, check } = setUp();
    lookup.answerAll();
    await check(Array.from({ length: 2500 }, (_, index) => `+1631555${String(index).padStart(4, '0')}`));
    expect(lookup.asked.map((numbers) => numbers.length)).toEqual([1000, 1000, 500]);
  });
});

describe('the language of a customer', () => {
  it('is what the phone said when it signed up, from the table once it is there', async () => {
    const { lookup, contacts, checks } = setUp();
    lookup.answerAll();
    lookup.languages.set(ann, 'pt_BR');
    expect(await checks.languageOf(1, ann)).toBe('pt_BR');
    expect(await checks.languageOf(1, ann)).toBe('pt_BR');
    expect(lookup.asked).toEqual([[ann]]);
    expect(contacts.records.get(`1/${ann}`)).toMatchObject({ language: 'pt_BR' });
  });

  it('is undefined of somebody who never said it, is not there, or cannot be looked up', async () => {
    const { clock, lookup, checks } = setUp();
    const unknown = checks.languageOf(1, ann);
    await clock.settle();
    lookup.fail();
    expect(await unknown).toBeUndefined();
    lookup.answerAll();
    expect(await checks.languageOf(1, ann)).toBeUndefined();
    expect(await checks.languageOf(1, bob)).toBeUndefined();
  });
});

describe('resolve', () => {
  it('answers from the table, read once for everybody who asks at once', async () => {
    const { lookup, contacts, checks } = setUp();
    lookup.answerAll();
    const valid = { status: 'valid', chatJid: `+${ann}@chat` };
    expect(await checks.resolve(1, ann)).toEqual(valid);
    expect(await Promise.all([checks.resolve(1, ann), checks.resolve(1, ann)])).toEqual([valid, valid]);
    expect(contacts.reads).toEqual([[ann], [ann]]);
    expect(lookup.asked).toHaveLength(1);
  });

  it('finds somebody who joined a minute after they were not there', async () => {
    const { clock, lookup, checks } = setUp();
    lookup.answerAll();
    expect(await checks.resolve(1, bob)).toEqual({ status: 'invalid' });
    lookup.phones.add(bob);
    await clock.advance(60_000);
    expect(await checks.resolve(1, bob)).toMatchObject({ status: 'valid' });
  });

  it('keeps sending to who was there when the registry is away, and says failed of who is not known', async () => {
    const { clock, lookup, checks } = setUp();
    const known = checks.resolve(1, ann);
    await clock.settle();
    lookup.answer();
    await known;
    await clock.advance(2 * weekMs);
    const answers = Promise.all([checks.resolve(1, ann), checks.resolve(1, bob)]);
    await clock.settle();
    lookup.fail();
    expect(await answers).toEqual([{ status: 'valid', chatJid: `+${ann}@chat` }, { status: 'failed' }]);
  });
});
