import type { Seal } from '@multiconnect/vault';
import type { CertificateRecord, Certificates, ContactRecord, Contacts, Settings, UserRecord, Users } from '../ports/records.ts';
import type { Database } from './database.ts';
import { statement } from './statements.ts';

const contactsRead = statement('contacts-read');
const contactsSave = statement('contacts-save');
const settingsRead = statement('settings-read');
const settingsWrite = statement('settings-write');
const settingsClear = statement('settings-clear');
const usersFind = statement('users-find');
const usersCreate = statement('users-create');
const usersUpdate = statement('users-update');
const usersRemove = statement('users-remove');
const certificatesFind = statement('certificates-find');
const certificatesSaveIfAbsent = statement('certificates-save-if-absent');
const certificatesSave = statement('certificates-save');
const certificatesRemove = statement('certificates-remove');

interface ContactColumns {
  readonly wa_id: string;
  readonly status: ContactRecord['status'];
  readonly chat_jid: string | null;
  readonly language: string | null;
  readonly checked_at_ms: number;
}

export function createContacts(database: Database): Contacts {
  return {
    async read(account, waIds) {
      const rows = await database.run<ContactColumns>(contactsRead, [account, waIds]);
      return rows.map((row) => ({
        waId: row.wa_id,
        status: row.status,
        checkedAtMs: row.checked_at_ms,
        ...(row.chat_jid === null ? {} : { chatJid: row.chat_jid }),
        ...(row.language === null ? {} : { language: row.language }),
      }));
    },
    async save(account, contacts) {
      await database.run(contactsSave, [
        account,
        contacts.map((contact) => contact.waId),
        contacts.map((contact) => contact.status),
        contacts.map((contact) => contact.chatJid ?? null),
        contacts.map((contact) => contact.checkedAtMs),
        contacts.map((contact) => contact.language ?? null),
      ]);
    },
  };
}

export function createSettings(database: Database): Settings {
  return {
    async read(account) {
      const rows = await database.run<{ name: string; value: unknown }>(settingsRead, [account]);
      return Object.fromEntries(rows.map((row) => [row.name, row.value]));
    },
    async write(account, values) {
      const given = Object.entries(values).filter(([, value]) => value !== undefined);
      await database.run(settingsWrite, [account, given.map(([name]) => name), given.map(([, value]) => JSON.stringify(value))]);
    },
    async clear(account) {
      await database.run(settingsClear, [account]);
    },
  };
}

interface UserColumns {
  readonly username: string;
  readonly role: UserRecord['role'];
  readonly password_hash: string;
  readonly token_secret: string;
  readonly must_change: boolean;
}

export function createUsers(database: Database): Users {
  const touched = async (statementRun: Promise<unknown[]>) => (await statementRun).length > 0;
  return {
    async find(username) {
      const [row] = await database.run<UserColumns>(usersFind, [username]);
      if (row === undefined) return undefined;
      return {
        username: row.username,
        role: row.role,
        passwordHash: row.password_hash,
        tokenSecret: row.token_secret,
        mustChange: row.must_change,
      };
    },
    create: (user) =>
      touched(database.run(usersCreate, [user.username, user.role, user.passwordHash, user.tokenSecret, user.mustChange])),
    update: (username, change) =>
      touched(
        database.run(usersUpdate, [
          username,
          change.role ?? null,
          change.passwordHash ?? null,
          change.tokenSecret ?? null,
          change.mustChange ?? null,
        ]),
      ),
    remove: (username) => touched(database.run(usersRemove, [username])),
  };
}

export function createCertificates(database: Database, seal: Seal): Certificates {
  const contextOf = (name: string) => `certificate/${name}`;
  const find: Certificates['find'] = async (name) => {
    const [row] = await database.run<{ pem: string; private_key: Buffer | null }>(certificatesFind, [name]);
    if (row === undefined) return undefined;
    if (row.private_key === null) return { pem: row.pem };
    return { pem: row.pem, privateKey: seal.open(row.private_key, contextOf(name)).toString() };
  };
  const columnsOf = (name: string, { pem, privateKey }: CertificateRecord) => {
    const key = privateKey === undefined ? null : seal.seal(Buffer.from(privateKey), contextOf(name));
    return [name, pem, key];
  };
  return {
    find,
    async saveIfAbsent(name, certificate) {
      await database.run(certificatesSaveIfAbsent, columnsOf(name, certificate));
      return (await find(name)) ?? certificate;
    },
    async save(name, certificate) {
      await database.run(certificatesSave, columnsOf(name, certificate));
    },
    remove: async (name) => (await database.run(certificatesRemove, [name])).length > 0,
  };
}
