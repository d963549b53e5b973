import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { statement } from './postgres/statements.ts';
import { unfencedWrites, withoutOneFence, writes } from './testing/fence-check.ts';

/** Writes that carry no epoch, and why they may. Whatever else writes is an owner's, and fenced. */
const unfenced: Readonly<Record<string, string>> = {
  'accept-messages': 'webapps accept: a new row, unique by its id and its idempotency key',
  'mark-read': 'webapps mark by request: a state that moves forward, and one marker the first time',
  'identity-acknowledge': 'webapps acknowledge by request: the hash that is acknowledged is compared',
  'callbacks-raise': 'any process tells of the account: a new row, unique by its event id',
  'dead-letters-drop': 'webapps drop by request: dead rows only, on which no owner works',
  'dead-letters-replay': 'webapps replay by request: dead rows only, on which no owner works',
  'contacts-save': 'a copy of what the registry says, by any process that asked it',
  'media-add': 'webapps and owners: a new row, unique by its id',
  'media-remove': 'webapps remove by request',
  'media-used': 'any process that uses a file: a time that does not go back',
  'media-uploaded': 'a copy at the chat network that works as well as any other: the last one stays',
  'media-providers-save': 'webapps configure by request',
  'media-providers-remove': 'webapps configure by request',
  'account-code-requested': 'the leading master registers by request',
  'account-registered': 'the leading master registers by request',
  'account-shard-count': 'the leading master is told the number of shards; the term guards the map itself',
  'pin-save': 'the leading master changes two-step verification by request',
  'certificates-save': 'webapps configure by request',
  'certificates-save-if-absent': 'webapps agree on a first certificate: the first one stays',
  'certificates-remove': 'webapps configure by request',
  'profile-write': 'webapps configure by request',
  'photo-save': 'webapps configure by request',
  'photo-remove': 'webapps configure by request',
  'settings-write': 'webapps configure by request',
  'settings-clear': 'webapps configure by request',
  'restore-account': 'a webapp restores into a cluster without a number, which has no owners',
  'restore-clear': 'a webapp restores into a cluster without a number, which has no owners',
  'restore-prekeys': 'a webapp restores into a cluster without a number, which has no owners',
  'stickerpacks-add': 'webapps keep sticker packs by request',
  'stickerpacks-change': 'webapps keep sticker packs by request',
  'stickerpacks-remove': 'webapps keep sticker packs by request',
  'stickers-add': 'webapps keep sticker packs by request',
  'stickers-change': 'webapps keep sticker packs by request',
  'stickers-remove': 'webapps keep sticker packs by request',
  'users-create': 'webapps keep users by request',
  'users-remove': 'webapps keep users by request',
  'users-update': 'webapps keep users by request',
};

const names = readdirSync(new URL('../sql', import.meta.url))
  .filter((file) => file.endsWith('.sql'))
  .map((file) => file.slice(0, -'.sql'.length));
const writing = names.filter((name) => writes(statement(name).text));
const owners = writing.filter((name) => unfenced[name] === undefined);

describe('a statement by which an owner writes', () => {
  it.each(owners)('%s makes no write without the fence', (name) => {
    expect(unfencedWrites(statement(name).text)).toEqual([]);
  });

  it.each(owners)('%s is found out when any one mention of the fence is taken out of it', (name) => {
    const tampered = withoutOneFence(statement(name).text);
    expect(tampered).not.toHaveLength(0);
    expect(tampered.filter((text) => unfencedWrites(text).length === 0)).toEqual([]);
  });

  it.each(owners)('%s is found out when the fence does not compare the epoch', (name) => {
    const tampered = statement(name).text.replace('AND epoch = $3', 'AND $3::bigint IS NOT NULL');
    expect(unfencedWrites(tampered)).not.toEqual([]);
  });
});

describe('a statement that writes without an epoch', () => {
  it('is one of those that may, each for a reason of its own', () => {
    expect(writing.filter((name) => unfencedWrites(statement(name).text).length > 0).sort()).toEqual(Object.keys(unfenced).sort());
  });
});

describe('the check of the fence', () => {
  const fence = 'WITH fence AS MATERIALIZED (SELECT 1 FROM shard WHERE account = $1 AND shard = $2 AND epoch = $3 FOR SHARE)';

  it.each([
    ['in a subquery of a value', 'gone AS (DELETE FROM t WHERE n = (SELECT count(*) FROM fence))'],
    ['by one side of a full join', 'a AS (SELECT 1 FROM fence), b AS (SELECT 2), gone AS (INSERT INTO t SELECT 1 FROM a FULL JOIN b ON true)'],
    ['by one side of a union', 'a AS (SELECT 1 FROM fence), b AS (SELECT 2), gone AS (INSERT INTO t SELECT 1 FROM a UNION SELECT 1 FROM b)'],
    ['by a left join', 'b AS (SELECT 2), gone AS (INSERT INTO t SELECT 1 FROM b LEFT JOIN fence ON true)'],
    ['in a comment', 'gone AS (DELETE FROM t -- USING fence\n)'],
  ])('does not take a fence %s for one', (_where, members) => {
    expect(unfencedWrites(`${fence}, ${members} SELECT 1`)).toEqual(['gone']);
  });

  it('sees a write that follows the list', () => {
    expect(unfencedWrites(`${fence} DELETE FROM t`)).toEqual(['the statement itself']);
    expect(unfencedWrites(`${fence} DELETE FROM t USING fence`)).toEqual([]);
  });
});
