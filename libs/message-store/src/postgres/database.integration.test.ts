import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestStore, type TestStore } from '../testing/test-store.ts';
import { openDatabase } from './database.ts';
import { statement } from './statements.ts';

let opened: TestStore;
beforeAll(async () => {
  opened = await openTestStore();
});
afterAll(() => opened.close());

const explained = { name: 'explained', text: `EXPLAIN EXECUTE "callbacks-delivered"(1, 0, 1, ARRAY[1])` };

it('a plan that was made while a queue was empty does not outlive its growth', async () => {
  const database = openDatabase(opened.connection, {
    maxConnections: 1,
    applicationName: 'plans',
    onConnectionLost: (error) => expect.fail(error.message),
    planLifetimeMs: 0,
  });
  try {
    await opened.admin.query('VACUUM ANALYZE callback'); // so that the planner knows that it is empty
    await database.run(statement('callbacks-delivered'), [1, 0, 1, [1]]);
    await opened.admin.query(
      `INSERT INTO callback (account, slot, customer, event_id, kind, body) SELECT 1, n % 32, n, n, 'error', '{}' FROM generate_series(1, 20000) n`,
    );
    const lines = await database.run<{ 'QUERY PLAN': string }>(explained, []);
    const plan = lines.map((line) => line['QUERY PLAN']).join('\n');
    expect(plan).toMatch(/callback_pkey[^]*account = \$1\) AND \(seq = ANY/);
  } finally {
    await database.close();
  }
});

it('a server that has gone without a word is given up, in a transaction too, and the next statement takes another connection', async () => {
  const database = openDatabase(opened.connection, {
    maxConnections: 1,
    applicationName: 'silence',
    onConnectionLost: (error) => expect.fail(error.message),
    answerTimeoutMs: 100,
  });
  const silence = { name: 'silence', text: 'SELECT pg_sleep(30)' };
  try {
    await expect(database.run(silence, [])).rejects.toThrow('Query read timeout');
    await expect(database.transaction((runner) => runner.run(silence, []))).rejects.toThrow('Query read timeout');
    expect(await database.run({ name: 'one', text: 'SELECT 1 AS one' }, [])).toEqual([{ one: 1 }]);
  } finally {
    await database.close();
  }
});

it('a statement that finds every connection in use waits for one, and fails at its deadline', async () => {
  const lost = (error: Error) => expect.fail(error.message);
  const database = openDatabase(opened.connection, { maxConnections: 1, applicationName: 'exhausted', onConnectionLost: lost, connectionWaitMs: 500 });
  const ask = () => database.run<{ one: number }>({ name: 'one', text: 'SELECT 1 AS one' }, []);
  const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
  const { promise: held, resolve: hold } = Promise.withResolvers<undefined>();
  try {
    const holding = database.transaction(async () => {
      hold(undefined);
      await released;
    });
    await held;
    await expect(ask()).rejects.toThrow('timeout exceeded when trying to connect');
    const waiting = ask();
    release(undefined);
    await holding;
    expect(await waiting).toEqual([{ one: 1 }]);
  } finally {
    await database.close();
  }
});
