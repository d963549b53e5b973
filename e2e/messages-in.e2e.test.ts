import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { InboundContent, PhoneNotice, ReceivedFileType } from '@multiconnect/contract';
import { testServices } from '@multiconnect/local/testing';
import { aesgcmUrl, encrypt, type FileKey, newFileKey } from '@multiconnect/media';
import { samples, startWebServer, type WebServer } from '@multiconnect/media/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Business, openBusiness } from './support/business.ts';
import { isStatus } from './support/callbacks.ts';
import { ownerOf, shardOf } from './support/ownership.ts';
import { openPerson, type Person } from './support/person.ts';

const shards = 1;
let business: Business;
let web: WebServer;
/** A phone that knows everything, and one that says nothing but text, as any client does. */
let ann: Person;
let bob: Person;

/** What the web server has: by path, answered by these. */
const paths = new Map<string, (response: ServerResponse) => void>();

beforeAll(async () => {
  web = await startWebServer(({ url }, response) => (paths.get(url ?? '') ?? (() => response.writeHead(404).end()))(response));
  const trusted = [new URL(testServices().ejabberdApiUrl).origin, web.origin].join(',');
  business = await openBusiness({ shards, environment: { MULTICONNECT_TRUSTED_ORIGINS: trusted } });
  ann = await openPerson(business, { nickname: 'Ann' });
  bob = await openPerson(business);
});
afterAll(async () => {
  await ann.phone.close();
  await bob.phone.close();
  await business.close();
  await web.close();
});

const anyId = expect.stringMatching(/^ABGG[\w-]{23}$/) as string;
const anyTime = expect.stringMatching(/^[0-9]{10}$/) as string;
const anyUuid = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;
const sha256Of = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

/** The whole callback of a message of Ann's. */
const fromAnn = (message: object) => ({
  contacts: [{ profile: { name: 'Ann' }, wa_id: ann.number }],
  messages: [{ from: ann.number, id: anyId, timestamp: anyTime, ...message }],
});
const fromBob = (message: object) => ({
  contacts: [{ profile: { name: bob.number }, wa_id: bob.number }],
  messages: [{ from: bob.number, id: anyId, timestamp: anyTime, ...message }],
});

const settings = (change: object) => business.gateway.call(business.token, 'PATCH', '/v1/settings/application', change);
const send = (content: InboundContent) => ann.phone.sendContent(business.number, content);

/** What the back end gets for a media id. */
async function download(id: string): Promise<{ readonly type: string | undefined; readonly content: Buffer }> {
  const agent = new Agent({ rejectUnauthorized: false });
  const asked = request(`${business.cluster.webappUrl}/v1/media/${id}`, { agent, headers: { authorization: `Bearer ${business.token}` } }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  return { type: response.headers['content-type'], content: await buffer(response) };
}

const fileIn = (body: { readonly messages: readonly object[] }, type: string) => (body.messages[0] as Record<string, { readonly id: string }>)[type] as { readonly id: string };

async function encrypted(content: Uint8Array, key: FileKey): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of encrypt(samples.streamOf(content), key)) parts.push(part);
  return Buffer.concat(parts);
}

/** A file that a phone has put at an upload service of its own. */
const imageAt = (path: string, key = newFileKey()): InboundContent => ({
  type: 'image',
  image: { url: aesgcmUrl(`${web.origin}${path}`, key), mime_type: 'image/jpeg', caption: path },
});

const contacts = [{ name: { formatted_name: 'Bob Jones', first_name: 'Bob' }, phones: [{ phone: '+1 631 555', type: 'CELL', wa_id: '1631555' }] }];
const order = { catalog_id: 'c1', text: 'please', product_items: [{ product_retailer_id: 'p1', quantity: 2, item_price: 9.5, currency: 'USD' }] };
const location = { latitude: 48.2, longitude: 16.37, name: 'Office', address: 'Street 1', url: 'https://example.com/' };

