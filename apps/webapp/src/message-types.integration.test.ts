import { randomBytes, randomUUID } from 'node:crypto';
import { samples } from '@multiconnect/media/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestWebapp } from './testing/webapp.ts';
import { startTestWebapp } from './testing/webapp.ts';

const to = '16315551001';
const megabyte = 1_048_576;
const letters = (count: number) => 'x'.repeat(count);

let webapp: TestWebapp;
let token: string;
/** Ids of uploads, by the names that the tables below give them. */
const ids = new Map<string, string>();

/** A file of exactly so many bytes that is still of its kind: formats here allow anything behind what they need. */
const padded = (content: Buffer, sizeBytes: number) => Buffer.concat([content, Buffer.alloc(sizeBytes - content.length, 1)]);

const uploads: Readonly<Record<string, readonly [string, () => Buffer]>> = {
  jpeg: ['image/jpeg', () => samples.jpeg()],
  png: ['image/png', () => samples.png()],
  gif: ['image/gif', () => samples.gif()],
  'jpeg of 5 MB': ['image/jpeg', () => padded(samples.jpeg(), 5 * megabyte)],
  'jpeg over 5 MB': ['image/jpeg', () => padded(samples.jpeg(), 5 * megabyte + 1)],
  'png of 16 bit': ['image/png', () => samples.png(8, 8, 16)],
  aac: ['audio/aac', () => samples.aac()],
  m4a: ['audio/mp4', () => samples.mp4({ video: [] })],
  amr: ['audio/amr', () => samples.amr()],
  mp3: ['audio/mpeg', () => samples.mp3()],
  opus: ['audio/ogg; codecs=opus', () => samples.ogg()],
  vorbis: ['audio/ogg', () => samples.ogg('\u0001vorbis')],
  'aac of 16 MB': ['audio/aac', () => padded(samples.aac(), 16 * megabyte)],
  'aac over 16 MB': ['audio/aac', () => padded(samples.aac(), 16 * megabyte + 1)],
  mp4: ['video/mp4', () => samples.mp4()],
  '3gpp': ['video/3gpp', () => samples.mp4({ brand: '3gp4' })],
  'mp4 of h265': ['video/mp4', () => samples.mp4({ video: ['hvc1'] })],
  'mp4 over 16 MB': ['video/mp4', () => padded(samples.mp4(), 16 * megabyte + 1)],
  pdf: ['application/pdf', () => samples.pdf()],
  'any type': ['application/x-own', () => Buffer.concat([Buffer.from([0]), randomBytes(100)])],
  webp: ['image/webp', () => samples.webp()],
  'webp of 511 pixels': ['image/webp', () => samples.webp(511, 512)],
  'animated webp': ['image/webp', () => samples.webp(512, 512, true)],
  'webp of 100 KB': ['image/webp', () => padded(samples.webp(), 102_400)],
  'webp over 100 KB': ['image/webp', () => padded(samples.webp(), 102_401)],
};

beforeAll(async () => {
  webapp = await startTestWebapp();
  token = await webapp.adminToken();
  for (const [name, [contentType, content]] of Object.entries(uploads)) {
    const answer = await webapp.request('POST', '/v1/media', { token, raw: content(), headers: { 'content-type': contentType } });
    const [media] = answer.json['media'] as [{ id: string }];
    ids.set(name, media.id);
  }
  await webapp.store.mediaProviders.save(1, [{ name: 'cdn1', type: 'www', config: { bearer: 'token' } }]);
});
afterAll(() => webapp.close());

const post = (json: unknown) => webapp.request('POST', '/v1/messages', { token, json });

/** The outcome of a post: 201, or the error's code. */
async function outcomeOf(json: object): Promise<number | undefined> {
  const { status, json: body } = await post({ to, ...json });
  return status === 201 ? status : body.errors?.[0]?.code;
}

async function storedOf(json: object): Promise<{ type: string; body: Readonly<Record<string, unknown>> }> {
  const answer = await post({ to, ...json });
  const [message] = answer.json['messages'] as [{ id: string }];
  const { rows } = await webapp.pool.query<{ type: string; body: Readonly<Record<string, unknown>> }>('SELECT type, body FROM message WHERE id = $1', [message.id]);
  return rows[0] ?? expect.fail('no row');
}

const link = 'https://files.example/a.bin';
const byId = (type: string, name: string, more: object = {}) => ({ type, [type]: { id: ids.get(name), ...more } });
const byLink = (type: string, more: object = {}) => ({ type, [type]: { link, ...more } });

