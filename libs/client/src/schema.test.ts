import { readFileSync } from 'node:fs';
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { expect, it } from 'vitest';

it('has the types of the committed document: after a change run `npm run openapi`', async () => {
  const document = new URL('../../../docs/openapi.json', import.meta.url);
  const types = astToString(await openapiTS(readFileSync(document, 'utf8'), { rootTypes: true, defaultNonNullable: false }));
  expect(`${COMMENT_HEADER}${types}`.trim()).toBe(readFileSync(new URL('schema.ts', import.meta.url), 'utf8').trim());
});
