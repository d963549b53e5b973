import { request as httpsRequest } from 'node:https';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TestWebapp } from './testing/webapp.ts';
import { startTestWebapp, userPassword } from './testing/webapp.ts';

const meta = { version: '2.57.2', api_status: 'stable' };
let webapp: TestWebapp;
let token: string;
const notices: unknown[] = [];

beforeAll(async () => {
  webapp = await startTestWebapp();
  webapp.cluster.handlers.coreapp = {
    'settings.changed': (request) => {
      notices.push(request);
      return Promise.resolve({});
    },
  };
  token = await webapp.adminToken();
});
afterAll(() => webapp.close());
beforeEach(() => {
  notices.length = 0;
});

const send = (method: string, path: string, json?: unknown) => webapp.request(method, path, { token, json });
const settingsOf = async (path: string) => (await send('GET', path)).json['settings'];
const png = (width: number, height: number, bytes = 100) => {
  const header = Buffer.from('89504e470d0a1a0a0000000d49484452000000000000000008060000000000000000', 'hex');
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  return Buffer.concat([header, Buffer.alloc(bytes, 7)]);
};
const jpeg = Buffer.concat([Buffer.from('ffd8ffc0001108010001000301220002110103110000', 'hex'), Buffer.alloc(50)]);

describe('/v1/settings/business/profile', () => {
  const path = '/v1/settings/business/profile';
  const profile = { address: '1 Tea St', description: 'Tea & more', email: 'tea@house.example', vertical: 'Restaurant', websites: ['https://tea.example', 'http://tea.example/2'] };

  it('is empty at first, keeps what a part of it sets, and tells the cluster [profile.business.read] [profile.business.save] [profile.business.partial] [faq.profile_partial]', async () => {
    expect(await settingsOf(path)).toEqual({ business: { profile: {} } });
    const set = await send('POST', path, { address: profile.address });
    expect([set.status, set.json]).toEqual([200, { meta }]);
    expect(await settingsOf(path)).toEqual({ business: { profile: { address: profile.address } } });
    const { address: _, ...rest } = profile;
    expect((await send('POST', path, rest)).status).toBe(200);
    expect(await settingsOf(path)).toEqual({ business: { profile } });
    expect(notices).toEqual([{ account: 1 }, { account: 1 }]);
  });

  it('keeps both of two changes made at once [profile.business.email] [profile.business.websites]', async () => {
    await Promise.all([send('POST', path, { vertical: 'Retail' }), send('POST', path, { email: '' })]);
    expect(await settingsOf(path)).toMatchObject({ business: { profile: { vertical: 'Retail', email: '', address: profile.address, websites: profile.websites } } });
  });

  it('takes the longest of each, counted as people count [profile.business.address] [profile.business.description] [profile.business.vertical]', async () => {
    const longest = { address: '🍵'.repeat(256), description: 'ü'.repeat(512), vertical: 'v'.repeat(128) };
    expect((await send('POST', path, longest)).status).toBe(200);
    expect(await settingsOf(path)).toMatchObject({ business: { profile: longest } });
  });

  it.each([
    [undefined, 1008],
    [{}, 1009],
    [[], 1009],
    [{ address: 'x'.repeat(257) }, 1009],
    [{ description: 'x'.repeat(513) }, 1009],
    [{ vertical: 'x'.repeat(129) }, 1009],
    [{ email: 'not an address' }, 1009],
    [{ websites: ['https://a.example', 'https://b.example', 'https://c.example'] }, 1009],
    [{ websites: ['javascript:alert(1)'] }, 1009],
    [{ websites: 'https://a.example' }, 1009],
    [{ address: 'nul\u0000' }, 1009],
    [{ messaging_product: 'whatsapp' }, 1010],
  ])('refuses %j with %i and changes nothing', async (json, code) => {
    const before = await webapp.stateDigest();
    expect((await send('POST', path, json)).json.errors?.[0]?.code).toBe(code);
    expect(await webapp.stateDigest()).toBe(before);
    expect(notices).toEqual([]);
  });
});

describe('/v1/settings/business/compliance_info', () => {
  const path = '/v1/settings/business/compliance_info';
  const info = {
    entity_name: 'Tea House',
    entity_type: 'Other',
    entity_type_custom: 'Tea room',
    is_registered: true,
    customer_care_details: { email: 'care@tea.example', landline_number: '+913857614343', mobile_number: '+913854559033' },
    grievance_officer_details: { name: 'Ann', email: 'ann@tea.example', landline_number: '+913857614343', mobile_number: '+913854559033' },
  };

  it('gives back what was set [profile.compliance.read] [profile.compliance.save] [profile.compliance.entity_name] [profile.compliance.entity_type] [profile.compliance.entity_type_custom] [profile.compliance.is_registered] [profile.compliance.customer_care_details] [profile.compliance.grievance_officer_details]', async () => {
    expect(await settingsOf(path)).toEqual({ business: { compliance_info: {} } });
    expect((await send('POST', path, info)).status).toBe(200);
    expect(await settingsOf(path)).toEqual({ business: { compliance_info: info } });
  });

  it.each([
    [{ entity_type: 'Club' }, 1009],
    [{ is_registered: 'maybe' }, 1009],
    [{ customer_care_details: { fax: '1' } }, 1010],
  ])('refuses %j with %i', async (json, code) => {
    expect((await send('POST', path, json)).json.errors?.[0]?.code).toBe(code);
  });
});

