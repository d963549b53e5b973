import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestWebapp } from './testing/webapp.ts';
import { startTestWebapp, userPassword } from './testing/webapp.ts';

const meta = { version: '2.57.2', api_status: 'stable' };
let webapp: TestWebapp;
let token: string;
let webp: string;
let png: string;

const send = (method: string, path: string, json?: unknown) => webapp.request(method, path, { token, json });
const idIn = (json: Readonly<Record<string, unknown>>, list: string) => (json[list] as [{ id: string }])[0].id;

async function upload(raw: Buffer, type: string): Promise<string> {
  const { json } = await webapp.request('POST', '/v1/media', { token, raw, headers: { 'content-type': type } });
  return idIn(json, 'media');
}

const sticker = () => {
  const head = Buffer.alloc(40);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(32, 4);
  head.write('WEBPVP8 ', 8, 'latin1');
  head.writeUIntBE(0x9d012a, 23, 3);
  head.writeUInt16LE(512, 26);
  head.writeUInt16LE(512, 28);
  return head;
};

beforeAll(async () => {
  webapp = await startTestWebapp();
  const admin = await webapp.adminToken();
  await webapp.request('POST', '/v1/users', { token: admin, json: { username: 'oper', password: userPassword } });
  token = await webapp.tokenOf('oper', userPassword);
  webp = await upload(sticker(), 'image/webp');
  png = await upload(Buffer.from('89504e470d0a1a0a0000000d49484452000000080000000808060000000000000000', 'hex'), 'image/png');
});
afterAll(() => webapp.close());

