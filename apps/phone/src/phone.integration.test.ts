import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NoUsableDevice } from '@multiconnect/omemo';
import { NotAuthorized } from '@multiconnect/xmpp';
import { afterEach, describe, expect, it } from 'vitest';
import { fileStorage } from './file-storage.ts';
import { type Phone, PhoneClosed } from './options.ts';
import { memoryStorage, type PhoneStorage } from './storage.ts';
import { newAccount } from './testing/accounts.ts';
import { openTestPhone } from './testing/test-phone.ts';

const opened: Phone[] = [];
const directories: string[] = [];
afterEach(() => {
  opened.splice(0).forEach((phone) => phone.abort());
  directories.splice(0).forEach((path) => rmSync(path, { recursive: true }));
});

const file = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'phone-'));
  directories.push(directory);
  return join(directory, 'phone.json');
};

const pair = async () => {
  const [alice, bob] = await Promise.all([
    newAccount().then((account) => openTestPhone(account, opened)),
    newAccount().then((account) => openTestPhone(account, opened)),
  ]);
  return { alice, bob };
};

const numbered = (count: number, name: string) => Array.from({ length: count }, (_, index) => `${name} ${index}`);

/** Keeps what the phone would have resent, as a phone does that crashes before it hears of an acknowledgement. */
const forgettingAcknowledgements = (storage: PhoneStorage): PhoneStorage => {
  let longest = 0;
  return {
    load: () => storage.load(),
    save: async (record) => {
      if (record.outbox.length < longest) return;
      longest = record.outbox.length;
      await storage.save(record);
    },
  };
};

