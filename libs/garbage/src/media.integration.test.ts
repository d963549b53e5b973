import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { systemClock } from '@multiconnect/clock';
import { createTestDatabase } from '@multiconnect/local/testing';
import { createDirectoryFiles, createMediaLibrary } from '@multiconnect/media';
import { openMessageStore } from '@multiconnect/message-store';
import { createSeal } from '@multiconnect/vault';
import pg from 'pg';
import { expect, it } from 'vitest';
import { collectMedia } from './index.ts';

it('removes unused files with their rows, and what was left unpublished; use keeps a file [gc.media.unused]', async () => {
  const database = await createTestDatabase();
  const admin = new pg.Pool({ connectionString: database.url });
  const { hostname, port, username, password, pathname } = new URL(database.url);
  const connection = { host: hostname, port: Number(port), user: decodeURIComponent(username), password: decodeURIComponent(password), database: pathname.slice(1) };
  const store = openMessageStore({ connection, seal: createSeal(randomBytes(32)), maxConnections: 2, applicationName: 'garbage', onConnectionLost: () => undefined });
  const root = await mkdtemp(join(tmpdir(), 'garbage-'));
  try {
    await store.migrate();
    await admin.query('INSERT INTO shard (account, shard, owner, epoch) VALUES (1, -1, $1, 1)', ['me']);
    const files = createDirectoryFiles(root);
    const library = createMediaLibrary({ files, catalogue: store.media });
    const add = async () => (await library.accept(1, { contentType: 'text/plain', source: (async function* () { yield await Promise.resolve(Buffer.from('hello')); })() })).id;
    const ids: string[] = [];
    for (let count = 0; count < 45; count += 1) ids.push(await add());
    await admin.query(`UPDATE media SET used_at = now() - interval '31 days'`);
    const fresh = await add();
    const [used = ''] = ids;
    await store.media.used(1, used);
    const staged = join(root, 'outgoing', `.${fresh}.part`);
    await writeFile(staged, 'half a fi');
    await utimes(staged, new Date(0), new Date(0));

    const tenure = { account: 1, shard: -1, epoch: 1 };
    const collect = () => collectMedia({ housekeeping: store.housekeeping, files, clock: systemClock, tenure, signal: new AbortController().signal });
    expect(await collect()).toBe(44);
    expect((await readdir(join(root, 'outgoing'))).toSorted()).toEqual([used, fresh].toSorted());
    expect((await admin.query('SELECT id FROM media')).rowCount).toBe(2);
    expect(await collect()).toBe(0);
  } finally {
    await store.close();
    await admin.end();
    await database.drop();
    await rm(root, { recursive: true, force: true });
  }
});
