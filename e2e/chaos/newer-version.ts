import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@multiconnect/local';

/** The programs of a version with one more migration. */
export interface NewerVersion {
  /** @param process such as `coreapp2` */
  programOf(process: string): string;
}

const scope = '@multiconnect';
const copied = ['package.json', 'dist', 'sql', 'lua', 'migrations', 'templates'] as const;

/** A new table, a new column of the busiest one, and an index: what most migrations are made of. */
const migration = `
class Newer1999000000000 {
  name = 'Newer1999000000000';
  async up(runner) {
    await runner.query('CREATE TABLE newer (id bigint PRIMARY KEY, note text)');
    await runner.query('ALTER TABLE message ADD COLUMN newer_note text');
    await runner.query('CREATE INDEX newer_note ON newer (note)');
  }
  async down(runner) {
    await runner.query('DROP TABLE newer');
    await runner.query('ALTER TABLE message DROP COLUMN newer_note');
  }
}
migrations.push(Newer1999000000000);
const migrationTable =`;

function copyPackage(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of copied) {
    if (existsSync(join(from, name))) cpSync(join(from, name), join(to, name), { recursive: true });
  }
  const own = join(from, 'node_modules');
  if (existsSync(own)) symlinkSync(own, join(to, 'node_modules'));
}

/** What others have written stays where it is; ours is copied. */
function linkDependencies(home: string): void {
  const from = join(repositoryRoot, 'node_modules');
  const to = join(home, 'node_modules');
  mkdirSync(join(to, scope), { recursive: true });
  for (const name of readdirSync(from)) {
    if (name !== scope) symlinkSync(join(from, name), join(to, name));
  }
  for (const name of readdirSync(join(home, 'libs'))) symlinkSync(join(home, 'libs', name), join(to, scope, name));
}

function addMigration(home: string): void {
  const file = join(home, 'libs', 'message-store', 'dist', 'postgres', 'schema.js');
  const built = readFileSync(file, 'utf8');
  const newer = built.replace('const migrationTable =', () => migration.trimStart());
  if (newer === built) throw new Error(`${file} has no place for another migration`);
  writeFileSync(file, newer);
}

/** Copies the built programs and gives the copy one more migration. */
export function buildNewerVersion(home: string): NewerVersion {
  for (const group of ['apps', 'libs']) {
    for (const name of readdirSync(join(repositoryRoot, group))) copyPackage(join(repositoryRoot, group, name), join(home, group, name));
  }
  linkDependencies(home);
  addMigration(home);
  return { programOf: (process) => join(home, 'apps', process.replace(/\d+$/, ''), 'dist', 'main.js') };
}
