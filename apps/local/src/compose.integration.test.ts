import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { descendants } from './child.ts';
import { findCompose, startComposeServices } from './compose.ts';
import { ExternalServiceError, PortTakenError } from './errors.ts';
import { freePort } from './ports.ts';
import { prepareRedis } from './redis.ts';
import { type ManagedProcess, startProcess } from './managed-process.ts';
import { testServices } from './testing/index.ts';

/**
 * No engine is at hand here, so `docker` is a stand-in that writes its calls down; the one service it would run is a
 * Redis of ours on the port that Compose is told.
 */
const root = mkdtempSync(join(tmpdir(), 'multiconnect-compose-'));
const calls = join(root, 'calls');
const inheritedPath = process.env['PATH'] ?? '';
let redis: ManagedProcess | undefined;

const stub = (answersInfo: boolean): void => {
  const script = `#!/bin/sh
echo "$*" >> ${calls}
case "$*" in
  info) exit ${answersInfo ? 0 : 1};;
  *"ps --quiet"*) echo container-1;;
  inspect*) echo 4242;;
  logs*) exec sleep 1000;;
esac
`;
  mkdirSync(join(root, 'bin'), { recursive: true });
  writeFileSync(join(root, 'bin', 'docker'), script);
  chmodSync(join(root, 'bin', 'docker'), 0o755);
  process.env['PATH'] = `${join(root, 'bin')}${delimiter}${inheritedPath}`;
};

const callsMade = (): readonly string[] => readFileSync(calls, 'utf8').trim().split('\n');

beforeEach(() => writeFileSync(calls, ''));
afterEach(async () => {
  process.env['PATH'] = inheritedPath;
  await redis?.stop();
  redis = undefined;
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const external = () => {
  const { postgresUrl, xmpp, ejabberdApiUrl } = testServices();
  return { postgresUrl, ejabberd: { xmpp, ejabberdApiUrl } };
};

test('Compose is used only where an engine answers', async () => {
  stub(true);
  expect(await findCompose()).toEqual(['docker', 'compose']);
  stub(false);
  expect(await findCompose()).toBeUndefined();
});

test('starts only what is not external, in a project of its own, and takes it down again', async () => {
  stub(true);
  const port = await freePort();
  const deaths: string[] = [];
  const before = descendants(process.pid);
  const starting = startComposeServices(
    { dir: join(root, 'state'), ports: { redis: port }, external: external(), onDeath: ({ message }) => deaths.push(message) },
    ['docker', 'compose'],
  );
  while (!callsMade().some((call) => call.includes(' up '))) await new Promise(setImmediate);
  redis = await startProcess(prepareRedis(join(root, 'redis'), port).definition);
  const services = await starting;
  expect(services.redisUrl).toBe(`redis://127.0.0.1:${port}`);
  expect(services.postgresUrl).toBe(external().postgresUrl);
  expect(services.pids).toEqual({ redis: 4242 });
  await expect(services.kill('postgres')).rejects.toThrow(ExternalServiceError);
  await services.kill('redis');
  expect(services.pids).toEqual({});
  await services.restart('redis');
  expect(services.pids).toEqual({ redis: 4242 });
  await services.stop();
  await redis.stop();
  expect(descendants(process.pid)).toEqual(before);
  expect(deaths).toEqual([]);

  const composed = callsMade().filter((call) => call.startsWith('compose --project-name'));
  const verbs = composed.map((call) => call.replace(/^compose --project-name multiconnect-[0-9a-f]{8} --file .*compose\.services\.yaml /, ''));
  expect(verbs).toEqual(['up --detach redis', 'ps --quiet redis', 'kill redis', 'restart redis', 'ps --quiet redis', 'down']);
});

test('a taken port is named before any container is started', async () => {
  stub(true);
  const port = await freePort();
  redis = await startProcess(prepareRedis(join(root, 'redis'), port).definition);
  const attempt = startComposeServices({ dir: join(root, 'state'), ports: { redis: port }, external: external() }, ['docker', 'compose']);
  await expect(attempt).rejects.toThrow(PortTakenError);
  expect(callsMade().filter((call) => call.includes(' up '))).toEqual([]);
});
