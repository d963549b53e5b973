import { readFileSync } from 'node:fs';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { StoreRefused, StoreUnusable } from '../ports/message-store.ts';
import type { PostgresConnection } from './database.ts';

const oldestServerVersion = 110_000;
const migrationLockKey = 6_250_001;

function migrationSql(file: string): string {
  return readFileSync(new URL(`../../migrations/${file}.sql`, import.meta.url), 'utf8');
}

class Initial1764000000000 implements MigrationInterface {
  readonly name = 'Initial1764000000000';
  async up(runner: QueryRunner) {
    await runner.query(migrationSql('0001-initial'));
  }
  down(): Promise<void> {
    throw new Error('the first schema has no earlier one to go back to');
  }
}

class Media1764000000001 implements MigrationInterface {
  readonly name = 'Media1764000000001';
  async up(runner: QueryRunner) {
    await runner.query(migrationSql('0002-media'));
  }
  async down(runner: QueryRunner) {
    await runner.query('DROP TABLE media');
  }
}

class Admin1764000000002 implements MigrationInterface {
  readonly name = 'Admin1764000000002';
  async up(runner: QueryRunner) {
    await runner.query(migrationSql('0003-admin'));
  }
  async down(runner: QueryRunner) {
    await runner.query('DROP INDEX message_age');
    await runner.query('DROP TABLE sticker, stickerpack, media_provider, profile_photo, profile');
    await runner.query('ALTER TABLE account DROP COLUMN pin_hash');
  }
}

class ContactLanguage1764000000003 implements MigrationInterface {
  readonly name = 'ContactLanguage1764000000003';
  async up(runner: QueryRunner) {
    await runner.query(migrationSql('0004-contact-language'));
  }
  async down(runner: QueryRunner) {
    await runner.query('ALTER TABLE contact DROP COLUMN language');
  }
}

class Settings1764000000004 implements MigrationInterface {
  readonly name = 'Settings1764000000004';
  async up(runner: QueryRunner) {
    await runner.query(migrationSql('0005-settings'));
  }
  async down(runner: QueryRunner) {
    await runner.query('ALTER TABLE account DROP COLUMN code_pin');
    await runner.query('ALTER TABLE stickerpack DROP COLUMN next_position');
  }
}

class Inbound1764000000005 implements MigrationInterface {
  readonly name = 'Inbound1764000000005';
  async up(runner: QueryRunner) {
    await runner.query(migrationSql('0006-inbound'));
  }
  async down(runner: QueryRunner) {
    await runner.query('DROP INDEX message_stanza');
    await runner.query('DROP TABLE offered_choices');
    await runner.query('ALTER TABLE callback DROP COLUMN held');
  }
}

class Conversations1764000000006 implements MigrationInterface {
  readonly name = 'Conversations1764000000006';
  async up(runner: QueryRunner) {
    await runner.query(migrationSql('0007-conversations'));
  }
  async down(runner: QueryRunner) {
    await runner.query('ALTER TABLE message DROP COLUMN conversation, DROP COLUMN category');
    await runner.query('DROP TABLE conversation');
  }
}

class Identities1764000000007 implements MigrationInterface {
  readonly name = 'Identities1764000000007';
  async up(runner: QueryRunner) {
    await runner.query(migrationSql('0008-identities'));
  }
  async down(runner: QueryRunner) {
    await runner.query('DROP TABLE identity');
  }
}

class TemplateCategory1764000000008 implements MigrationInterface {
  readonly name = 'TemplateCategory1764000000008';
  async up(runner: QueryRunner) {
    await runner.query(migrationSql('0009-template-category'));
  }
  async down(runner: QueryRunner) {
    await runner.query('ALTER TABLE message ADD COLUMN category text');
  }
}

class DeadLetters1764000000009 implements MigrationInterface {
  readonly name = 'DeadLetters1764000000009';
  async up(runner: QueryRunner) {
    await runner.query(migrationSql('0010-dead-letters'));
  }
  async down(runner: QueryRunner) {
    await runner.query('DROP TABLE dead_stanza');
    await runner.query('DROP INDEX callback_dead');
    await runner.query('ALTER TABLE message DROP COLUMN dead_reason');
  }
}

const migrations = [Initial1764000000000, Media1764000000001, Admin1764000000002, ContactLanguage1764000000003, Settings1764000000004, Inbound1764000000005, Conversations1764000000006, Identities1764000000007, TemplateCategory1764000000008, DeadLetters1764000000009];
const migrationTable = 'schema_migration';