describe('a message from a customer', () => {
  it.each<[string, InboundContent]>([
    ['text [callback.text.body]', { type: 'text', text: { body: 'Grüße <&> 👋' } }],
    ['location [callback.location.latitude] [callback.location.longitude] [callback.location.name] [callback.location.address] [callback.location.url]', { type: 'location', location }],
    ['contacts [callback.contacts]', { type: 'contacts', contacts }],
    ['button [callback.button.payload] [callback.button.text]', { type: 'button', button: { payload: 'stop', text: 'Stop' } }],
    ['button without a payload', { type: 'button', button: { payload: null, text: 'Stop' } }],
    ['button reply [callback.interactive.button_reply]', { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: '1', title: 'Yes' } } }],
    ['list reply [callback.interactive.list_reply]', { type: 'interactive', interactive: { type: 'list_reply', list_reply: { id: '1', title: 'Pro', description: 'all' } } }],
    ['flow reply [callback.interactive.nfm_reply]', { type: 'interactive', interactive: { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{"a":1}' } } }],
    ['order [callback.order.catalog_id] [callback.order.text] [callback.order.product_items]', { type: 'order', order }],
  ])('comes back as what it is: %s', async (_what, content) => {
    await send(content);
    expect(await ann.nextMessage()).toEqual(fromAnn(content));
  });

  it('tells what it answers, what it reacts to, and what stands around it [callback.message.context] [callback.message.context.forwarded] [callback.message.context.referred_product] [callback.reaction]', async () => {
    const ours = await business.sendText(ann.number, 'Is it all right?');
    await ann.untilShown(ours);
    const text = { type: 'text', text: { body: 'yes' } } as const;
    const first = await send({ ...text, context: { message_id: ours } });
    const answer = await ann.nextMessage();
    expect(answer).toEqual(fromAnn({ ...text, context: { from: business.number, id: ours } }));
    const referred_product = { catalog_id: 'c', product_retailer_id: 'p' };
    await send({ ...text, context: { message_id: first, forwarded: true, frequently_forwarded: true, referred_product } });
    const context = { from: ann.number, id: answer.messages[0]?.id, forwarded: true, frequently_forwarded: true, referred_product };
    expect(await ann.nextMessage()).toEqual(fromAnn({ ...text, context }));
    await send({ type: 'reaction', reaction: { message_id: ours, emoji: '👍' } });
    expect(await ann.nextMessage()).toEqual(fromAnn({ type: 'reaction', reaction: { message_id: ours, emoji: '👍' } }));
    await send({ type: 'reaction', reaction: { message_id: first, emoji: '' } });
    expect(await ann.nextMessage()).toEqual(fromAnn({ type: 'reaction', reaction: { message_id: answer.messages[0]?.id, emoji: '' } }));
  });

  it.each(['ephemeral', 'unsupported', 'hologram'])('of a kind that has no form is unknown: %s [callback.unknown] [callback.message.errors] [error.501]', async (type) => {
    await ann.phone.notify(business.number, { type, [type]: {} } as unknown as PhoneNotice);
    const errors = [{ code: 501, title: 'Unknown message type', details: 'Message type is currently not supported' }];
    const expected = fromAnn({ type: 'unknown', errors });
    expect(await ann.nextMessage()).toEqual({ ...expected, contacts: [{ profile: { name: ann.number }, wa_id: ann.number }] });
  });
});

const jpeg = samples.jpeg();
const files: readonly (readonly [string, ReceivedFileType, Uint8Array, string, string, object])[] = [
  ['image [callback.image]', 'image', jpeg, 'image/png', 'image/jpeg', { caption: 'me' }],
  ['video [callback.video]', 'video', samples.mp4(), 'video/mp4', 'video/mp4', { caption: 'us' }],
  ['audio [callback.audio]', 'audio', samples.mp3(), 'audio/mpeg', 'audio/mpeg', { filename: 'song.mp3' }],
  ['voice [callback.voice]', 'voice', samples.ogg(), 'audio/ogg; codecs=opus', 'audio/ogg; codecs=opus', {}],
  ['document [callback.document]', 'document', samples.pdf(), 'application/pdf', 'application/pdf', { caption: 'bill', filename: 'bill.pdf' }],
  ['sticker [callback.sticker]', 'sticker', samples.webp(), 'image/webp', 'image/webp', { animated: false, metadata: { 'sticker-pack-id': 'cats' } }],
];

describe('a file from a customer', () => {
  it.each(files)(
    'is downloaded when its type is: %s [callback.message.contacts.profile] [callback.media.id] [callback.media.mime_type] [callback.media.sha256] [callback.media.caption] [callback.media.filename] [callback.sticker.animated] [callback.sticker.metadata] [callback.media.contacts] [contradiction.10] [settings.media.auto_download]',
    async (_name, type, content, saidType, type_, extras) => {
      await ann.phone.sendFile(business.number, { type, file: content, mimeType: saidType, ...extras });
      const body = await ann.nextMessage();
      expect(body).toEqual(fromAnn({ type, [type]: { id: anyUuid, mime_type: type_, sha256: sha256Of(content), ...extras } }));
      expect(await download(fileIn(body, type).id)).toEqual({ type: type_, content: Buffer.from(content) });
    },
  );

  it.each(files)(
    'is left where it is when its type is not downloaded: %s [callback.media.undownloaded] [settings.media.auto_download.empty] [faq.no_download]',
    async (_name, type, content, saidType, _type, extras) => {
      const others = files.map(([, one]) => one).filter((one) => one !== type);
      await settings({ media: { auto_download: type === 'sticker' ? [] : others } });
      await ann.phone.sendFile(business.number, { type, file: content, mimeType: saidType, ...extras });
      const body = await ann.nextMessage();
      await settings({ media: { auto_download: files.map(([, one]) => one) } });
      expect(body).toEqual(fromAnn({ type, [type]: { mime_type: saidType, sha256: sha256Of(content), ...extras, status: 'undownloaded' } }));
    },
  );

  it('of an advertisement is downloaded unless that is switched off [callback.message.referral] [settings.skip_referral_media_download]', async () => {
    const key = newFileKey();
    const cipher = await encrypted(jpeg, key);
    paths.set('/ad', (response) => response.end(cipher));
    const source = { headline: 'Sale', body: 'Half price', source_type: 'ad', source_id: '7', source_url: 'https://example.com/ad' } as const;
    const content: InboundContent = { type: 'text', text: { body: 'hi' }, referral: { ...source, image: { url: aesgcmUrl(`${web.origin}/ad`, key), mime_type: 'image/jpeg' } } };
    await send(content);
    const image = { id: anyUuid, mime_type: 'image/jpeg', sha256: sha256Of(jpeg) };
    expect(await ann.nextMessage()).toEqual(fromAnn({ type: 'text', text: { body: 'hi' }, referral: { ...source, image } }));
    await settings({ skip_referral_media_download: true });
    await send(content);
    const body = await ann.nextMessage();
    await settings({ skip_referral_media_download: false });
    expect(body).toEqual(fromAnn({ type: 'text', text: { body: 'hi' }, referral: { ...source, image: { mime_type: 'image/jpeg', status: 'undownloaded' } } }));
  });

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['that is gone from the upload service', (response) => response.writeHead(404).end(), 'The file could not be downloaded'],
    ['that was changed', (response) => response.end(Buffer.alloc(100)), 'The file could not be decrypted'],
    ['that is too large', (response) => response.writeHead(200, { 'content-length': 200_000_000 }).write('x'), 'The file is too large'],
  ])('%s fails alone: its message says why [callback.media.failed] [error.400]', async (_what, answer, details) => {
    paths.set('/bad', answer);
    await send(imageAt('/bad'));
    await send({ type: 'text', text: { body: 'after it' } });
    const errors = [{ code: 400, title: 'Media download error', details }];
    expect(await ann.nextMessage()).toEqual(fromAnn({ type: 'image', image: { mime_type: 'image/jpeg', caption: '/bad' }, errors }));
    expect(await ann.nextMessage()).toEqual(fromAnn({ type: 'text', text: { body: 'after it' } }));
  });

  it('that comes slowly holds up what its customer sends after it and nobody else, and survives the death of the shard’s owner', async () => {
    const key = newFileKey();
    const cipher = await encrypted(jpeg, key);
    const asked = Promise.withResolvers<undefined>();
    paths.set('/slow', (response) => {
      response.writeHead(200, { 'content-length': cipher.length }).write(cipher.subarray(0, 10));
      paths.set('/slow', (next) => next.end(cipher));
      asked.resolve(undefined);
    });
    const before = business.sink.callbacks.length;
    await send(imageAt('/slow', key));
    await send({ type: 'text', text: { body: 'after the slow one' } });
    await asked.promise;
    await bob.phone.send(business.number, 'a long text that answers nothing and waits for nobody, whatever Ann sends');
    expect(await bob.nextMessage()).toMatchObject({ messages: [{ type: 'text' }] });
    const toldOfAnn = business.sink.callbacks.slice(before).filter(({ rawBody }) => rawBody.includes(`"from":"${ann.number}"`));
    expect(toldOfAnn).toEqual([]);
    const owner = await ownerOf(business.cluster, shardOf(ann.number, shards));
    await owner.kill('SIGKILL');
    expect(await ann.nextMessage()).toEqual(fromAnn({ type: 'image', image: { id: anyUuid, mime_type: 'image/jpeg', sha256: sha256Of(jpeg), caption: '/slow' } }));
    expect(await ann.nextMessage()).toEqual(fromAnn({ type: 'text', text: { body: 'after the slow one' } }));
    await owner.restart();
  });

  it('leaves its key in no callback and no log', () => {
    const logs = business.cluster.processes.map(({ name }) => readFileSync(join(business.cluster.dir, 'logs', `${name}.log`), 'utf8')).join('');
    const told = business.sink.callbacks.map(({ rawBody }) => rawBody).join('');
    expect([logs.length > 0, /aesgcm:/i.test(logs), /aesgcm:/i.test(told)]).toEqual([true, false, false]);
  });
});

