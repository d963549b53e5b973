import type { OutboundContent } from '@multiconnect/contract';
import { generateIdentity } from '@multiconnect/signal';
import { beforeAll, describe, expect, it } from 'vitest';
import { MessageRefused, type Preparation, SourceTrouble } from './index.ts';
import { alice, type Bench, type BenchOptions, bob, createBench, createDoor, strangers } from './testing/bench.ts';
import { newPhoneKeys } from './testing/phones.ts';
import type { World } from './testing/simulation.ts';

let world: World;

beforeAll(async () => {
  world = { keys: [await newPhoneKeys(101), await newPhoneKeys(102)], local: { deviceId: 7, identity: await generateIdentity() } };
});

const urlOf = (id: string) => `https://files.example/${id}`;
const imageOf = ({ content }: Preparation) => (content.type === 'image' ? (content.image.id ?? '') : '');
const sent = (preparation: Preparation): OutboundContent => ({ type: 'image', image: { url: urlOf(imageOf(preparation)), mime_type: 'image/png' } });

const online = (prepare: BenchOptions['prepare'], limits: BenchOptions['limits'] = {}): Bench => {
  const bench = createBench(world, { ...(prepare && { prepare }), limits });
  bench.online();
  return bench;
};

describe('a message that must be prepared', () => {
  it('is sent as what it was prepared to, in its place', async () => {
    const bench = online((preparation) => Promise.resolve(sent(preparation)));
    bench.accept(alice, 'before');
    bench.acceptImage(alice, 'a');
    bench.accept(alice, 'after');
    await bench.flow();
    expect(bench.phones.get(alice)?.shown).toEqual(['before', urlOf('a'), 'after']);
  });

  it('holds up what is later for its customer, and nobody else', async () => {
    const door = createDoor();
    door.shut();
    const bench = online(async (preparation) => {
      await door.pass();
      return sent(preparation);
    });
    bench.accept(alice, 'before');
    bench.acceptImage(alice, 'a');
    bench.accept(alice, 'after');
    bench.accept(bob, 'hello');
    await bench.flow();
    expect(bench.phones.get(alice)?.shown).toEqual(['before']);
    expect(bench.phones.get(bob)?.shown).toEqual(['hello']);
    door.open();
    await bench.flow();
    expect(bench.phones.get(alice)?.shown).toEqual(['before', urlOf('a'), 'after']);
  });

  it('fails at once with its reason when it is refused; what is behind it goes on', async () => {
    const bench = online(() => Promise.reject(new MessageRefused('notFound', 'gone')));
    const id = bench.acceptImage(alice, 'a');
    bench.accept(alice, 'after');
    await bench.flow();
    expect(bench.store.messages.get(id)?.error).toEqual({ code: 1006, title: 'Resource not found', details: 'gone' });
    expect(bench.phones.get(alice)?.shown).toEqual(['after']);
    expect(bench.troubles).toEqual([]);
  });

  it('is given up after five failures of its file’s server, a quarter of a minute, whatever failed before it', async () => {
    const asked: string[] = [];
    const bench = online((preparation) => {
      asked.push(imageOf(preparation));
      return Promise.reject(new SourceTrouble('http-503'));
    });
    bench.acceptImage(alice, 'a');
    bench.acceptImage(alice, 'b');
    bench.accept(alice, 'after');
    await bench.flow(40);
    expect(asked).toEqual([...Array<string>(5).fill('a'), ...Array<string>(5).fill('b')]);
    expect(bench.statesOf(alice)).toEqual(['failed', 'failed', 'sent']);
    expect(bench.store.of(alice)[0]?.error).toMatchObject({ code: 400, title: 'Media download error' });
  });

  it('is tried for as long as this side cannot do its part', async () => {
    let isDown = true;
    const bench = online((preparation) => (isDown ? Promise.reject(new Error('no upload service')) : Promise.resolve(sent(preparation))));
    bench.acceptImage(alice, 'a');
    await bench.flow(600);
    expect(bench.statesOf(alice)).toEqual(['accepted']);
    isDown = false;
    await bench.flow(8);
    expect(bench.phones.get(alice)?.shown).toEqual([urlOf('a')]);
  });

  it('is prepared anew when that has hung for too long, also by who does not heed the signal', async () => {
    let asked = 0;
    const bench = online((preparation) => {
      asked += 1;
      return asked === 1 ? new Promise<never>(() => undefined) : Promise.resolve(sent(preparation));
    });
    bench.acceptImage(alice, 'a');
    await bench.flow(40);
    expect(asked).toBe(2);
    expect(bench.phones.get(alice)?.shown).toEqual([urlOf('a')]);
  });

  it('waits for room when as many are prepared as may be', async () => {
    let running = 0;
    let most = 0;
    const bench = online(async (preparation) => {
      running += 1;
      most = Math.max(most, running);
      await bench.clock.sleep(100);
      running -= 1;
      return sent(preparation);
    });
    for (const customer of strangers) bench.acceptImage(customer, customer);
    await bench.flow(10);
    expect(most).toBe(2);
    expect(strangers.map((customer) => bench.phones.get(customer)?.shown)).toEqual(strangers.map((customer) => [urlOf(customer)]));
  });

  it('lets texts past though memory is full of messages whose files come slowly', async () => {
    const bench = online(async (preparation) => {
      await bench.clock.sleep(4_000);
      return sent(preparation);
    });
    for (const customer of strangers) bench.acceptImage(customer, customer);
    bench.accept(bob, 'hello');
    await bench.flow(6);
    expect(bench.phones.get(bob)?.shown).toEqual(['hello']);
    await bench.flow(120);
    expect(strangers.map((customer) => bench.phones.get(customer)?.shown)).toEqual(strangers.map((customer) => [urlOf(customer)]));
  });

  it('is not prepared when it is a text, whatever is said about its preview', async () => {
    const bench = online(() => Promise.reject(new Error('asked')));
    bench.store.accept(alice, { text: { body: 'plain' }, preview_url: true });
    await bench.flow();
    expect(bench.phones.get(alice)?.shown).toEqual(['plain']);
    expect(bench.troubles).toEqual([]);
  });

  it('that nobody can show fails as acceptance found, and one whose time is over is not sent [error.410]', async () => {
    const bench = online(() => Promise.reject(new Error('asked')));
    const template = { namespace: 'n', name: 't', language: 'en', body: 'hello', buttons: [] };
    const refused = bench.store.accept(alice, { refused: 'structureUnavailable' }, 'template');
    bench.store.accept(alice, { template, ttl: 60 }, 'template');
    const late = bench.store.accept(bob, { template, ttl: 60 }, 'template');
    bench.publish(bob, false);
    await bench.flow(130);
    expect(bench.store.messages.get(refused)?.error).toMatchObject({ code: 500 });
    expect(bench.store.messages.get(late)?.error).toEqual({ code: 410, title: 'Message expired' });
    expect(bench.phones.get(alice)?.shown).toEqual(['hello']);
  });

  it('ends with the sender: nothing is written afterwards', async () => {
    const bench = online(() => new Promise<never>(() => undefined));
    bench.acceptImage(alice, 'a');
    await bench.clock.settle();
    await bench.sender.stop();
    const { statements } = bench.store;
    await bench.clock.advance(60_000);
    expect(bench.store.statements).toBe(statements);
  });
});