describe('a message with a file', () => {
  const table: readonly (readonly [string, string, number, () => object])[] = [
    ['send.image.id', 'an image', 201, () => byId('image', 'jpeg')],
    ['send.image.mime', 'a PNG', 201, () => byId('image', 'png')],
    ['send.image.mime', 'a GIF', 1009, () => byId('image', 'gif')],
    ['send.image.mime', 'a PNG of 16 bits a colour', 1009, () => byId('image', 'png of 16 bit')],
    ['send.image.limit', 'an image of 5 MB', 201, () => byId('image', 'jpeg of 5 MB')],
    ['send.image.limit', 'an image over 5 MB', 1009, () => byId('image', 'jpeg over 5 MB')],
    ['send.image.link', 'an image by link', 201, () => byLink('image')],
    ['send.image.provider', 'an image through a provider', 201, () => byLink('image', { provider: { name: 'cdn1' } })],
    ['send.media.provider.unknown', 'an unknown provider', 1009, () => byLink('image', { provider: { name: 'cdn2' } })],
    ['send.image.caption', 'a caption', 201, () => byId('image', 'jpeg', { caption: 'A house' })],
    ['send.image.caption', 'a caption that is no text', 1009, () => byId('image', 'jpeg', { caption: 1 })],
    ['send.audio.id', 'audio', 201, () => byId('audio', 'mp3')],
    ['send.audio.mime', 'AAC', 201, () => byId('audio', 'aac')],
    ['send.audio.mime', 'MP4', 201, () => byId('audio', 'm4a')],
    ['send.audio.mime', 'AMR', 201, () => byId('audio', 'amr')],
    ['send.audio.mime', 'Ogg with Opus', 201, () => byId('audio', 'opus')],
    ['send.audio.plain_ogg', 'Ogg without Opus', 1009, () => byId('audio', 'vorbis')],
    ['send.audio.limit', 'audio of 16 MB', 201, () => byId('audio', 'aac of 16 MB')],
    ['send.audio.limit', 'audio over 16 MB', 1009, () => byId('audio', 'aac over 16 MB')],
    ['send.audio.link', 'audio by link', 201, () => byLink('audio')],
    ['send.audio.caption', 'audio with a caption', 1010, () => byId('audio', 'mp3', { caption: 'x' })],
    ['send.video.id', 'a video', 201, () => byId('video', 'mp4')],
    ['send.video.mime', '3GPP', 201, () => byId('video', '3gpp')],
    ['send.video.mime', 'a video of another codec', 1009, () => byId('video', 'mp4 of h265')],
    ['send.video.limit', 'a video over 16 MB', 1009, () => byId('video', 'mp4 over 16 MB')],
    ['send.video.link', 'a video by link', 201, () => byLink('video')],
    ['send.video.caption', 'a video with a caption', 201, () => byId('video', 'mp4', { caption: 'x' })],
    ['send.document.id', 'a document', 201, () => byId('document', 'pdf')],
    ['send.document.mime', 'a document of any type', 201, () => byId('document', 'any type')],
    ['send.document.link', 'a document by link', 201, () => byLink('document')],
    ['send.document.caption', 'a document with a caption', 201, () => byId('document', 'pdf', { caption: 'x' })],
    ['send.document.filename', 'a document with a name', 201, () => byId('document', 'pdf', { filename: 'a.pdf' })],
    ['send.image', 'an image with a file name', 1010, () => byId('image', 'jpeg', { filename: 'a.jpg' })],
    ['send.sticker.id', 'a sticker', 201, () => byId('sticker', 'webp')],
    ['send.sticker.link', 'a sticker by link', 201, () => byLink('sticker')],
    ['send.sticker.mime', 'an animated sticker', 1009, () => byId('sticker', 'animated webp')],
    ['send.sticker.mime', 'a PNG as a sticker', 1009, () => byId('sticker', 'png')],
    ['send.sticker.size', 'a sticker of 511 pixels', 1009, () => byId('sticker', 'webp of 511 pixels')],
    ['send.sticker.limit', 'a sticker of 100 KB', 201, () => byId('sticker', 'webp of 100 KB')],
    ['send.sticker.limit', 'a sticker over 100 KB', 1009, () => byId('sticker', 'webp over 100 KB')],
    ['send.media.unknown_id', 'an id of no upload', 1006, () => ({ type: 'image', image: { id: randomUUID() } })],
    ['send.media.unknown_id', 'an id that cannot be one', 1006, () => ({ type: 'image', image: { id: '../../etc/passwd' } })],
    ['send.image', 'neither id nor link', 1009, () => ({ type: 'image', image: {} })],
    ['send.image', 'both id and link', 1009, () => byId('image', 'jpeg', { link })],
    ['send.image.provider', 'a provider without a link', 1009, () => byId('image', 'jpeg', { provider: { name: 'cdn1' } })],
    ['send.image.link', 'a link that is no URL', 1009, () => ({ type: 'image', image: { link: 'files.example' } })],
    ['send.image.link', 'a link to no web server', 1009, () => ({ type: 'image', image: { link: 'file:///etc/passwd' } })],
    ['send.image', 'no image at all', 1008, () => ({ type: 'image' })],
  ];
  it.each(table)('[%s] %s: %i', async (_row, _what, outcome, message) => {
    expect(await outcomeOf(message())).toBe(outcome);
  });

  it('is not checked again a moment later, and never a text', async () => {
    await post({ to, ...byId('image', 'jpeg') });
    const before = webapp.mediaLooks();
    await Promise.all([post({ to, ...byId('image', 'jpeg') }), post({ to, type: 'text', text: { body: 'x' } })]);
    expect(webapp.mediaLooks()).toBe(before);
  });
});

