import { parsePostgresUrl, type PostgresConnection } from '@multiconnect/config';
import pg from 'pg';
import { SettingError } from './errors.ts';

const unknownDatabase = '3D000';
const alreadyThere = '42P04';
const inUse = '55006';
const maintenanceDatabase = 'postgres';

const connectionAt = (url: string): PostgresConnection => {
  const outcome = parsePostgresUrl(url);
  if (outcome === undefined) throw new SettingError('the PostgreSQL URL is not like postgresql://user:password@host:port/database');
  return outcome;
};

export const databaseName = (url: string): string => connectionAt(url).database;

/** The same server and user, another database. */
export const databaseUrl = (serverUrl: string, database: string): string => {
  const { host, port, user, password } = connectionAt(serverUrl);
  const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return `postgresql://${credentials}@${host.includes(':') ? `[${host}]` : encodeURIComponent(host)}:${port}/${encodeURIComponent(database)}`;
};

const execute = async (connection: PostgresConnection, sql: string): Promise<void> => {
  const client = new pg.Client({ ...connection });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
};

const codeOf = (error: unknown): string | undefined => (error as pg.DatabaseError).code;

const unusable = ({ host, port }: PostgresConnection, error: unknown): SettingError =>
  new SettingError(`PostgreSQL at ${host}:${port} cannot be used (${error instanceof Error ? error.message || String(codeOf(error)) : 'no reason'})`);

/**
 * Creates the database the URL names unless it is there.
 * @throws SettingError
 */
export const ensureDatabase = async (url: string): Promise<void> => {
  const connection = connectionAt(url);
  try {
    await execute(connection, 'SELECT 1');
  } catch (error) {
    if (codeOf(error) !== unknownDatabase) throw unusable(connection, error);
    const create = `CREATE DATABASE ${pg.escapeIdentifier(connection.database)}`;
    await execute({ ...connection, database: maintenanceDatabase }, create).catch((failure: unknown) => {
      if (codeOf(failure) !== alreadyThere) throw unusable(connection, failure);
    });
  }
};

/** Drops it. The server waits up to 5 s for connections that are just ending; whoever is connected then is thrown out. */
export const dropDatabase = async (url: string): Promise<void> => {
  const connection = connectionAt(url);
  const server = { ...connection, database: maintenanceDatabase };
  const drop = `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(connection.database)}`;
  await execute(server, drop).catch((error: unknown) => {
    if (codeOf(error) !== inUse) throw error;
    return execute(server, `${drop} WITH (FORCE)`);
  });
};
