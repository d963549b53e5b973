import { beforeAll, describe, expect, it } from 'vitest';
import { alice, type Bench, bob, type Business, businessJid, createBench as benchOf, newBusiness, Writer } from './testing/bench.ts';

let business: Business;

beforeAll(async () => {
  business = await newBusiness();
});

const createBench = () => benchOf(business);

async function writeAll(writer: Writer, texts: readonly string[]): Promise<string[]> {
  const stanzas: string[] = [];
  for (const text of texts) stanzas.push(await writer.write(text));
  return stanzas;
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `text ${index}`);

async function process(bench: Bench, ms = 0) {
  bench.processor.wake();
  await bench.clock.advance(ms);
  await bench.clock.settle();
}

describe('the order of a phone', () => {
  it('is restored when everything comes reversed, with a duplicate of each', async () => {
    const bench = createBench();
    const texts = numbered(40);
    const stanzas = await writeAll(new Writer(business, alice), texts);
    for (const stanza of [...stanzas, ...stanzas].reverse()) bench.deliver(stanza, '2020-01-01T00:00:00.123456Z');
    await process(bench);
    expect(bench.inbox.textsOf(alice)).toEqual(texts);
    expect(bench.inbox.rows).toEqual([]);
  });

  it('is restored though what is missing stands further on in the inbox than is read at once', async () => {
    const bench = createBench();
    const texts = numbered(700);
    const stanzas = await writeAll(new Writer(business, alice), texts);
    for (const stanza of stanzas.toReversed()) bench.deliver(stanza);
    await bench.clock.advance(60_000); // the rows are old already when the owner comes
    await process(bench);
    expect(bench.inbox.textsOf(alice)).toEqual(texts);
  });

  it('is restored though the store takes longer to show it than a gap is waited for', async () => {
    const bench: Bench = benchOf(business, () => bench.clock.sleep(1_500));
    const texts = numbered(700);
    for (const stanza of (await writeAll(new Writer(business, alice), texts)).toReversed()) bench.deliver(stanza);
    await process(bench, 60_000);
    expect(bench.inbox.textsOf(alice)).toEqual(texts);
  });

  it('is waited for: what comes too early is held until the gap closes', async () => {
    const bench = createBench();
    const [one = '', two = '', three = ''] = await writeAll(new Writer(business, alice), ['one', 'two', 'three']);
    bench.deliver(one);
    bench.deliver(three);
    await process(bench, 1_900);
    expect(bench.inbox.textsOf(alice)).toEqual(['one']);
    bench.deliver(two);
    await process(bench);
    expect(bench.inbox.textsOf(alice)).toEqual(['one', 'two', 'three']);
  });

  it('is waited for two seconds at most, once a gap, and what was missing is still taken when it comes', async () => {
    const bench = createBench();
    const [one = '', two = '', ...rest] = await writeAll(new Writer(business, alice), ['one', 'two', 'three', 'four', 'five', 'six']);
    bench.deliver(one);
    bench.deliver(rest[0] ?? '');
    await process(bench, 2_400);
    expect(bench.inbox.textsOf(alice)).toEqual(['one', 'three']);
    bench.deliver(rest[1] ?? '');
    await process(bench);
    expect(bench.inbox.textsOf(alice)).toEqual(['one', 'three', 'four']);
    bench.deliver(two);
    bench.deliver(rest[3] ?? '');
    await process(bench, 1_900);
    expect(bench.inbox.textsOf(alice)).toEqual(['one', 'three', 'four', 'two']);
    await process(bench, 600);
    expect(bench.inbox.textsOf(alice)).toEqual(['one', 'three', 'four', 'two', 'six']);
  });

  it('holds up nobody else', async () => {
    const bench = createBench();
    const [, second = ''] = await writeAll(new Writer(business, alice), ['one', 'two']);
    bench.deliver(second);
    bench.deliver(await new Writer(business, bob).write('hello'));
    await process(bench);
    expect(bench.inbox.textsOf(bob)).toEqual(['hello']);
    expect(bench.inbox.textsOf(alice)).toEqual([]);
  });

  it('does not depend on what the clocks of the database and of this machine say', async () => {
    const bench = createBench();
    const [one = '', two = ''] = await writeAll(new Writer(business, alice), ['one', 'two']);
    bench.deliver(two);
    bench.clock.jumpWall(3_600_000);
    await process(bench, 1_000);
    expect(bench.inbox.textsOf(alice)).toEqual([]);
    bench.deliver(one);
    await process(bench);
    expect(bench.inbox.textsOf(alice)).toEqual(['one', 'two']);
  });
});