describe('a place and cards', () => {
  const place = { latitude: 37.75, longitude: -122.42 };
  const name = { formatted_name: 'Ann Lee', first_name: 'Ann' };
  const card = {
    addresses: [{ street: '1 Main St', city: 'Menlo Park', state: 'CA', zip: '94025', country: 'United States', country_code: 'us', type: 'HOME' }],
    birthday: '1980-02-29',
    emails: [{ email: 'ann@shop.example', type: 'WORK' }],
    name,
    org: { company: 'Shop', department: 'Sales', title: 'Head' },
    phones: [{ phone: '+1 631 555 1001', type: 'CELL', wa_id: '16315551001' }],
    urls: [{ url: 'https://shop.example', type: 'WORK' }],
    ims: [{ service: 'XMPP', user_id: 'ann@chat.example' }],
  };
  const table: readonly (readonly [string, string, number, object])[] = [
    ['send.location', 'a place', 201, { type: 'location', location: place }],
    ['send.location.name', 'a place with a name', 201, { type: 'location', location: { ...place, name: 'Shop' } }],
    ['send.location.address', 'a place with an address', 201, { type: 'location', location: { ...place, name: 'Shop', address: '1 Main St' } }],
    ['send.location.latitude', 'a latitude over 90', 1009, { type: 'location', location: { ...place, latitude: 90.1 } }],
    ['send.location.latitude', 'no latitude', 1008, { type: 'location', location: { longitude: 1 } }],
    ['send.location.longitude', 'a longitude over 180', 1009, { type: 'location', location: { ...place, longitude: '-180.1' } }],
    ['send.contacts', 'a whole card', 201, { type: 'contacts', contacts: [card] }],
    ['send.contacts', 'no card', 1009, { type: 'contacts', contacts: [] }],
    ['send.contacts', 'more than fits in a message', 1001, { type: 'contacts', contacts: Array.from({ length: 200 }, () => ({ name: { ...name, last_name: letters(1000) } })) }],
    ['send.contacts.name', 'only a formatted name', 1009, { type: 'contacts', contacts: [{ name: { formatted_name: 'Ann' } }] }],
    ['send.contacts.name', 'no formatted name', 1008, { type: 'contacts', contacts: [{ name: { first_name: 'Ann' } }] }],
    ['send.contacts.birthday', 'a birthday that is no date', 1009, { type: 'contacts', contacts: [{ name, birthday: '1981-02-29' }] }],
    ['send.contacts', 'an unknown field', 1010, { type: 'contacts', contacts: [{ name, age: 7 }] }],
  ];
  it.each(table)('[%s] %s: %i', async (_row, _what, outcome, message) => {
    expect(await outcomeOf(message)).toBe(outcome);
  });

  it('takes numeric strings as numbers [send.location.latitude] [send.location.longitude]', async () => {
    const { body } = await storedOf({ type: 'location', location: { latitude: '37.75', longitude: '-122.42' } });
    expect(body['location']).toEqual(place);
  });
});

