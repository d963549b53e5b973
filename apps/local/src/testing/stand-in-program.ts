import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Role } from '../cluster.ts';

/**
 * Stands in for a role's program in tests of the machinery that starts and ends processes: answers /readyz, shows its
 * environment at /environment, and appends its name to `ended` when it is told to stop.
 */
const source = `
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
const { MULTICONNECT_NODE_NAME: name, MULTICONNECT_METRICS_PORT: port, STAND_IN_FAILS: fails } = process.env;
if (fails === name) {
  console.error('cannot start');
  process.exit(2);
}
createServer((request, response) => {
  response.end(request.url === '/environment' ? JSON.stringify(process.env) : 'ready');
}).listen(Number(port), '127.0.0.1');
process.once('SIGTERM', () => {
  appendFileSync(new URL('./ended', import.meta.url), name + '\\n');
  process.exit(0);
});
`;

export const standInPrograms = (dir: string): Readonly<Record<Role, string>> => {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'program.mjs');
  writeFileSync(file, source);
  writeFileSync(join(dir, 'ended'), '');
  return { registry: file, master: file, coreapp: file, webapp: file };
};
