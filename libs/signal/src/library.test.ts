import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import { cachedKeyCounts } from './curve.ts';
import { encrypt, generatePreKeys, startSession } from './index.ts';
import { newPair, newParty } from './testing/party.ts';

const run = promisify(execFile);
const nodeRequire = createRequire(import.meta.url);

async function runModule(source: string): Promise<unknown> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', source], { cwd: import.meta.dirname });
  return JSON.parse(stdout);
}

const { listeners, listenersBeforeImports } = vi.hoisted(() => {
  const count = (): readonly number[] => [
    process.listenerCount('unhandledRejection'),
    process.listenerCount('uncaughtException'),
  ];
  return { listeners: count, listenersBeforeImports: count() };
});

test('no process-wide handler is left behind, and the stock curve is not loaded', async () => {
  const { alice, bob } = await newPair();
  await bob.receive(await alice.send('one'));
  expect(listeners()).toEqual(listenersBeforeImports);
  expect(Object.keys(nodeRequire.cache).filter((path) => path.includes('curve25519-ts'))).toEqual([]);
});

test('a process that only imports the package keeps its handlers and its own rejections', async () => {
  const url = JSON.stringify(new URL('./index.ts', import.meta.url).href);
  const source = `
    const count = () => [process.listenerCount('unhandledRejection'), process.listenerCount('uncaughtException')];
    const { cache } = (await import('node:module')).createRequire(${url});
    const before = count();
    const engine = await import(${url});
    await engine.generatePreKeys(1, 2);
    await new Promise((resolve) => setImmediate(resolve));
    const after = count();
    const stockCurve = Object.keys(cache).filter((path) => path.includes('curve25519-ts'));
    process.once('unhandledRejection', () => console.log(JSON.stringify({ before, after, stockCurve })));
    void Promise.reject(new Error('of the application'));`;
  expect(await runModule(source)).toEqual({ before: [0, 0], after: [0, 0], stockCurve: [] });
}, 30_000);

test('the stock library and the engine understand each other, whoever starts, with one-time prekey and without', async () => {
  const { stdout } = await run(process.execPath, [`${import.meta.dirname}/testing/stock-peer.mjs`]);
  const read = ['one', '2', '3', '4', '5'];
  expect(JSON.parse(stdout)).toEqual({
    signatures: true,
    startedByEngine: [read, read],
    startedByStock: [
      ['one', 6, 'two'],
      ['one', 'none', 'two'],
    ],
  });
}, 60_000);

test('nothing is retained of sessions with many devices', async () => {
  const lock = nodeRequire('libsignal-protocol-typescript/lib/session-lock.js') as {
    readonly SessionLock: { readonly _promises: readonly unknown[]; readonly errors: readonly unknown[] };
  };
  const [alice, bob] = [await newParty(), await newParty()];
  for (let index = 0; index < 100; index++) {
    const session = await startSession(alice.local, bob.bundle);
    await encrypt(alice.local, session, Buffer.from('one'));
  }
  expect(lock.SessionLock._promises).toHaveLength(0);
  expect(lock.SessionLock.errors).toHaveLength(0);
});

test('the cache of key objects is bounded', async () => {
  await generatePreKeys(1, 1_200);
  expect(Math.max(...cachedKeyCounts())).toBeLessThanOrEqual(1_024);
});