describe('an interactive message', () => {
  const body = { text: 'Which one?' };
  const button = (id: string, title = id) => ({ type: 'reply', reply: { id, title } });
  const buttons = (...list: readonly object[]) => ({ type: 'button', body, action: { buttons: list } });
  const one = buttons(button('1'));
  const row = (id: string, more: object = {}) => ({ id, title: 'Row', ...more });
  const rows = (count: number) => Array.from({ length: count }, (_, index) => row(String(index)));
  const list = (sections: readonly object[], more: object = {}) => ({ type: 'list', body, action: { button: 'Choose', sections, ...more } });
  const product = { type: 'product', body, action: { catalog_id: 'c', product_retailer_id: 'p' } };
  const items = (count: number) => Array.from({ length: count }, (_, index) => ({ product_retailer_id: String(index) }));
  const products = (sections: readonly object[]) => ({ type: 'product_list', header: { type: 'text', text: 'Shop' }, body, action: { catalog_id: 'c', sections } });
  const flow = (more: object = {}) => ({
    type: 'flow',
    body,
    action: { name: 'flow', parameters: { flow_message_version: '3', flow_token: 't', flow_id: '1', flow_cta: 'Book', ...more } },
  });
  const table: readonly (readonly [string, string, number, () => object])[] = [
    ['send.interactive.button', 'buttons', 201, () => one],
    ['send.interactive.button.count', 'three buttons', 201, () => buttons(button('1'), button('2'), button('3'))],
    ['send.interactive.button.count', 'four buttons', 1009, () => buttons(button('1'), button('2'), button('3'), button('4'))],
    ['send.interactive.button.count', 'no button', 1009, () => buttons()],
    ['send.interactive.button.id', 'an id of 256 characters', 201, () => buttons(button(letters(256), 'x'))],
    ['send.interactive.button.id', 'an id of 257 characters', 1009, () => buttons(button(letters(257), 'x'))],
    ['send.interactive.button.title', 'a title of 20 characters', 201, () => buttons(button('1', letters(20)))],
    ['send.interactive.button.title', 'a title of 21 characters', 1009, () => buttons(button('1', letters(21)))],
    ['send.interactive.header.text', 'a header of 60 characters', 201, () => ({ ...one, header: { type: 'text', text: letters(60) } })],
    ['send.interactive.header.text', 'a header of 61 characters', 1009, () => ({ ...one, header: { type: 'text', text: letters(61) } })],
    ['send.interactive.header.image', 'an image above', 201, () => ({ ...one, header: { type: 'image', image: { id: ids.get('jpeg') } } })],
    ['send.interactive.header.image', 'an image that is a video', 1009, () => ({ ...one, header: { type: 'image', image: { id: ids.get('mp4') } } })],
    ['send.interactive.header.image', 'an image that is not there', 1006, () => ({ ...one, header: { type: 'image', image: { id: randomUUID() } } })],
    ['send.interactive.header.video', 'a video above', 201, () => ({ ...one, header: { type: 'video', video: { id: ids.get('mp4') } } })],
    ['send.interactive.header.document', 'a document above', 201, () => ({ ...one, header: { type: 'document', document: { id: ids.get('pdf'), filename: 'a.pdf' } } })],
    ['send.interactive.body', 'a body of 1024 characters', 201, () => ({ ...one, body: { text: letters(1024) } })],
    ['send.interactive.body', 'a body of 1025 characters', 1009, () => ({ ...one, body: { text: letters(1025) } })],
    ['send.interactive.body', 'no body', 1008, () => ({ ...one, body: undefined })],
    ['send.interactive.footer', 'a footer of 60 characters', 201, () => ({ ...one, footer: { text: letters(60) } })],
    ['send.interactive.footer', 'a footer of 61 characters', 1009, () => ({ ...one, footer: { text: letters(61) } })],
    ['send.interactive.action_string', 'an action as JSON text', 201, () => ({ ...one, action: JSON.stringify(one.action) })],
    ['send.interactive.action_string', 'an action that is another text', 1009, () => ({ ...one, action: 'buttons' })],
    ['send.interactive.list', 'a list', 201, () => list([{ rows: rows(1) }])],
    ['send.interactive.list.button', 'a button of 20 characters', 201, () => list([{ rows: rows(1) }], { button: letters(20) })],
    ['send.interactive.list.button', 'a button of 21 characters', 1009, () => list([{ rows: rows(1) }], { button: letters(21) })],
    ['send.interactive.list.sections', 'ten sections', 201, () => list(Array.from({ length: 10 }, (_, index) => ({ title: 'S', rows: [row(String(index))] })))],
    ['send.interactive.list.sections', 'eleven sections', 1009, () => list(Array.from({ length: 11 }, (_, index) => ({ title: 'S', rows: [row(String(index))] })))],
    ['send.interactive.list.section_title', 'a section title of 25 characters', 1009, () => list([{ title: letters(25), rows: rows(1) }])],
    ['send.interactive.list.section_title', 'two sections without titles', 1009, () => list([{ rows: [row('1')] }, { rows: [row('2')] }])],
    ['send.interactive.list.rows', 'ten rows', 201, () => list([{ rows: rows(10) }])],
    ['send.interactive.list.rows', 'eleven rows in two sections', 1009, () => list([{ title: 'A', rows: rows(10) }, { title: 'B', rows: [row('x')] }])],
    ['send.interactive.list.row_id', 'a row id of 201 characters', 1009, () => list([{ rows: [row(letters(201))] }])],
    ['send.interactive.list.row_title', 'a row title of 25 characters', 1009, () => list([{ rows: [row('1', { title: letters(25) })] }])],
    ['send.interactive.list.row_description', 'a description of 72 characters', 201, () => list([{ rows: [row('1', { description: letters(72) })] }])],
    ['send.interactive.list.row_description', 'a description of 73 characters', 1009, () => list([{ rows: [row('1', { description: letters(73) })] }])],
    ['send.interactive.list.header', 'a list under an image', 1008, () => ({ ...list([{ rows: rows(1) }]), header: { type: 'image', image: { id: ids.get('jpeg') } } })],
    ['send.interactive.product', 'a product', 201, () => product],
    ['send.interactive.product.catalog_id', 'no catalogue', 1008, () => ({ ...product, action: { product_retailer_id: 'p' } })],
    ['send.interactive.product.product_retailer_id', 'no product', 1008, () => ({ ...product, action: { catalog_id: 'c' } })],
    ['send.interactive.product.header', 'a product with a header', 1010, () => ({ ...product, header: { type: 'text', text: 'x' } })],
    ['send.interactive.product_list', 'products', 201, () => products([{ product_items: items(1) }])],
    ['send.interactive.product_list.header', 'products without a header', 1008, () => ({ ...products([{ product_items: items(1) }]), header: undefined })],
    ['send.interactive.product_list.products', 'thirty products', 201, () => products([{ title: 'A', product_items: items(15) }, { title: 'B', product_items: items(15) }])],
    ['send.interactive.product_list.products', 'thirty-one products', 1009, () => products([{ title: 'A', product_items: items(16) }, { title: 'B', product_items: items(15) }])],
    ['send.interactive.product_list.sections', 'eleven sections', 1009, () => products(Array.from({ length: 11 }, () => ({ title: 'S', product_items: items(1) })))],
    ['send.interactive.flow', 'a flow', 201, () => flow()],
    ['send.interactive.flow.version', 'another version', 1009, () => flow({ flow_message_version: '2' })],
    ['send.interactive.flow.token', 'no token', 1008, () => flow({ flow_token: undefined })],
    ['send.interactive.flow.id', 'no flow', 1008, () => flow({ flow_id: undefined })],
    ['send.interactive.flow.cta', 'a button of 21 characters', 1009, () => flow({ flow_cta: letters(21) })],
    ['send.interactive.flow.mode', 'a draft', 201, () => flow({ mode: 'draft' })],
    ['send.interactive.flow.mode', 'another mode', 1009, () => flow({ mode: 'live' })],
    ['send.interactive.flow.action', 'an exchange of data', 201, () => flow({ flow_action: 'data_exchange' })],
    ['send.interactive.flow.action', 'another action', 1009, () => flow({ flow_action: 'go' })],
    ['send.interactive.flow.payload', 'a first screen with data', 201, () => flow({ flow_action: 'navigate', flow_action_payload: { screen: 'FIRST', data: { a: [1] } } })],
    ['send.interactive.cta_url', 'a link button', 1009, () => ({ type: 'cta_url', body, action: { name: 'cta_url', parameters: {} } })],
  ];
  it.each(table)('[%s] %s: %i', async (_row, _what, outcome, interactive) => {
    expect(await outcomeOf({ type: 'interactive', interactive: interactive() })).toBe(outcome);
  });
});

describe('reactions and replies', () => {
  const table: readonly (readonly [string, string, number, object])[] = [
    ['send.reaction', 'a reaction', 201, { type: 'reaction', reaction: { message_id: 'ABGGx', emoji: '👍' } }],
    ['send.reaction.remove', 'an empty emoji', 201, { type: 'reaction', reaction: { message_id: 'ABGGx', emoji: '' } }],
    ['send.reaction.message_id', 'no message', 1008, { type: 'reaction', reaction: { emoji: '👍' } }],
    ['send.reaction.emoji', 'no emoji', 1008, { type: 'reaction', reaction: { message_id: 'ABGGx' } }],
    ['send.context.message_id', 'a reply', 201, { type: 'text', text: { body: 'x' }, context: { message_id: 'ABGGx' } }],
    ['send.context.message_id', 'a reply to nothing', 1008, { type: 'text', text: { body: 'x' }, context: {} }],
  ];
  it.each(table)('[%s] %s: %i', async (_row, _what, outcome, message) => {
    expect(await outcomeOf(message)).toBe(outcome);
  });
});