describe('what comes again', () => {
  it('is called back once, and receipted again', async () => {
    const bench = createBench();
    const stanza = await new Writer(business, alice).write('once');
    bench.deliver(stanza);
    await process(bench);
    bench.deliver(stanza, '2020-01-01T00:00:00Z');
    await process(bench);
    expect(bench.inbox.textsOf(alice)).toEqual(['once']);
    expect(bench.receipts).toEqual(['101-1', '101-1']);
    expect(bench.broken).toEqual([]);
  });

  it('is called back once though it cannot be read', async () => {
    const bench = createBench();
    const [, stranded = ''] = await writeAll(new Writer(business, alice), ['lost', 'x']);
    const damaged = stranded.replace(/(<key[^>]*>[^<]{100})./, (_match, front: string) => `${front}A`);
    bench.deliver(damaged);
    await process(bench, 3_000);
    bench.deliver(damaged);
    await process(bench, 3_000);
    expect(bench.inbox.textsOf(alice)).toEqual([undefined]);
  });

  it('after a commit whose outcome nobody heard of is called back once', async () => {
    const bench = createBench();
    bench.inbox.faults.push('after-commit');
    bench.deliver(await new Writer(business, alice).write('one'));
    await process(bench, 1_000);
    expect(bench.inbox.textsOf(alice)).toEqual(['one']);
    expect(bench.inbox.rows).toEqual([]);
  });
});

describe('what cannot be read', () => {
  it('is an unknown message, and asks for one fresh session a round', async () => {
    const bench = createBench();
    const writer = new Writer(business, alice);
    const [first = ''] = await writeAll(writer, ['one']);
    bench.deliver(first.replace("prekey='true'", ''));
    bench.deliver(first.replace("prekey='true'", '').replace("id='101-1'", "id='other'"));
    bench.deliver(writer.stanza('<body>plain</body>', 'plain'));
    bench.deliver(writer.stanza("<encrypted xmlns='eu.siacs.conversations.axolotl'/>", 'bad'));
    await process(bench, 3_000);
    expect(bench.inbox.textsOf(alice)).toEqual([undefined, undefined, undefined, undefined]);
    const errors = bench.inbox.callbacks.flatMap((event) => (event.kind === 'inbound_message' ? (event.errors ?? []) : []));
    expect(errors.map(({ code }) => code)).toEqual([501, 501, 501, 501]);
    expect(bench.broken).toEqual([`${alice}/101`]);
  });

  it('for want of a key for this device is an unknown message', async () => {
    const bench = createBench();
    bench.deliver((await new Writer(business, alice).write('x')).replace("rid='7'", "rid='8'"));
    await process(bench);
    expect(bench.inbox.textsOf(alice)).toEqual([undefined]);
    expect(bench.broken).toEqual([`${alice}/101`]);
  });

  it('does not stop what comes after it from the same device', async () => {
    const bench = createBench();
    const [one = '', two = ''] = await writeAll(new Writer(business, alice), ['one', 'two']);
    bench.deliver(one.replace(/(<payload>)../, '$1AA'));
    bench.deliver(two);
    await process(bench, 3_000);
    expect(bench.inbox.textsOf(alice)).toEqual([undefined, 'two']);
  });
});

describe('prekeys', () => {
  it('that two customers have taken serve both', async () => {
    const bench = createBench();
    bench.deliver(await new Writer(business, alice, 101, 2).write('from alice'));
    bench.deliver(await new Writer(business, bob, 102, 2).write('from bob'));
    await process(bench);
    expect(bench.inbox.textsOf(alice)).toEqual(['from alice']);
    expect(bench.inbox.textsOf(bob)).toEqual(['from bob']);
    expect([...bench.inbox.usedPreKeys]).toEqual([business.preKeys[2]?.id]);
  });
});