function dataSource(connection: PostgresConnection): DataSource {
  return new DataSource({
    type: 'postgres',
    host: connection.host,
    port: connection.port,
    username: connection.user,
    ...(connection.password === undefined ? {} : { password: connection.password }),
    database: connection.database,
    migrations,
    migrationsTableName: migrationTable,
    migrationsTransactionMode: 'all',
    poolSize: 2,
    applicationName: 'multiconnect-migrate',
  });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
}

async function withSource<T>(connection: PostgresConnection, work: (source: DataSource) => Promise<T>): Promise<T> {
  const source = dataSource(connection);
  try {
    await source.initialize();
    return await work(source);
  } catch (error) {
    if (error instanceof StoreUnusable) throw error;
    throw new StoreUnusable(`Unable to initialize config store: ${reasonOf(error)}`);
  } finally {
    if (source.isInitialized) await source.destroy();
  }
}

/** Throws {@link StoreRefused} for a server that lacks what the statements need. */
export function refuseOldServer(versionNumber: number, shown: string): void {
  if (versionNumber >= oldestServerVersion) return;
  throw new StoreRefused(`Unable to initialize config store: PostgreSQL ${shown} is too old, 11 or later is needed`);
}

async function checkServer(source: DataSource) {
  const [row] = await source.query<{ version: string; may_create: boolean; shown: string }[]>(
    `SELECT current_setting('server_version_num') AS version, current_setting('server_version') AS shown,
            has_schema_privilege(current_schema(), 'CREATE') AS may_create`,
  );
  if (row === undefined) throw new StoreUnusable('Unable to initialize config store: the database answers nothing');
  refuseOldServer(Number(row.version), row.shown);
  return row;
}

/** Brings the schema up to date. One process at a time: the others wait for the lock and find nothing to do. */
export async function migrate(connection: PostgresConnection): Promise<void> {
  await withSource(connection, async (source) => {
    const { may_create } = await checkServer(source);
    if (!may_create) throw new StoreRefused('Unable to initialize config store: the database user may not create tables');
    const lock = source.createQueryRunner();
    try {
      await lock.query('SELECT pg_advisory_lock($1)', [migrationLockKey]);
      await source.runMigrations();
    } finally {
      await lock.query('SELECT pg_advisory_unlock($1)', [migrationLockKey]);
      await lock.release();
    }
  });
}

/** A migration that versions which do not know it cannot live with is named so. */
const contracting = /^Contract/;

/**
 * Throws {@link StoreRefused} when a migration of a newer version ends this one. Any other only adds, and a schema that has it serves
 * this version too: so processes of two versions serve together while a cluster is upgraded, and the older can be gone back to.
 */
export function refuseContracted(newer: readonly string[]): void {
  const ending = newer.filter((name) => contracting.test(name));
  if (ending.length > 0) throw new StoreRefused(`Unable to initialize config store: the schema belongs to a newer version (${ending.join(', ')})`);
}

/** Throws {@link StoreUnusable} unless the server is recent, the schema has all that this version needs, and the user may write it. */
export async function check(connection: PostgresConnection): Promise<void> {
  await withSource(connection, async (source) => {
    await checkServer(source);
    const [table] = await source.query<{ there: boolean }[]>(`SELECT to_regclass('${migrationTable}') IS NOT NULL AS there`);
    if (table?.there !== true) throw new StoreUnusable('Unable to initialize config store: the database has no schema yet');
    const applied = await source.query<{ name: string }[]>(`SELECT name FROM ${migrationTable}`);
    const known = new Set(migrations.map((migration) => migration.name));
    const missing = [...known].filter((name) => !applied.some((row) => row.name === name));
    if (missing.length > 0) throw new StoreUnusable(`Unable to initialize config store: the schema lacks ${missing.join(', ')}`);
    refuseContracted(applied.map(({ name }) => name).filter((name) => !known.has(name)));
    const [rights] = await source.query<{ may_write: boolean }[]>(
      `SELECT has_table_privilege('message', 'SELECT, INSERT') AND has_table_privilege('message', 'UPDATE') AS may_write`,
    );
    if (rights?.may_write !== true) throw new StoreRefused('Unable to initialize config store: the database user may not write messages');
  });
}
