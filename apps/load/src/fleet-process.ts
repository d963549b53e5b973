import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type Fleet, openFleet, signUpPhones } from '@multiconnect/phone';
import { textOf } from './content.ts';
import type { FromPhones, Screen, ToPhones, Writing, Written } from './fleet-protocol.ts';

// The phones of a load run, in a process of their own, so that their CPU is counted apart. It ends with its parent.

const flushIntervalMs = 20;
const progressStep = 100;

let fleet: Fleet | undefined;
let screens: Screen[] = [];
let written: Written[] = [];
let flushing: NodeJS.Timeout | undefined;

function tell(message: FromPhones): void {
  if (process.connected) process.send?.(message);
}

/** What many phones have to say goes in one message: each costs both processes time. */
function flush(): void {
  clearTimeout(flushing);
  flushing = undefined;
  if (screens.length > 0) tell({ kind: 'shown', screens });
  if (written.length > 0) tell({ kind: 'written', messages: written });
  [screens, written] = [[], []];
}

function flushSoon(): void {
  flushing ??= setTimeout(flush, flushIntervalMs);
}

const nowMs = () => performance.timeOrigin + performance.now();
const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function open(told: Extract<ToPhones, { kind: 'open' }>): Promise<void> {
  const { registryUrl, operatorToken, routes, ca, count } = told;
  fleet = await openFleet({
    numbers: count,
    register: (numbers) => signUpPhones({ registryUrl, operatorToken, numbers }),
    routes,
    ...(ca === undefined ? {} : { ca }),
    onMessage: (number, { text }) => {
      screens.push({ number, text });
      flushSoon();
    },
    onOpened: (opened) => {
      if (opened % progressStep === 0) tell({ kind: 'progress', opened });
    },
  });
  tell({ kind: 'opened', numbers: [...fleet.phones.keys()] });
}

async function writeOne(number: string, sequence: number, { to, runId }: Writing): Promise<void> {
  const writtenAtMs = nowMs();
  await fleet?.phones.get(number)?.send(to, textOf(runId, { recipient: number, sequence }));
  written.push({ number, sequence, writtenAtMs, acknowledgedAtMs: nowMs() });
  flushSoon();
}

async function write(writing: Writing): Promise<void> {
  const numbers = [...(fleet?.phones.keys() ?? [])].slice(0, writing.writers);
  const startMs = performance.now();
  const reasons: string[] = [];
  const writes: Promise<void>[] = [];
  for (let index = 0; index < Math.round(writing.rate * writing.durationS); index++) {
    const waitMs = startMs + (index * 1000) / writing.rate - performance.now();
    await (waitMs > 0 ? sleep(waitMs) : nextTurn());
    const sequence = Math.floor(index / numbers.length) + 1;
    writes.push(writeOne(numbers[index % numbers.length] ?? '', sequence, writing).catch((error: unknown) => void reasons.push(reasonOf(error))));
  }
  await Promise.all(writes);
  flush();
  tell({ kind: 'wrote', reasons });
}

async function close(): Promise<void> {
  await fleet?.close();
  flush();
  tell({ kind: 'closed' });
  process.disconnect();
}

async function doAsTold(told: ToPhones): Promise<void> {
  switch (told.kind) {
    case 'open':
      return open(told);
    case 'write':
      return write(told);
    case 'count':
      tell({ kind: 'counted', totals: fleet?.counters ?? { shown: 0, duplicates: 0, undecryptable: 0, receipts: 0 } });
      return undefined;
    case 'close':
      return close();
  }
}

process.on('message', (told: ToPhones) => {
  doAsTold(told).catch((error: unknown) => tell({ kind: 'failed', reason: reasonOf(error) }));
});
process.on('disconnect', () => process.exit());
// Ctrl-C reaches the whole group; the parent decides when the phones end.
process.on('SIGINT', () => undefined);
