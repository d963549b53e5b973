import { writeFile } from 'node:fs/promises';
import { controllers } from '../app.module.ts';
import { openApiDocument } from './document.ts';
import { committedDocument, documentText } from './committed.ts';

await writeFile(committedDocument, documentText(openApiDocument(controllers)));