describe('a stanza that breaks the processor', () => {
  const unhurt = async (bench: Bench) => {
    bench.deliver(await new Writer(business, bob).write('unhurt'));
    await process(bench, 10_000);
    expect(bench.inbox.textsOf(bob)).toEqual(['unhurt']);
  };

  it('because the database does not take what comes of it, becomes an unknown message; others go on', async () => {
    const bench = createBench();
    const [one = '', two = ''] = await writeAll(new Writer(business, alice), ['poison', 'after']);
    bench.inbox.refuse = ({ messages }) => messages.some(({ event }) => event.content.type === 'text' && event.content.text.body === 'poison');
    bench.deliver(one);
    bench.deliver(two);
    await unhurt(bench);
    expect(bench.inbox.textsOf(alice)).toEqual([undefined, 'after']);
    expect(bench.inbox.rows).toEqual([]);
    expect(bench.troubles.map(({ what }) => what)).toContain('stanza given up');
  });

  it('and cannot even be reported, leaves the inbox all the same, as a dead letter', async () => {
    const bench = createBench();
    bench.inbox.refuse = ({ messages }) => messages.some(({ customer }) => customer === alice);
    bench.deliver(await new Writer(business, alice).write('poison'));
    await unhurt(bench);
    expect(bench.inbox.rows).toEqual([]);
    expect(bench.troubles.map(({ what }) => what)).toContain('stanza not told');
    expect(bench.inbox.takes.flatMap(({ buried = [] }) => buried)).toEqual([{ seq: 1, reason: 'Error' }]);
  });

  it('because it does not parse, becomes an unknown message at once', async () => {
    const bench = createBench();
    bench.deliver(await new Writer(business, alice).write('x'));
    bench.inbox.rows = bench.inbox.rows.map((row) => ({ ...row, stanza: '<message><broken></message>' }));
    await process(bench);
    expect(bench.inbox.textsOf(alice)).toEqual([undefined]);
    expect(bench.troubles).toEqual([]);
  });

  it('is not taken for one while the database takes nothing at all, however long', async () => {
    const good = await new Writer(business, alice).write('good');
    // Reads go on, as on a database that has become read-only; it takes writes again at any moment of the way.
    for (let refused = 1; refused <= 40; refused += 1) {
      const bench = createBench();
      bench.deliver(good);
      let writes = 0;
      bench.inbox.refuse = () => {
        writes += 1;
        return writes <= refused;
      };
      await process(bench, 60_000);
      expect(bench.inbox.textsOf(alice)).toEqual(['good']);
    }
  });
});

describe('receipts, markers, bounces and device lists', () => {
  it('move states, fail messages and renew the list [error.1026]', async () => {
    const bench = createBench();
    const writer = new Writer(business, alice);
    const from = `from='+${alice}@chat.example/phone' to='${businessJid}'`;
    bench.deliver(writer.stanza("<received xmlns='urn:xmpp:receipts' id='a'/>", '1'));
    bench.deliver(writer.stanza("<displayed xmlns='urn:xmpp:chat-markers:0' id='b'/>", '2'));
    bench.deliver(
      `<message ${from} type='error' id='c'><body>x</body><error type='cancel'>` +
        `<resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
    );
    bench.deliver(
      `<message from='+${alice}@chat.example' to='${businessJid}' type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'>` +
        `<items node='eu.siacs.conversations.axolotl.devicelist'><item><list xmlns='eu.siacs.conversations.axolotl'>` +
        `<device id='5'/><device id='1e300'/><device id='6'/><device id='-1'/></list></item></items></event></message>`,
    );
    await process(bench);
    const [taken] = bench.inbox.takes;
    expect(taken?.changes.map(({ id, state }) => [id, state])).toEqual([['a', 'delivered'], ['b', 'read']]);
    expect(taken?.failures.map(({ id, error }) => [id, error.code, error.details])).toEqual([['c', 1026, 'resource-constraint']]);
    expect(taken?.deviceLists.map(({ devices }) => devices)).toEqual([[5, 6]]);
    expect(bench.inbox.callbacks).toEqual([]);
  });
});

describe('a processor', () => {
  it('leaves a customer whose ratchets are in use, and comes back when they are free', async () => {
    const bench = createBench();
    bench.book.claim([alice]);
    bench.deliver(await new Writer(business, alice).write('later'));
    bench.deliver(await new Writer(business, bob).write('now'));
    await process(bench);
    expect(bench.inbox.textsOf(bob)).toEqual(['now']);
    expect(bench.inbox.textsOf(alice)).toEqual([]);
    bench.book.release([alice]);
    await bench.clock.settle();
    expect(bench.inbox.textsOf(alice)).toEqual(['later']);
  });

  it('gets past any number of rows that it cannot take yet', async () => {
    const bench = createBench();
    const stanzas = await writeAll(new Writer(business, alice), numbered(600));
    bench.book.claim([alice]);
    for (const stanza of stanzas) bench.deliver(stanza);
    bench.deliver(await new Writer(business, bob).write('behind'));
    await process(bench);
    expect(bench.inbox.textsOf(bob)).toEqual(['behind']);
  });

  it('that has lost its shard takes nothing and says so', async () => {
    const bench = createBench();
    bench.deliver(await new Writer(business, alice).write('x'));
    bench.inbox.epoch = 2;
    await process(bench);
    expect(bench.fenced).toHaveLength(1);
    expect(bench.inbox.rows).toHaveLength(1);
    expect(bench.inbox.textsOf(alice)).toEqual([]);
  });

  it('does nothing more once it is stopped, and leaves no timer', async () => {
    const bench = createBench();
    const [, two = ''] = await writeAll(new Writer(business, alice), ['one', 'two']);
    bench.deliver(two);
    await process(bench);
    await bench.processor.stop();
    expect(bench.clock.pending()).toBe(0);
    await process(bench, 10_000);
    expect(bench.inbox.rows).toHaveLength(1);
  });
});
