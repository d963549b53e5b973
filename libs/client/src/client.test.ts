import { describe, expect, it } from 'vitest';
import { ApiRefused, createApiClient, dataOf, login, uploadMedia } from './client.ts';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | null;
  readonly contentType: string | null;
  readonly body: string;
}

/** A fetch that remembers the request and answers what the test says. */
function answering(status: number, body: object, headers: Record<string, string> = {}) {
  const seen: Seen[] = [];
  const fetch = async (request: Request) => {
    const { method, url } = request;
    seen.push({ method, url, authorization: request.headers.get('authorization'), contentType: request.headers.get('content-type'), body: await request.text() });
    return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
  };
  return { seen, options: { url: 'https://gateway.example/', fetch } };
}

const meta = { version: '2.57.2', api_status: 'stable' };

describe('the client', () => {
  it('logs in with a user and password beyond ASCII, and sets a new one', async () => {
    const { seen, options } = answering(200, { users: [{ token: 'tok', expires_after: '' }], meta });
    expect(await login(options, { username: 'admin', password: 'pässwörd' }, 'N3w-Password!')).toBe('tok');
    expect(seen).toEqual([
      {
        method: 'POST',
        url: 'https://gateway.example/v1/users/login',
        authorization: `Basic ${Buffer.from('admin:pässwörd').toString('base64')}`,
        contentType: 'application/json',
        body: '{"new_password":"N3w-Password!"}',
      },
    ]);
  });

  it('shows its token and gives back the data', async () => {
    const { seen, options } = answering(201, { messages: [{ id: 'gBGG' }], contacts: [], meta });
    const client = createApiClient({ ...options, token: 'tok' });
    const { messages } = await dataOf(client.POST('/v1/messages', { body: { to: '16315551001', type: 'text', text: { body: 'Hello' } } }));
    expect(messages).toEqual([{ id: 'gBGG' }]);
    expect(seen[0]).toMatchObject({ authorization: 'Bearer tok', body: '{"to":"16315551001","type":"text","text":{"body":"Hello"}}' });
  });

  it('throws what the API refuses with its code, details and Retry-After', async () => {
    const refusal = { errors: [{ code: 1015, title: 'Too many requests', details: 'later' }], meta };
    const { options } = answering(429, refusal, { 'retry-after': '3' });
    const client = createApiClient({ ...options, token: 'tok' });
    const error: unknown = await dataOf(client.GET('/v1/health')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiRefused);
    expect(error).toMatchObject({ status: 429, code: 1015, details: 'later', retryAfterS: 3 });
  });

  it('uploads bytes as they are', async () => {
    const { seen, options } = answering(201, { media: [{ id: 'file' }], meta });
    expect(await uploadMedia(createApiClient({ ...options, token: 'tok' }), Buffer.from('%PDF-'), 'application/pdf')).toBe('file');
    expect(seen[0]).toMatchObject({ contentType: 'application/pdf', body: '%PDF-' });
  });
});
