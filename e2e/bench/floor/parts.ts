import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { decrypt, encrypt, generateIdentity, generatePreKeys, generateSignedPreKey, type SessionRecord, startSession } from '@multiconnect/signal';
import { openStream, type Route, xml } from '@multiconnect/xmpp';
import { Queue, Worker } from 'bullmq';
import pg from 'pg';
import { Agent } from 'undici';

// What a message costs at the least: each part alone, written as plainly as its library allows, and given what the gateway has at
// some hundred messages a second: messages that come in groups.

export interface FloorFacts {
  readonly postgresUrl: string;
  readonly redisUrl: string;
  readonly account: { readonly jid: string; readonly password: string };
  /** The bare JID that is written to. */
  readonly to: string;
  readonly routes: readonly Route[];
  readonly ca?: string;
  /** Takes every post. */
  readonly sinkUrl: string;
}

/** Prepares a part; what it answers does the work of that many messages, in groups. */
type Part = (facts: FloorFacts) => Promise<(messages: number) => Promise<void>>;

export const groupSize = 20;
const text = 'load 01234567 to 15550000001 number 1. Your order has left the warehouse and reaches you tomorrow between nine and twelve.';
const body = JSON.stringify({ text: { body: text } });

async function inGroups(messages: number, work: (count: number) => Promise<unknown>): Promise<void> {
  for (let done = 0; done < messages; done += groupSize) await work(Math.min(groupSize, messages - done));
}

const insert: Part = async ({ postgresUrl }) => {
  const client = new pg.Client(postgresUrl);
  await client.connect();
  await client.query('DROP TABLE IF EXISTS floor');
  await client.query('CREATE TABLE floor (id text PRIMARY KEY, customer text NOT NULL, body json NOT NULL, at timestamptz NOT NULL DEFAULT now())');
  const statement = { name: 'floor', text: 'INSERT INTO floor (id, customer, body) SELECT * FROM unnest($1::text[], $2::text[], $3::json[])' };
  return (messages) =>
    inGroups(messages, (count) => {
      const each = Array.from({ length: count });
      return client.query({ ...statement, values: [each.map(() => randomUUID()), each.map(() => '15550000001'), each.map(() => body)] });
    });
};

const job: Part = ({ redisUrl }) => {
  const { hostname, port } = new URL(redisUrl);
  const connection = { host: hostname, port: Number(port), maxRetriesPerRequest: null };
  const options = { connection, prefix: 'floor' };
  const queue = new Queue('floor', { ...options, defaultJobOptions: { removeOnComplete: true, removeOnFail: true } });
  return Promise.resolve(async (messages) => {
    let left = messages;
    const done = Promise.withResolvers<undefined>();
    const work = () => {
      left -= 1;
      if (left === 0) done.resolve(undefined);
      return Promise.resolve();
    };
    const worker = new Worker('floor', work, { ...options, concurrency: groupSize });
    await inGroups(messages, (count) => queue.addBulk(Array.from({ length: count }, () => ({ name: 'message', data: { ids: [randomUUID()] } }))));
    await done.promise;
    await worker.close();
  });
};

async function establishedSession() {
  const [local, peer] = [await generateIdentity(), await generateIdentity()];
  const signed = await generateSignedPreKey(peer, 1);
  const [preKey] = await generatePreKeys(1, 1);
  if (preKey === undefined) throw new Error('no prekey');
  const first = await encrypt(
    local,
    await startSession(local, {
      deviceId: 1,
      identityKey: peer.identityKeyPair.publicKey,
      signedPreKey: { id: 1, publicKey: signed.keyPair.publicKey, signature: signed.signature },
      preKey: { id: 1, publicKey: preKey.keyPair.publicKey },
    }),
    Buffer.alloc(32),
  );
  const prekeys = { preKey: () => Promise.resolve(preKey.keyPair), signedPreKey: () => Promise.resolve(signed.keyPair) };
  const received = await decrypt(peer, undefined, first.message, prekeys);
  const answer = await encrypt(peer, received.session, Buffer.alloc(32));
  const { session } = await decrypt(local, first.session, answer.message, prekeys);
  return { local, session };
}

const encryption: Part = async () => {
  const { local, session } = await establishedSession();
  const key = Buffer.alloc(32, 7); // what OMEMO encrypts to a device: a key and a tag
  let current: SessionRecord = session;
  return (messages) => inGroups(messages, async (count) => {
    for (let index = 0; index < count; index++) ({ session: current } = await encrypt(local, current, key));
  });
};

const send: Part = async ({ account, to, routes, ca }) => {
  let acknowledged = 0;
  const stream = await openStream({
    ...{ account, routes, resource: 'floor', connectTimeoutMs: 10_000, keepAliveIntervalMs: 60_000, maxUnhandledStanzas: 500 },
    ...(ca === undefined ? {} : { ca }),
    onStanza: () => undefined,
    onAcknowledged: (ids) => void (acknowledged += ids.length),
    onClosed: () => undefined,
  });
  const ciphertext = Buffer.alloc(240, 7).toString('base64');
  const stanzaOf = (id: string) =>
    xml('message', { to, id, type: 'chat' }, xml('encrypted', { xmlns: 'eu.siacs.conversations.axolotl' }, xml('payload', {}, ciphertext)));
  return async (messages) => {
    const wanted = acknowledged + messages;
    await inGroups(messages, async (count) => {
      for (let index = 0; index < count; index++) stream.send(stanzaOf(String(index)), String(index));
      while (stream.unacknowledged().length > 10 * groupSize) await sleep(1);
    });
    while (acknowledged < wanted) await sleep(1);
  };
};

const post: Part = ({ sinkUrl }) => {
  const { origin, pathname } = new URL(sinkUrl);
  const agent = new Agent({ connections: groupSize, pipelining: 1 });
  const headers = { 'content-type': 'application/json' };
  const one = async () => {
    const answer = await agent.request({ origin, path: pathname, method: 'POST', headers, body });
    await answer.body.dump();
  };
  return Promise.resolve((messages) => inGroups(messages, (count) => Promise.all(Array.from({ length: count }, one))));
};

export const parts = { insert, job, encryption, send, post } as const;
export type PartName = keyof typeof parts;