describe('a phone', () => {
  it('talks both ways, in order, with receipts and read markers', async () => {
    const { alice, bob } = await pair();
    const sent = numbered(20, 'from alice');
    const ids = await Promise.all(sent.map((text) => alice.send(bob.jid, text)));
    await bob.until(() => bob.texts.length === sent.length);
    expect(bob.texts).toEqual(sent);
    expect(bob.shownMessages[0]).toMatchObject({ from: alice.jid, fromNumber: alice.number, id: ids[0] });
    await alice.until(() => alice.statuses.length === sent.length);
    expect(alice.statuses.map(({ id, status }) => `${id} ${status}`)).toEqual(ids.map((id) => `${id} delivered`));

    await bob.send(alice.number, 'hello alice');
    await alice.until(() => alice.texts.length === 1);
    expect(alice.texts).toEqual(['hello alice']);

    bob.markRead(ids[3] ?? '');
    await alice.until(() => alice.statuses.some(({ status }) => status === 'read'));
    expect(alice.statuses.at(-1)).toEqual({ id: ids[3], from: bob.jid, status: 'read' });
  });

  it('sends a file that the other side gets as it is, and its name with it', async () => {
    const uploadOrigins = [new URL(process.env['TEST_EJABBERD_API_URL'] ?? '').origin];
    const alice = await openTestPhone(await newAccount(), opened);
    const bob = await openTestPhone(await newAccount(), opened, { uploadOrigins });
    const content = randomBytes(300_000);
    const path = file();
    writeFileSync(path, content);
    const id = await alice.sendFile(bob.jid, { type: 'document', file: path, mimeType: 'application/json', caption: 'mine', filename: 'phone.json' });
    await bob.until(() => bob.shownMessages.length === 1);
    const [shown] = bob.shownMessages;
    expect(shown).toMatchObject({ id, content: { type: 'document', document: { filename: 'phone.json', caption: 'mine', file_size: content.length } } });
    expect(shown?.text).toMatch(/^aesgcm:\/\/\S+\nmine$/);
    if (shown?.content?.type !== 'document') throw new Error('no document was shown');
    expect(content.equals(await bob.download(shown.content.document))).toBe(true);
    await expect(alice.sendFile(bob.jid, { type: 'image', file: '/nowhere/at/all', mimeType: 'image/png' })).rejects.toThrow('ENOENT');
  });

  it('gets what was sent while it was off, with the time of sending', async () => {
    const { alice, bob } = await pair();
    await alice.send(bob.jid, 'first');
    await bob.until(() => bob.texts.length === 1);
    const account = await newAccount();
    const storage = memoryStorage();
    const carol = await openTestPhone(account, opened, { storage });
    await carol.close();
    const sent = numbered(30, 'offline');
    await Promise.all(sent.map((text) => alice.send(carol.jid, text)));
    const back = await openTestPhone(account, opened, { storage });
    await back.until(() => back.texts.length === sent.length);
    expect(back.texts).toEqual(sent);
    expect(back.shownMessages.every(({ delayedAtMs }) => delayedAtMs !== undefined)).toBe(true);
    await alice.until(() => alice.statuses.length === sent.length + 1);
  });

  it('shows a stanza that comes twice once, and answers it with a second receipt', async () => {
    const account = await newAccount();
    const storage = memoryStorage();
    const alice = await openTestPhone(account, opened, { storage: forgettingAcknowledgements(storage) });
    const bob = await openTestPhone(await newAccount(), opened);
    await alice.send(bob.jid, 'once');
    await bob.until(() => bob.texts.length === 1);
    alice.abort();
    const again = await openTestPhone(account, opened, { storage });
    await bob.until(() => bob.counters.duplicates === 1);
    expect(bob.texts).toEqual(['once']);
    expect(bob.counters).toEqual({ shown: 1, duplicates: 1, undecryptable: 0, receipts: 2 });
    await again.until(() => again.statuses.length > 0);
    expect(again.statuses.every(({ status }) => status === 'delivered')).toBe(true);
  });

  it('shows nothing twice after a restart from its file', async () => {
    const path = file();
    const account = await newAccount();
    const { alice } = await pair();
    const bob = await openTestPhone(account, opened, { storage: fileStorage(path) });
    const before = numbered(10, 'before');
    await Promise.all(before.map((text) => alice.send(bob.jid, text)));
    await bob.until(() => bob.texts.length === before.length);
    // Destroyed with acknowledgements possibly under way, so the server may deliver some of them again.
    bob.abort();
    const after = numbered(10, 'after');
    await Promise.all(after.map((text) => alice.send(bob.jid, text)));
    const restarted = await openTestPhone(account, opened, { storage: fileStorage(path) });
    await restarted.until(() => restarted.texts.length === after.length);
    // The server may give back in another order what it had handed to the dead connection.
    expect(restarted.texts).toEqual(after);
    expect(restarted.deviceId).toBe(bob.deviceId);
    expect(restarted.counters.undecryptable).toBe(0);
    await restarted.send(alice.jid, 'still the same session');
    await alice.until(() => alice.texts.length === 1);
  });

  it('does not count a message that it could not store, so that it comes again', async () => {
    const storage = memoryStorage();
    let broken = false;
    let failures = 0;
    const failing: PhoneStorage = {
      load: () => storage.load(),
      save: (record) => {
        if (!broken) return storage.save(record);
        broken = false;
        failures++;
        return Promise.reject(new Error('disk full'));
      },
    };
    const alice = await openTestPhone(await newAccount(), opened);
    const bob = await openTestPhone(await newAccount(), opened, { storage: failing });
    broken = true;
    await alice.send(bob.jid, 'must not be lost');
    await bob.until(() => bob.texts.length === 1);
    expect(failures).toBe(1);
    expect(bob.texts).toEqual(['must not be lost']);
    expect(bob.counters.duplicates).toBe(0);
  });

  it('asks the next connection what it is asked while one is ending', async () => {
    const storage = memoryStorage();
    const answer = Promise.withResolvers<unknown>();
    let isBroken = false;
    const failing: PhoneStorage = {
      load: () => storage.load(),
      save: (record) => {
        if (!isBroken) return storage.save(record);
        isBroken = false;
        // By then the stream has said goodbye and waits for the server's.
        setImmediate(() => answer.resolve(bob.profileOf(alice.jid)));
        return Promise.reject(new Error('disk full'));
      },
    };
    const alice = await openTestPhone(await newAccount(), opened);
    const bob = await openTestPhone(await newAccount(), opened, { storage: failing });
    isBroken = true;
    await alice.send(bob.jid, 'ends the stream');
    expect(await answer.promise).toBeUndefined();
    await bob.until(() => bob.texts.length === 1);
  });

  it('reports what it cannot read, and starts a fresh session in which the next message is read', async () => {
    const alice = await openTestPhone(await newAccount(), opened);
    const account = await newAccount();
    const storage = memoryStorage();
    const bob = await openTestPhone(account, opened, { storage });
    await alice.send(bob.jid, 'hello');
    await bob.until(() => bob.texts.length === 1);
    await bob.send(alice.jid, 'hello yourself');
    await alice.until(() => alice.texts.length === 1);
    await bob.close();

    const record = await storage.load();
    if (record === undefined) throw new Error('nothing stored');
    await storage.save({ ...record, sessions: {} });
    const forgetful = await openTestPhone(account, opened, { storage });
    const heard = () => forgetful.texts.length + forgetful.undecryptables.length;
    for (let sent = 1; forgetful.texts.length === 0; sent++) {
      await alice.send(bob.jid, `try ${sent}`);
      await forgetful.until(() => heard() === sent);
    }
    expect(forgetful.undecryptables[0]).toMatchObject({ reason: 'NoSession', from: alice.jid });
    expect(alice.texts).toEqual(['hello yourself']);
  });

  it('rejects a send to somebody without a device, and every send once it is closed', async () => {
    const { alice } = await pair();
    const nobody = await newAccount();
    await expect(alice.send(nobody.jid, 'hello')).rejects.toThrow(NoUsableDevice);
    await alice.close();
    await expect(alice.send(nobody.jid, 'hello')).rejects.toThrow(PhoneClosed);
  });

  it('rejects when the password is wrong', async () => {
    const account = await newAccount();
    await expect(openTestPhone({ ...account, password: 'wrong' }, opened)).rejects.toThrow(NotAuthorized);
  });

  it('gives up when another takes its place', async () => {
    const account = await newAccount();
    const storage = memoryStorage();
    const first = await openTestPhone(account, opened, { storage });
    const second = await openTestPhone(account, opened, { storage });
    await first.until(() => !first.online);
    await expect(first.send(second.jid, 'hello')).rejects.toThrow(PhoneClosed);
    expect(second.online).toBe(true);
  });
});
