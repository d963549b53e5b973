import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { type CallbackSink, startCallbackSink } from './callback-sink.ts';

const dir = mkdtempSync(join(tmpdir(), 'multiconnect-sink-'));
const file = join(dir, 'callbacks.jsonl');
let sink: CallbackSink;
let status = 200;

beforeEach(async () => {
  status = 200;
  sink = await startCallbackSink({ capacity: 3, file, answer: () => status });
});
afterEach(() => sink.stop());
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const post = (body: string): Promise<Response> => fetch(sink.url, { method: 'POST', body });

test('answers 200 and keeps the latest callbacks in memory, all of them in the file', async () => {
  for (let n = 0; n < 5; n += 1) expect((await post(JSON.stringify({ n }))).status).toBe(200);
  expect(sink.callbacks.map(({ body }) => body)).toEqual([{ n: 2 }, { n: 3 }, { n: 4 }]);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { body: unknown }).body)).toEqual([0, 1, 2, 3, 4].map((n) => ({ n })));
});

test('keeps the bytes as they came, also of what is no JSON', async () => {
  await post('{"a" :1}');
  await post('not json');
  expect(sink.callbacks.map(({ rawBody, body }) => [rawBody, body])).toEqual([
    ['{"a" :1}', { a: 1 }],
    ['not json', 'not json'],
  ]);
});

test('waits for a callback that is still to come, and finds one that came', async () => {
  const waiting = sink.waitFor(({ body }) => (body as { n: number }).n === 7);
  await post('{"n":6}');
  await post('{"n":7}');
  expect((await waiting).body).toEqual({ n: 7 });
  expect((await sink.waitFor(({ body }) => (body as { n: number }).n === 6)).body).toEqual({ n: 6 });
});

test('answers as it is told to, and records what it refuses', async () => {
  status = 503;
  expect((await post('{}')).status).toBe(503);
  expect(sink.callbacks).toHaveLength(1);
});
