import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { committedDocument } from './openapi/committed.ts';
import type { TestWebapp } from './testing/webapp.ts';
import { startTestWebapp } from './testing/webapp.ts';

let webapp: TestWebapp;
beforeAll(async () => {
  webapp = await startTestWebapp();
});
afterAll(() => webapp.close());

describe('the description of the API', () => {
  it('is served to anyone as the committed OpenAPI document [http.openapi]', async () => {
    const answer = await webapp.request('GET', '/v1/openapi.json');
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    expect(answer.json).toEqual(JSON.parse(readFileSync(committedDocument, 'utf8')));
  });

  it('is a page at /docs whose every part comes from here, under a strict content policy [http.docs]', async () => {
    const answer = await webapp.request('GET', '/docs');
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(answer.text).not.toMatch(/<script>|style=|\son\w+=/);
    const parts = [...answer.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url as string);
    expect(parts).toHaveLength(4);
    for (const part of parts) {
      expect(part).toMatch(/^\/docs\/[\w.-]+$/);
      const file = await webapp.request('GET', part);
      expect([part, file.status, file.headers['x-content-type-options']]).toEqual([part, 200, 'nosniff']);
    }
  });

  it.each(['/docs/package.json', '/docs/..%2fpackage.json', '/docs/%2e%2e%2f%2e%2e%2fzod%2fpackage.json', '/docs/constructor', '/docs/swagger-ui.css.map'])(
    'has no file %s',
    async (path) => {
      const answer = await webapp.request('GET', path);
      expect([answer.status, answer.json.errors?.[0]?.code]).toEqual([404, 1014]);
    },
  );
});
