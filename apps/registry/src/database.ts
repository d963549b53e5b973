import { readFileSync } from 'node:fs';
import type { PostgresConnection } from '@multiconnect/config';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';

/** Runs statements of `sql/`. */
export interface Runner {
  run<Row>(statement: string, values: readonly unknown[]): Promise<Row[]>;
}

export interface Database extends Runner {
  /** All of `work`, or none of it. */
  transaction<T>(work: (runner: Runner) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const migrationLockKey = 6_250_002;
const poolSize = 10;
const connectTimeoutMs = 5000;

function fileOf(path: string): string {
  return readFileSync(new URL(`../${path}.sql`, import.meta.url), 'utf8');
}

/** The text of `sql/<name>.sql`. */
export function statement(name: string): string {
  return fileOf(`sql/${name}`);
}

class Initial1764000000000 implements MigrationInterface {
  readonly name = 'Initial1764000000000';
  async up(runner: QueryRunner) {
    await runner.query(fileOf('migrations/0001-initial'));
  }
  down(): Promise<void> {
    throw new Error('the first schema has no earlier one to go back to');
  }
}

class Templates1764100000000 implements MigrationInterface {
  readonly name = 'Templates1764100000000';
  async up(runner: QueryRunner) {
    await runner.query(fileOf('migrations/0002-templates'));
  }
  async down(runner: QueryRunner) {
    await runner.query('DROP TABLE template, language_pack, template_change, template_namespace');
  }
}

class Language1764200000000 implements MigrationInterface {
  readonly name = 'Language1764200000000';
  async up(runner: QueryRunner) {
    await runner.query(fileOf('migrations/0003-language'));
  }
  async down(runner: QueryRunner) {
    await runner.query('ALTER TABLE number DROP COLUMN language');
  }
}

class TwoStep1764300000000 implements MigrationInterface {
  readonly name = 'TwoStep1764300000000';
  async up(runner: QueryRunner) {
    await runner.query(fileOf('migrations/0004-two-step'));
  }
  async down(runner: QueryRunner) {
    await runner.query('DROP TABLE two_step');
  }
}

async function runOn<Row>(runner: QueryRunner, text: string, values: readonly unknown[]): Promise<Row[]> {
  const { records } = await runner.query(text, [...values], true);
  return records as Row[];
}

/** Registries that start together migrate one after another. */
async function migrate(source: DataSource): Promise<void> {
  const lock = source.createQueryRunner();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [migrationLockKey]);
    await source.runMigrations();
  } finally {
    await lock.query('SELECT pg_advisory_unlock($1)', [migrationLockKey]);
    await lock.release();
  }
}

/** Connects and brings the schema up to date. */
export async function openDatabase({ user, ...connection }: PostgresConnection): Promise<Database> {
  const source = new DataSource({
    type: 'postgres',
    ...connection,
    username: user,
    migrations: [Initial1764000000000, Templates1764100000000, Language1764200000000, TwoStep1764300000000],
    migrationsTableName: 'schema_migration',
    migrationsTransactionMode: 'all',
    poolSize,
    applicationName: 'multiconnect-registry',
    connectTimeoutMS: connectTimeoutMs,
  });
  await source.initialize();
  await migrate(source);
  const withRunner = async <T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> => {
    const runner = source.createQueryRunner();
    try {
      return await work(runner);
    } finally {
      await runner.release();
    }
  };
  return {
    run: (text, values) => withRunner((runner) => runOn(runner, text, values)),
    transaction: (work) =>
      withRunner((runner) => runner.manager.transaction(() => work({ run: (text, values) => runOn(runner, text, values) }))),
    close: () => source.destroy(),
  };
}