describe('/v1/stickerpacks', () => {
  it('are made, listed, shown, changed and removed [stickers.packs.list] [stickers.packs.create] [stickers.packs.create.ios_app_store_link] [stickers.packs.create.android_app_store_link] [stickers.packs.read] [stickers.packs.change] [stickers.packs.delete]', async () => {
    const made = await send('POST', '/v1/stickerpacks', { publisher: 'Ann', name: 'Cats', ios_app_store_link: 'https://apps.example/cats', android_app_store_link: 'https://play.example/cats' });
    const id = idIn(made.json, 'stickerpacks');
    expect([made.status, made.json]).toEqual([200, { stickerpacks: [{ id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string }], meta }]);
    expect((await send('GET', '/v1/stickerpacks')).json).toEqual({ stickerpacks: [{ id }], meta });
    const changed = await send('PATCH', `/v1/stickerpacks/${id}`, { name: 'More cats' });
    expect([changed.status, changed.json]).toEqual([200, { meta }]);
    expect((await send('GET', `/v1/stickerpacks/${id}`)).json).toEqual({
      stickerpacks: [{ id, publisher: 'Ann', name: 'More cats', ios_app_store_link: 'https://apps.example/cats', android_app_store_link: 'https://play.example/cats' }],
      meta,
    });
    expect((await send('DELETE', `/v1/stickerpacks/${id}`)).status).toBe(200);
    expect((await send('GET', `/v1/stickerpacks/${id}`)).json.errors?.[0]?.code).toBe(1006);
    expect((await send('GET', '/v1/stickerpacks')).json['stickerpacks']).toEqual([]);
  });

  it('hold stickers, each under an index that no other had [stickers.list] [stickers.add] [stickers.add.image_data_id] [stickers.add.emojis] [stickers.read] [stickers.change] [stickers.delete]', async () => {
    const id = idIn((await send('POST', '/v1/stickerpacks', { publisher: 'Ann', name: 'Cats' })).json, 'stickerpacks');
    const path = `/v1/stickerpacks/${id}/stickers`;
    const added = await send('POST', path, { image_data_id: webp, emojis: ['😺'] });
    expect([added.status, added.json]).toEqual([200, { stickers: [{ index: '0' }], meta }]);
    expect((await send('POST', path, { image_data_id: webp })).json['stickers']).toEqual([{ index: '1' }]);
    expect((await send('GET', path)).json['stickers']).toEqual([{ index: '0' }, { index: '1' }]);
    expect((await send('PATCH', `${path}/0`, { emojis: ['😸', '😻'] })).json).toEqual({ meta });
    expect((await send('GET', `${path}/0`)).json['stickers']).toEqual([{ index: '0', id: webp, image_data_id: webp, emojis: ['😸', '😻'] }]);
    expect((await send('DELETE', `${path}/1`)).status).toBe(200);
    expect((await send('DELETE', `${path}/1`)).status).toBe(404);
    expect((await send('POST', path, { image_data_id: webp })).json['stickers']).toEqual([{ index: '2' }]);
    for (let count = 0; count < 28; count += 1) expect((await send('POST', path, { image_data_id: webp })).status).toBe(200);
    expect((await send('POST', path, { image_data_id: webp })).json.errors?.[0]?.code).toBe(1009);
  });

  it('of the network there are none, and nobody may make any [stickers.packs.list.first_party] [stickers.first_party_read_only]', async () => {
    expect((await send('GET', '/v1/stickerpacks?namespace=whatsapp')).json).toEqual({ stickerpacks: [], meta });
    expect((await send('GET', `/v1/stickerpacks/${randomUUID()}?namespace=whatsapp`)).status).toBe(404);
    for (const [method, path] of [['POST', ''], ['DELETE', `/${randomUUID()}`]] as const) {
      const answer = await send(method, `/v1/stickerpacks${path}?namespace=whatsapp`, method === 'POST' ? { publisher: 'x', name: 'y' } : undefined);
      expect([answer.status, answer.json.errors?.[0]?.code]).toEqual([403, 1005]);
    }
    expect((await send('GET', '/v1/stickerpacks?namespace=other')).json.errors?.[0]?.code).toBe(1009);
  });

  it('refuse what is wrong, and change nothing [stickers.packs.unknown] [stickers.packs.create.publisher] [stickers.packs.create.name]', async () => {
    const id = idIn((await send('POST', '/v1/stickerpacks', { publisher: 'Ann', name: 'Dogs' })).json, 'stickerpacks');
    const unknown = `/v1/stickerpacks/${randomUUID()}`;
    const before = await webapp.stateDigest();
    const cases: readonly (readonly [string, string, unknown, number])[] = [
      ['POST', '/v1/stickerpacks', {}, 1008],
      ['POST', '/v1/stickerpacks', { publisher: 'x', name: '' }, 1009],
      ['POST', '/v1/stickerpacks', { publisher: 'x', name: 'y', ios_app_store_link: 'javascript:1' }, 1009],
      ['POST', '/v1/stickerpacks', { publisher: 'x', name: 'y', price: 1 }, 1010],
      ['PATCH', `/v1/stickerpacks/${id}`, {}, 1009],
      ['PATCH', unknown, { name: 'x' }, 1006],
      ['DELETE', unknown, undefined, 1006],
      ['GET', '/v1/stickerpacks/x', undefined, 1006],
      ['GET', '/v1/stickerpacks/%00', undefined, 1006],
      ['GET', `${unknown}/stickers`, undefined, 1006],
      ['POST', `${unknown}/stickers`, { image_data_id: webp }, 1006],
      ['POST', `/v1/stickerpacks/${id}/stickers`, { emojis: [] }, 1008],
      ['POST', `/v1/stickerpacks/${id}/stickers`, { image_data_id: randomUUID() }, 1009],
      ['POST', `/v1/stickerpacks/${id}/stickers`, { image_data_id: png }, 1009],
      ['POST', `/v1/stickerpacks/${id}/stickers`, { image_data_id: webp, emojis: ['1', '2', '3', '4'] }, 1009],
      ['GET', `/v1/stickerpacks/${id}/stickers/0`, undefined, 1006],
      ['PATCH', `/v1/stickerpacks/${id}/stickers/99999999999`, { emojis: [] }, 1006],
      ['PATCH', `/v1/stickerpacks/${id}/stickers/0`, {}, 1009],
      ['DELETE', `/v1/stickerpacks/${id}/stickers/-1`, undefined, 1006],
    ];
    for (const [method, path, json, code] of cases) expect([method, path, (await send(method, path, json)).json.errors?.[0]?.code]).toEqual([method, path, code]);
    expect(await webapp.stateDigest()).toBe(before);
  });
});