describe('a client that knows nothing of ours', () => {
  const key = newFileKey();
  const say = (text: string) => bob.phone.send(business.number, text);

  it('sends a place as a geo: address', async () => {
    await say('geo:48.2,16.37;u=30');
    expect(await bob.nextMessage()).toEqual(fromBob({ type: 'location', location: { latitude: 48.2, longitude: 16.37 } }));
  });

  it('sends a file as its address, and its bytes say what it is', async () => {
    const cipher = await encrypted(jpeg, key);
    paths.set('/up/photo.pdf', (response) => response.end(cipher));
    await say(aesgcmUrl(`${web.origin}/up/photo.pdf`, key));
    expect(await bob.nextMessage()).toEqual(fromBob({ type: 'image', image: { id: anyUuid, mime_type: 'image/jpeg', sha256: sha256Of(jpeg) } }));
    paths.set('/up/bill.pdf', (response) => response.end(samples.pdf()));
    await say(`${web.origin}/up/bill.pdf`);
    expect(await bob.nextMessage()).toEqual(
      fromBob({ type: 'document', document: { id: anyUuid, mime_type: 'application/pdf', sha256: sha256Of(samples.pdf()), filename: 'bill.pdf' } }),
    );
  });

  it('answers choices by typing a number or a title, once [callback.interactive.plain]', async () => {
    const ask = async (interactive: object) => {
      const { body } = await business.gateway.call(business.token, 'POST', '/v1/messages', { to: bob.number, type: 'interactive', interactive });
      const [{ id }] = (body as { messages: [{ id: string }] }).messages;
      await bob.untilShown(id);
      return id;
    };
    const buttons = ['Yes', 'No'].map((title) => ({ type: 'reply', reply: { id: `id-${title}`, title } }));
    const asked = await ask({ type: 'button', body: { text: 'Well?' }, action: { buttons } });
    await say('2');
    const reply = { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'id-No', title: 'No' } } };
    expect(await bob.nextMessage()).toEqual(fromBob({ ...reply, context: { from: business.number, id: asked } }));
    await say('2');
    expect(await bob.nextMessage()).toEqual(fromBob({ type: 'text', text: { body: '2' } }));
    const rows = [{ id: 'b', title: 'Basic' }, { id: 'p', title: 'Pro', description: 'all of it' }];
    const listed = await ask({ type: 'list', body: { text: 'Which?' }, action: { button: 'Plans', sections: [{ rows }] } });
    await say('pro');
    const chosen = { type: 'interactive', interactive: { type: 'list_reply', list_reply: { id: 'p', title: 'Pro', description: 'all of it' } } };
    expect(await bob.nextMessage()).toEqual(fromBob({ ...chosen, context: { from: business.number, id: listed } }));
  });
});

