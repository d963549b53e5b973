import { resolve } from 'node:path';
import type { OpenApiDocument } from './document.ts';

/** Where the document of this version stands in the repository. */
export const committedDocument = resolve(import.meta.dirname, '../../../../docs/openapi.json');

export const documentText = (document: OpenApiDocument) => `${JSON.stringify(document, undefined, 2)}\n`;
