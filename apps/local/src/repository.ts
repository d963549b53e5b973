import { fileURLToPath } from 'node:url';

/** The same from `src` and from `dist`. */
export const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url));
