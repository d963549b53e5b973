import { randomUUID } from 'node:crypto';
import type { SentFile } from '@multiconnect/contract';
import { samples, startWebServer, type WebServer } from '@multiconnect/media/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Business, openBusiness } from './support/business.ts';
import { failureOf, openRecipient, postMessage, type Recipient, signUpCustomer } from './support/recipient.ts';
import { approveTemplates } from './support/templates.ts';

let business: Business;
let customer: Recipient;
let web: WebServer;
let namespace: string;
const authorizations: (string | undefined)[] = [];
const fetched: string[] = [];

const jpeg = samples.jpeg(64, 64, 3, Buffer.alloc(40_000, 9));
const files = {
  '/photo.jpg': ['image/jpeg', jpeg],
  '/song.mp3': ['audio/mpeg', Buffer.concat([samples.mp3(), Buffer.alloc(5_000, 3)])],
  '/film.mp4': ['video/mp4', samples.mp4()],
  '/paper.pdf': ['application/pdf', samples.pdf()],
  '/sticker.webp': ['image/webp', samples.webp()],
  '/lie.jpg': ['image/jpeg', samples.html()],
} as const satisfies Readonly<Record<string, readonly [string, Buffer]>>;
type Path = keyof typeof files;
const isPath = (path: string): path is Path => path in files;

const post = (message: object, to = customer.number) => postMessage(business, to, message);

/** What the phone shows of a posted message. */
const shownOf = async (message: object, at = customer) => at.shows(await post(message, at.number));

async function upload(path: Path): Promise<string> {
  const [contentType, content] = files[path];
  const { body } = await business.gateway.upload(business.token, '/v1/media', content, contentType);
  return (body as { media: [{ id: string }] }).media[0].id;
}

async function query(text: string, values: readonly unknown[]): Promise<void> {
  const client = new pg.Client({ connectionString: business.cluster.postgresUrl });
  await client.connect();
  await client.query(text, [...values]);
  await client.end();
}

beforeAll(async () => {
  web = await startWebServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://web');
    authorizations.push(request.headers.authorization);
    fetched.push(pathname);
    if (!isPath(pathname)) response.writeHead(pathname === '/busy' ? 503 : 404).end();
    else response.writeHead(200, { 'content-type': files[pathname][0] }).end(files[pathname][1]);
  });
  business = await openBusiness();
  customer = await openRecipient(business);
  namespace = await approveTemplates(business, [
    { name: 'hello', language: 'en', components: [{ type: 'BODY', text: 'Hello {{1}}' }] },
    { name: 'hello', language: 'de', components: [{ type: 'BODY', text: 'Hallo {{1}}' }] },
    { name: 'bill', language: 'en', components: [{ type: 'BODY', text: 'You owe {{1}} by {{2}}, {{3}}' }] },
    { name: 'bill', language: 'de', components: [{ type: 'BODY', text: 'Bitte zahlen Sie {{1}} bis {{2}}, {{3}}' }] },
    { name: 'only_english', language: 'en', components: [{ type: 'BODY', text: 'Only in English' }] },
    {
      name: 'pictured',
      language: 'en',
      components: [
        { type: 'HEADER', format: 'IMAGE' },
        { type: 'BODY', text: 'Your order {{1}}' },
        { type: 'FOOTER', text: 'The shop' },
        {
          type: 'BUTTONS',
          buttons: [
            { type: 'QUICK_REPLY', text: 'Thanks' },
            { type: 'URL', text: 'Track', url: 'https://shop.example/{{1}}' },
            { type: 'PHONE_NUMBER', text: 'Call', phone_number: '+16315550000' },
          ],
        },
      ],
    },
    { name: 'filmed', language: 'en', components: [{ type: 'HEADER', format: 'VIDEO' }, { type: 'BODY', text: 'Look' }] },
    { name: 'attached', language: 'en', components: [{ type: 'HEADER', format: 'DOCUMENT' }, { type: 'BODY', text: 'Read' }] },
    { name: 'headed', language: 'en', components: [{ type: 'HEADER', format: 'TEXT', text: 'For {{1}}' }, { type: 'BODY', text: 'Read' }] },
  ]);
});
afterAll(async () => {
  await customer.phone.close();
  await business.close();
  await web.close();
});