describe('/v1/settings/profile/about', () => {
  const path = '/v1/settings/profile/about';

  it('has the documented text until it is changed [profile.about.read] [profile.about.default] [profile.about.change] [profile.about.text]', async () => {
    expect(await settingsOf(path)).toEqual({ profile: { about: { text: 'Hey there! I am using WhatsApp.' } } });
    const text = '👋'.repeat(139);
    const changed = await send('PATCH', path, { text });
    expect([changed.status, changed.json]).toEqual([200, { meta }]);
    expect(await settingsOf(path)).toEqual({ profile: { about: { text } } });
    expect(notices).toHaveLength(1);
  });

  it.each([
    [{}, 1008],
    [{ text: 'x'.repeat(140) }, 1009],
    [{ text: 1 }, 1009],
    [{ text: 'x', emoji: 'x' }, 1010],
  ])('refuses %j with %i', async (json, code) => {
    expect((await send('PATCH', path, json)).json.errors?.[0]?.code).toBe(code);
  });
});

describe('/v1/settings/profile/photo', () => {
  const path = '/v1/settings/profile/photo';
  const post = (raw: Uint8Array, contentType: string) => webapp.request('POST', path, { token, raw, headers: { 'content-type': contentType } });
  const multipart = (field: string, content: Buffer) => {
    const head = `--xX\r\nContent-Disposition: form-data; name="${field}"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), content, Buffer.from('\r\n--xX--\r\n')]);
  };
  const download = () =>
    new Promise<Buffer>((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` };
      httpsRequest({ host: '127.0.0.1', port: webapp.application.port, ca: webapp.tls.cert, path, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)));
      })
        .on('error', reject)
        .end();
    });

  it('is not there at first [profile.photo.none]', async () => {
    const missing = [await send('GET', path), await send('GET', `${path}?format=link`), await send('DELETE', path)];
    for (const { status, json } of missing) expect([status, json.errors]).toEqual([404, [{ code: 1006, title: 'Resource not found', details: 'No picture set.' }]]);
  });

  it.each([
    ['raw', png(640, 640), 'image/png', png(640, 640), 'image/png'],
    ['raw, of any Content-Type, by its bytes', jpeg, 'application/octet-stream', jpeg, 'image/jpeg'],
    ['as the field file of a form', multipart('file', png(8, 8)), 'multipart/form-data; boundary=xX', png(8, 8), 'image/png'],
    ['as the field File of a form', multipart('File', png(9, 9)), 'multipart/form-data; boundary=xX', png(9, 9), 'image/png'],
    ['of 5 MB', png(5000, 5000, 5 * 1_048_576 - 34), 'image/png', png(5000, 5000, 5 * 1_048_576 - 34), 'image/png'],
  ])('is taken %s, given back, linked and removed [profile.photo.read] [profile.photo.link] [profile.photo.save] [profile.photo.multipart] [profile.photo.delete]', async (_name, raw, contentType, content, type) => {
    const set = await post(raw, contentType);
    expect([set.status, set.json]).toEqual([201, { meta }]);
    const answer = await send('GET', path);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, type]);
    expect((await download()).equals(content)).toBe(true);
    expect(await settingsOf(`${path}?format=link`)).toEqual({ profile: { photo: { link: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+\/v1\/settings\/profile\/photo$/) as string } } });
    expect((await send('DELETE', path)).status).toBe(200);
    expect((await send('GET', path)).status).toBe(404);
    expect(notices).toHaveLength(2);
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'image/png', 400, 1008],
    ['a web page', Buffer.from('<script>cAnArY</script>'), 'image/png', 400, 1009],
    ['a GIF', Buffer.concat([Buffer.from('GIF89a'), Buffer.from([8, 0, 8, 0]), Buffer.alloc(20)]), 'image/gif', 400, 1009],
    ['2^48 pixels in 100 bytes', png(2 ** 24, 2 ** 24), 'image/png', 400, 1009],
    ['more than 5 MB', png(8, 8, 5 * 1_048_576), 'image/png', 413, 1025],
    ['more than any form', png(8, 8, 6 * 1_048_576), 'image/png', 413, 1025],
    ['a form without a file', multipart('photo', png(8, 8)), 'multipart/form-data; boundary=xX', 400, 1008],
    ['a broken form', Buffer.from('cAnArY'), 'multipart/form-data; boundary=xX', 400, 1025],
    ['a form without a boundary', Buffer.from('cAnArY'), 'multipart/form-data', 400, 1025],
  ])('refuses %s and keeps nothing [profile.photo.not_an_image]', async (_name, raw, contentType, status, code) => {
    const before = await webapp.stateDigest();
    const answer = await post(raw, contentType);
    expect([answer.status, answer.json.errors?.[0]?.code]).toEqual([status, code]);
    expect(answer.text + webapp.lines.join()).not.toContain('cAnArY');
    expect(await webapp.stateDigest()).toBe(before);
  });

  it('has one format', async () => {
    expect((await send('GET', `${path}?format=thumbnail`)).json.errors?.[0]?.code).toBe(1009);
  });
});