describe('a notice of a phone', () => {
  const statusesOf = (id: string) => business.sink.callbacks.flatMap(({ body }) => (body as { statuses?: { id: string }[] }).statuses ?? []).filter((one) => one.id === id);
  const told = async (id: string, status: string) => {
    await business.sink.waitFor(isStatus(id, status));
    return statusesOf(id).find((one) => 'status' in one && one.status === status);
  };

  it('tells that a customer took a message back [callback.status.deleted]', async () => {
    const stanzaId = await send({ type: 'text', text: { body: 'oh no' } });
    const [{ id }] = (await ann.nextMessage()).messages as unknown as [{ id: string }];
    await ann.phone.deleteMessage(business.number, stanzaId);
    expect(await told(id, 'deleted')).toEqual({ id, recipient_id: ann.number, status: 'deleted', timestamp: anyTime });
  });

  it('tells of a message that could not be shown, and warns of one [callback.status.warning] [faq.structure_unavailable]', async () => {
    const [hidden, incapable, poor] = [await business.sendText(ann.number, 'one'), await business.sendText(ann.number, 'two'), await business.sendText(ann.number, 'three')];
    await ann.untilShown(poor);
    await ann.phone.notify(business.number, { type: 'not_shown', not_shown: { message_id: hidden, reason: 'structure' } });
    await ann.phone.notify(business.number, { type: 'not_shown', not_shown: { message_id: incapable, reason: 'incapable' } });
    await ann.phone.notify(business.number, { type: 'warning', warning: { message_id: poor, reason: 'product_missing' } });
    const failed = { recipient_id: ann.number, status: 'failed', timestamp: anyTime };
    expect(await told(hidden, 'failed')).toEqual({ ...failed, id: hidden, errors: [{ code: 500, title: 'structure unavailable: Client could not display highly structured message' }] });
    expect(await told(incapable, 'failed')).toEqual({ ...failed, id: incapable, errors: [{ code: 1026, title: 'Receiver incapable' }] });
    expect(await told(poor, 'warning')).toEqual({ ...failed, id: poor, status: 'warning' });
  });

  it('of one customer touches no message to another', async () => {
    const id = await business.sendText(bob.number, 'for Bob');
    await bob.untilShown(id);
    await told(id, 'delivered');
    await ann.phone.notify(business.number, { type: 'not_shown', not_shown: { message_id: id, reason: 'structure' } });
    await ann.phone.notify(business.number, { type: 'warning', warning: { message_id: id, reason: 'product_missing' } });
    await send({ type: 'text', text: { body: 'done' } });
    await ann.nextMessage();
    bob.phone.markRead(id);
    await told(id, 'read');
    expect(statusesOf(id).map((one) => 'status' in one && one.status)).toEqual(['sent', 'delivered', 'read']);
  });

  it('tells that a customer has another number now [callback.system.user_changed_number] [settings.notify_user_change_number] [faq.changed_number]', async () => {
    const newWaId = bob.number;
    await ann.phone.notify(business.number, { type: 'changed_number', changed_number: { wa_id: newWaId } });
    const body = `The customer changed from ${ann.number} to ${newWaId}`;
    const system = { type: 'user_changed_number', body, new_wa_id: newWaId, wa_id: newWaId };
    const expected = fromAnn({ type: 'system', system });
    expect(await ann.nextMessage()).toEqual({ ...expected, contacts: [{ profile: { name: ann.number }, wa_id: ann.number }] });
    const { body: checked } = await business.gateway.call(business.token, 'POST', '/v1/contacts', { blocking: 'wait', contacts: [`+${ann.number}`, `+${newWaId}`] });
    expect((checked as { contacts: object[] }).contacts).toMatchObject([{ status: 'invalid' }, { status: 'valid', wa_id: newWaId }]);
    await settings({ notify_user_change_number: false });
    await ann.phone.notify(business.number, { type: 'changed_number', changed_number: { wa_id: newWaId } });
    await send({ type: 'text', text: { body: 'not told' } });
    expect(await ann.nextMessage()).toMatchObject({ messages: [{ type: 'text' }] });
    await settings({ notify_user_change_number: true });
  });
});
