import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionRecord } from '@multiconnect/signal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileStorage, UnreadableRecord } from './file-storage.ts';
import { newRecord } from './record.ts';
import { memoryStorage } from './storage.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'phone-storage-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const account = { number: '16315551001', jid: '+16315551001@chat.example', password: 'secret "&\' ü' };

describe.each([
  {
    name: 'in memory',
    open: () => {
      const storage = memoryStorage();
      return { storage, reopen: () => storage };
    },
  },
  {
    name: 'in a file',
    open: () => {
      const path = join(directory, 'phones', 'phone.json');
      return { storage: fileStorage(path), reopen: () => fileStorage(path) };
    },
  },
])('a storage $name', ({ open }) => {
  it('has nothing before the first save', async () => {
    expect(await open().storage.load()).toBeUndefined();
  });

  it('gives back what was saved last, also to who opens it anew', async () => {
    const { storage, reopen } = open();
    const record = await newRecord(account, 3);
    await storage.save(record);
    const changed = {
      ...record,
      sessions: { 'a@b/1': 'signal-1\n{}' as SessionRecord },
      outbox: [{ id: '1', stanza: "<message to='a@b'>ü</message>" }],
    };
    await storage.save(changed);
    expect(await storage.load()).toEqual(changed);
    expect(await reopen().load()).toEqual(changed);
  });
});

describe('a file', () => {
  it('is for its owner alone, and is replaced as a whole', async () => {
    const path = join(directory, 'phone.json');
    writeFileSync(path, '');
    chmodSync(path, 0o644);
    await fileStorage(path).save(await newRecord(account, 1));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['phone.json']);
  });

  it.each(['', '{', '[]', 'null', '{"account":{}}'])('that holds %j is refused, not overwritten', async (text) => {
    const path = join(directory, 'phone.json');
    writeFileSync(path, text);
    await expect(fileStorage(path).load()).rejects.toThrow(UnreadableRecord);
  });
});