describe('/v1/settings/application/media/providers', () => {
  const path = '/v1/settings/application/media/providers';

  it('are kept, replaced by name and removed, and their secrets are not given back [settings.providers.list] [settings.providers.save] [settings.providers.name] [settings.providers.type] [settings.providers.bearer] [settings.providers.basic] [settings.providers.secrets] [settings.providers.delete] [settings.providers.delete.unknown]', async () => {
    expect(await settingsOf(path)).toEqual({ application: { media: { providers: [] } } });
    const providers = [
      { name: 'cdn1', type: 'www', config: { bearer: 'cAnArY-1' } },
      { name: 'cdn2', type: 'www', config: { basic: { username: 'ann', password: 'cAnArY-2' } } },
    ];
    const set = await send('POST', path, providers);
    expect([set.status, set.json]).toEqual([200, { meta }]);
    expect(await webapp.store.mediaProviders.list(1)).toEqual(providers);
    const shown = await send('GET', path);
    expect(shown.json['settings']).toEqual({
      application: {
        media: {
          providers: [
            { name: 'cdn1', type: 'www', config: { bearer: '********' } },
            { name: 'cdn2', type: 'www', config: { basic: { username: 'ann', password: '********' } } },
          ],
        },
      },
    });
    await send('POST', path, [{ name: 'cdn1', type: 'www', config: { bearer: 'newer' } }]);
    expect(await webapp.store.mediaProviders.list(1)).toEqual([{ name: 'cdn1', type: 'www', config: { bearer: 'newer' } }, providers[1]]);
    expect((await send('DELETE', `${path}/cdn1`)).status).toBe(200);
    const again = await send('DELETE', `${path}/cdn1`);
    expect([again.status, again.json.errors?.[0]?.code]).toEqual([404, 1006]);
    expect((await send('DELETE', `${path}/%00`)).status).toBe(404);
    expect(webapp.lines.join()).not.toContain('cAnArY');
  });

  it.each([
    [undefined, 1008],
    [{}, 1009],
    [[], 1009],
    [[{ name: 'a', type: 'ftp', config: { bearer: 'x' } }], 1009],
    [[{ name: 'a', type: 'www' }], 1008],
    [[{ type: 'www', config: { bearer: 'x' } }], 1008],
    [[{ name: 'a', type: 'www', config: {} }], 1009],
    [[{ name: 'a', type: 'www', config: { bearer: 'x\r\nHost: y' } }], 1009],
    [[{ name: 'a', type: 'www', config: { bearer: '********' } }], 1009],
    [[{ name: 'a', config: { bearer: 'x' } }, { name: 'a', config: { bearer: 'y' } }], 1009],
    [[{ name: 'a', type: 'www', config: { bearer: 'x' }, url: 'https://x.example' }], 1010],
  ])('refuses %j with %i and changes nothing', async (json, code) => {
    const before = await webapp.stateDigest();
    expect((await send('POST', path, json)).json.errors?.[0]?.code).toBe(code);
    expect(await webapp.stateDigest()).toBe(before);
  });
});

describe('what an administrator keeps', () => {
  it('is for no other user [contradiction.11]', async () => {
    await send('POST', '/v1/users', { username: 'oper', password: userPassword });
    const user = await webapp.tokenOf('oper', userPassword);
    for (const [method, path] of [
      ['GET', '/v1/settings/business/profile'],
      ['POST', '/v1/settings/business/profile'],
      ['GET', '/v1/settings/business/compliance_info'],
      ['POST', '/v1/settings/business/compliance_info'],
      ['GET', '/v1/settings/profile/about'],
      ['PATCH', '/v1/settings/profile/about'],
      ['GET', '/v1/settings/profile/photo'],
      ['POST', '/v1/settings/profile/photo'],
      ['DELETE', '/v1/settings/profile/photo'],
      ['GET', '/v1/settings/application/media/providers'],
      ['POST', '/v1/settings/application/media/providers'],
      ['DELETE', '/v1/settings/application/media/providers/cdn1'],
    ] as const) {
      const answer = await webapp.request(method, path, { token: user });
      expect([path, answer.status, answer.json.errors?.[0]?.code]).toEqual([path, 403, 1005]);
    }
  });
});