const aesgcm = expect.stringMatching(/^aesgcm:\/\/[^#]+#[0-9a-f]{88}$/) as string;
const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
const sent = (path: Path, more: object = {}) => ({ url: aesgcm, mime_type: files[path][0], sha256, file_size: files[path][1].length, ...more });

async function expectBytes(file: SentFile, path: Path): Promise<void> {
  expect(Buffer.from(await customer.phone.download(file)).equals(files[path][1])).toBe(true);
}

describe('a text', () => {
  it('is shown, with a preview wherever that was asked for [send.text] [send.text.preview_url] [send.text.preview_url.inside]', async () => {
    const text = { body: 'Look at https://shop.example' };
    const beside = await shownOf({ type: 'text', text, preview_url: true });
    const inside = await shownOf({ type: 'text', text: { ...text, preview_url: true } });
    const plain = await shownOf({ type: 'text', text });
    for (const shown of [beside, inside]) expect(shown).toMatchObject({ text: text.body, content: { type: 'text', text: { ...text, preview_url: true } } });
    expect(plain.text).toBe(text.body);
    expect(plain.content).toBeUndefined();
  });
});

describe('a file', () => {
  const table: readonly (readonly [string, Path, object])[] = [
    ['image', '/photo.jpg', { caption: 'A <house> & "garden"' }],
    ['audio', '/song.mp3', {}],
    ['video', '/film.mp4', { caption: 'The film' }],
    ['document', '/paper.pdf', { caption: 'The paper', filename: 'paper & more.pdf' }],
    ['sticker', '/sticker.webp', {}],
  ];
  it.each(table)('that was uploaded is shown as %s, byte for byte [send.image] [send.audio] [send.video] [send.document] [send.sticker]', async (type, path, more) => {
    const { content } = await shownOf({ type, [type]: { id: await upload(path), ...more } });
    expect(content).toEqual({ type, [type]: sent(path, more) });
    await expectBytes((content as unknown as Readonly<Record<string, SentFile>>)[type] ?? expect.fail('no file'), path);
  });

  it.each(table)('behind a link is shown as %s, byte for byte [send.image.link] [send.audio.link] [send.video.link] [send.document.link] [send.sticker.link]', async (type, path, more) => {
    const { content } = await shownOf({ type, [type]: { link: `${web.origin}${path}?for=${randomUUID()}`, ...more } });
    expect(content).toEqual({ type, [type]: sent(path, more) });
    await expectBytes((content as unknown as Readonly<Record<string, SentFile>>)[type] ?? expect.fail('no file'), path);
  });

  it('is fetched with what its provider asks for, and never without [send.media.provider.bearer] [send.media.provider.basic] [send.image.provider]', async () => {
    await business.gateway.call(business.token, 'POST', '/v1/settings/application/media/providers', [
      { name: 'by-token', type: 'www', config: { bearer: 'secret-token' } },
      { name: 'by-user', type: 'www', config: { basic: { username: 'shop', password: 'pa:ss' } } },
    ]);
    const link = () => `${web.origin}/photo.jpg?for=${randomUUID()}`;
    authorizations.length = 0;
    for (const provider of [{ name: 'by-token' }, { name: 'by-user' }, undefined]) {
      await shownOf({ type: 'image', image: { link: link(), ...(provider !== undefined && { provider }) } });
    }
    expect(authorizations).toEqual(['Bearer secret-token', `Basic ${Buffer.from('shop:pa:ss').toString('base64')}`, undefined]);
  });

  it('goes to many customers by one fetch and one upload, and again once the network has forgotten it [send.media.reupload] [faq.media_14_days]', async () => {
    const link = `${web.origin}/photo.jpg?for=${randomUUID()}`;
    const before = fetched.length;
    const others = await Promise.all([openRecipient(business), openRecipient(business)]);
    const urls = new Set<string>();
    for (const one of [customer, ...others, customer]) {
      const { content } = await shownOf({ type: 'image', image: { link } }, one);
      urls.add(content?.type === 'image' ? content.image.url : expect.fail('no image'));
    }
    // Another minute may have begun meanwhile.
    expect(urls.size).toBeLessThanOrEqual(2);
    expect(fetched.length - before).toBe(urls.size);
    for (const { phone } of others) await phone.close();

    const id = await upload('/photo.jpg');
    const urlOf = async () => {
      const { content } = await shownOf({ type: 'image', image: { id } });
      return content?.type === 'image' ? content.image.url : undefined;
    };
    const first = await urlOf();
    expect(await urlOf()).toBe(first);
    await query(`UPDATE media SET chat_uploaded_at = now() - interval '15 days' WHERE id = $1`, [id]);
    expect(await urlOf()).not.toBe(first);
  });

  it('does not let later messages overtake it [faq.no_order]', async () => {
    const image = await upload('/photo.jpg');
    const ids: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      ids.push(await post({ type: 'image', image: round % 2 === 0 ? { link: `${web.origin}/photo.jpg?for=${randomUUID()}` } : { id: image } }));
      ids.push(await post({ type: 'text', text: { body: `after ${round}` } }));
    }
    await customer.shows(ids.at(-1) ?? '');
    expect(customer.order.filter((id) => ids.includes(id))).toEqual(ids);
  });

  it('that cannot be fetched fails its message, and holds up no other [send.media.link_failed] [error.400]', async () => {
    const closed = await startWebServer(() => undefined);
    await closed.close();
    const image = (link: string) => ({ type: 'image', image: { link } });
    const failing = [`${web.origin}/missing.jpg`, `${web.origin}/busy`, `${closed.origin}/photo.jpg`, `${web.origin}/lie.jpg`, `${web.origin}/paper.pdf`];
    const ids = [];
    for (const link of failing) ids.push(await post(image(link)));
    const text = await post({ type: 'text', text: { body: 'still here' } });
    for (const id of ids) expect(await failureOf(business, id)).toMatchObject({ code: 400, title: 'Media download error' });
    await customer.shows(text);
    expect(fetched.filter((path) => path === '/missing.jpg')).toHaveLength(1);
    expect(fetched.filter((path) => path === '/busy')).toHaveLength(5);
  });

  it('that was deleted after its message was accepted fails the message [faq.media_deletable] [error.1006]', async () => {
    const id = await upload('/photo.jpg');
    await shownOf({ type: 'image', image: { id } });
    await business.gateway.call(business.token, 'DELETE', `/v1/media/${id}`);
    expect(await failureOf(business, await post({ type: 'image', image: { id } }))).toMatchObject({ code: 1006 });
  });
});

describe('a place and cards', () => {
  it('are shown as such [send.location] [send.location.name] [send.location.address] [send.contacts]', async () => {
    const location = { latitude: 37.75, longitude: -122.42, name: 'Shop & Co', address: '1 <Main> St' };
    const place = await shownOf({ type: 'location', location: { ...location, latitude: '37.75' } });
    expect(place).toMatchObject({ text: 'Shop & Co\n1 <Main> St\ngeo:37.75,-122.42', content: { type: 'location', location } });
    const contacts = [
      {
        name: { formatted_name: 'Ann Lee', first_name: 'Ann', last_name: 'Lee' },
        birthday: '1980-02-29',
        phones: [{ phone: '+1 631 555 1001', type: 'CELL', wa_id: '16315551001' }],
        emails: [{ email: 'ann@shop.example', type: 'WORK' }],
        addresses: [{ street: '1 Main St', city: 'Menlo Park', state: 'CA', zip: '94025', country: 'United States', country_code: 'us', type: 'HOME' }],
        org: { company: 'Shop', department: 'Sales', title: 'Head' },
        urls: [{ url: 'https://shop.example', type: 'WORK' }],
        ims: [{ service: 'XMPP', user_id: 'ann@chat.example' }],
      },
      { name: { formatted_name: 'Bob', first_name: 'Bob' } },
    ];
    expect((await shownOf({ type: 'contacts', contacts })).content).toEqual({ type: 'contacts', contacts });
  });
});

describe('an interactive message', () => {
  const frame = { body: { text: 'Which one?' }, footer: { text: 'The shop' } };
  const buttons = { buttons: [{ type: 'reply', reply: { id: 'b', title: 'Basic' } }, { type: 'reply', reply: { id: 'p', title: 'Pro' } }] };
  const rows = { button: 'Choose', sections: [{ title: 'Plans', rows: [{ id: 'b', title: 'Basic', description: 'Enough' }, { id: 'p', title: 'Pro' }] }] };
  const table: readonly (readonly [string, string, object])[] = [
    ['send.interactive.button', 'buttons', { type: 'button', ...frame, action: buttons }],
    ['send.interactive.header.text', 'buttons under a text', { type: 'button', header: { type: 'text', text: 'Plans' }, ...frame, action: buttons }],
    ['send.interactive.list', 'a list', { type: 'list', header: { type: 'text', text: 'Plans' }, ...frame, action: rows }],
    ['send.interactive.product', 'a product', { type: 'product', ...frame, action: { catalog_id: 'c', product_retailer_id: 'p' } }],
    [
      'send.interactive.product_list',
      'products',
      { type: 'product_list', header: { type: 'text', text: 'Tea' }, ...frame, action: { catalog_id: 'c', sections: [{ title: 'Green', product_items: [{ product_retailer_id: 'p' }] }] } },
    ],
    [
      'send.interactive.flow',
      'a flow',
      {
        type: 'flow',
        ...frame,
        action: {
          name: 'flow',
          parameters: { flow_message_version: '3', flow_token: 't', flow_id: '1', flow_cta: 'Book', mode: 'published', flow_action: 'navigate', flow_action_payload: { screen: 'FIRST', data: { a: [1, null] } } },
        },
      },
    ],
  ];
  it.each(table)('[%s] of type %s is shown as posted [faq.flows]', async (_row, _what, interactive) => {
    expect((await shownOf({ type: 'interactive', interactive })).content).toEqual({ type: 'interactive', interactive });
  });

  const headers: readonly (readonly [string, Path, object])[] = [
    ['image', '/photo.jpg', {}],
    ['video', '/film.mp4', {}],
    ['document', '/paper.pdf', { filename: 'paper.pdf' }],
  ];
  it.each(headers)('has its %s above it, by id and by link [send.interactive.header.image] [send.interactive.header.video] [send.interactive.header.document]', async (type, path, more) => {
    for (const source of [{ id: await upload(path) }, { link: `${web.origin}${path}?for=${randomUUID()}` }]) {
      const interactive = { type: 'button', ...frame, action: buttons };
      const { content } = await shownOf({ type: 'interactive', interactive: { ...interactive, header: { type, [type]: { ...source, ...more } } } });
      expect(content).toEqual({ type: 'interactive', interactive: { ...interactive, header: { type, [type]: sent(path, more) } } });
    }
  });

  it('is numbered for those who see its text only', async () => {
    const { text } = await shownOf({ type: 'interactive', interactive: { type: 'list', ...frame, action: rows } });
    expect(text).toBe('Which one?\nPlans\n1) Basic – Enough\n2) Pro\nThe shop');
  });
});

describe('a template', () => {
  const language = (code: string, policy = 'deterministic') => ({ policy, code });
  const template = (name: string, components: readonly object[] = [], code = 'en', policy?: string) => ({
    type: 'template',
    template: { namespace, name, language: language(code, policy), components },
  });
  const body = (...parameters: readonly object[]) => ({ type: 'body', parameters });
  const amount = { fallback_value: '$100.99', code: 'EUR', amount_1000: 100_990 };
  const day = { fallback_value: 'soon', year: 2026, month: 2, day_of_month: 25 };

  it('is shown filled in, in the language asked for [send.template] [send.template.body.text] [send.template.header.text]', async () => {
    const { content, text } = await shownOf(template('headed', [{ type: 'header', parameters: [{ type: 'text', text: 'Ann' }] }, body()]));
    expect(content).toEqual({ type: 'template', template: { namespace, name: 'headed', language: 'en', header: { type: 'text', text: 'For Ann' }, body: 'Read', buttons: [] } });
    expect(text).toBe('For Ann\n\nRead');
    expect((await shownOf(template('hello', [body({ type: 'text', text: '{{1}} & <b>' })], 'de'))).content).toMatchObject({ template: { language: 'de', body: 'Hallo {{1}} & <b>' } });
  });

  it('has amounts and dates as its language writes them, in either form [send.template.body.currency] [send.template.body.date_time] [send.template.body.date_time.timestamp] [send.template.body.date_time.day_of_week] [send.hsm] [send.hsm.localizable_params.default] [send.hsm.localizable_params.currency] [send.hsm.localizable_params.date_time.component] [send.hsm.localizable_params.date_time.unix_epoch]', async () => {
    const parameters = [{ type: 'currency', currency: amount }, { type: 'date_time', date_time: day }, { type: 'date_time', date_time: { fallback_value: 'x', day_of_week: 'MONDAY' } }];
    const textOf = async (message: object) => (await shownOf(message)).text;
    expect(await textOf(template('bill', [body(...parameters)]))).toBe('You owe €100.99 by February 25, 2026, Monday');
    expect(await textOf(template('bill', [body(...parameters)], 'de'))).toBe('Bitte zahlen Sie 100,99\u00a0€ bis 25. Februar 2026, Montag');
    const hsm = (code: string) => ({
      type: 'hsm',
      hsm: {
        namespace,
        element_name: 'bill',
        language: language(code),
        localizable_params: [
          { default: '$100.99', currency: { currency_code: 'EUR', amount_1000: '100990' } },
          { default: 'soon', date_time: { component: { year: 2026, month: 2, day_of_month: 25 } } },
          { default: 'x', date_time: { unix_epoch: { timestamp: 1_772_015_400 } } },
        ],
      },
    });
    expect(await textOf(hsm('de'))).toBe('Bitte zahlen Sie 100,99\u00a0€ bis 25. Februar 2026, 25. Februar 2026 um 10:30');
  });

  it('has its file and its buttons [send.template.header.image] [send.template.button.quick_reply] [send.template.button.url]', async () => {
    const components = [
      { type: 'header', parameters: [{ type: 'image', image: { link: `${web.origin}/photo.jpg?for=${randomUUID()}` } }] },
      body({ type: 'text', text: 'A7' }),
      { type: 'button', sub_type: 'quick_reply', index: '0', parameters: [{ type: 'payload', payload: 'thanks' }] },
      { type: 'button', sub_type: 'url', index: '1', parameters: [{ type: 'text', text: 'A7' }] },
    ];
    const { content, text } = await shownOf(template('pictured', components));
    const buttons = [
      { type: 'quick_reply', text: 'Thanks', payload: 'thanks' },
      { type: 'url', text: 'Track', url: 'https://shop.example/A7' },
      { type: 'phone_number', text: 'Call', phone_number: '+16315550000' },
    ];
    const header = { type: 'image', image: sent('/photo.jpg') };
    expect(content).toEqual({ type: 'template', template: { namespace, name: 'pictured', language: 'en', header, body: 'Your order A7', footer: 'The shop', buttons } });
    expect(text.split('\n\n').slice(1)).toEqual(['Your order A7', 'The shop', '1) Thanks\nTrack: https://shop.example/A7\nCall: +16315550000']);
  });

  it.each([
    ['filmed', 'video', '/film.mp4'],
    ['attached', 'document', '/paper.pdf'],
  ] as const)('%s has its %s [send.template.header.video] [send.template.header.document]', async (name, type, path) => {
    const { content } = await shownOf(template(name, [{ type: 'header', parameters: [{ type, [type]: { id: await upload(path) } }] }]));
    expect(content).toMatchObject({ template: { header: { type, [type]: sent(path) } } });
  });

  it('under fallback is in the language of the customer’s phone, and fails when that has it not [send.template.language.policy.fallback] [faq.structure_unavailable]', async () => {
    const german = await openRecipient(business, 'de');
    expect((await shownOf(template('hello', [body({ type: 'text', text: 'Ann' })], 'en', 'fallback'), german)).text).toBe('Hallo Ann');
    const error = await failureOf(business, await post(template('only_english', [], 'en', 'fallback'), german.number));
    expect(error).toEqual({ code: 500, title: 'structure unavailable: Client could not display highly structured message' });
    await german.phone.close();
  });

  it('that a phone cannot show fails, with its id and recipient [faq.structure_unavailable]', async () => {
    const old = await openRecipient(business, undefined, { rendersTemplates: false });
    const id = await post(template('hello', [body({ type: 'text', text: 'Ann' })]), old.number);
    expect(await failureOf(business, id)).toEqual({ code: 500, title: 'structure unavailable: Client could not display highly structured message' });
    expect(old.order).toEqual([]);
    await old.phone.close();
  });

  it('that could not be sent before its time to live was over fails [send.ttl] [send.ttl.seconds] [error.410]', async () => {
    const withoutDevice = await signUpCustomer(business);
    const id = await post({ ...template('hello', [body({ type: 'text', text: 'Ann' })]), ttl: 1 }, withoutDevice.number);
    expect(await failureOf(business, id)).toEqual({ code: 410, title: 'Message expired' });
  });

  it('that is approved is there at once, and one that is deleted is not [faq.template_20_minutes]', async () => {
    const name = 'late';
    await approveTemplates(business, [{ name, language: 'en', components: [{ type: 'BODY', text: 'Late' }] }]);
    await expect.poll(async () => shownOf(template(name)).then(({ text }) => text, () => undefined), { timeout: 20_000 }).toBe('Late');
  });
});

describe('reactions and replies', () => {
  it('are about messages of both sides [send.reaction] [send.reaction.message_id] [send.reaction.emoji] [send.reaction.remove] [send.context.message_id]', async () => {
    const ours = await post({ type: 'text', text: { body: 'Our message' } });
    const stanzaId = await customer.phone.send(business.number, `Their message ${ours}`);
    const { body } = await business.sink.waitFor(({ rawBody }) => rawBody.includes(`Their message ${ours}`));
    const theirs = (body as { messages: [{ id: string }] }).messages[0].id;
    expect(theirs).toMatch(/^ABGG/);
    for (const [id, known] of [[ours, ours], [theirs, stanzaId]] as const) {
      for (const emoji of ['👍', '']) {
        const { content } = await shownOf({ type: 'reaction', reaction: { message_id: id, emoji } });
        expect(content).toEqual({ type: 'reaction', reaction: { message_id: known, emoji } });
      }
      const { content } = await shownOf({ type: 'text', text: { body: 'Yes' }, context: { message_id: id } });
      expect(content).toEqual({ type: 'text', text: { body: 'Yes' }, context: { message_id: known } });
    }
    const image = await shownOf({ type: 'image', image: { id: await upload('/photo.jpg') }, context: { message_id: theirs } });
    expect(image.content).toMatchObject({ type: 'image', context: { message_id: stanzaId } });
  });

  it('to a message that nobody knows: the reply stands alone, the reaction fails', async () => {
    const unknown = 'ABGGFmkiWVVPAgkgQkwi7IORac0';
    const reply = await shownOf({ type: 'text', text: { body: 'Yes' }, context: { message_id: unknown } });
    expect([reply.text, reply.content]).toEqual(['Yes', undefined]);
    expect(await failureOf(business, await post({ type: 'reaction', reaction: { message_id: unknown, emoji: '👍' } }))).toMatchObject({ code: 1006 });
  });
});
