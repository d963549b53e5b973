import { type Fleet, openFleet, signUpPhones } from '@multiconnect/phone';
import type { FromPhones, Screen, ToPhones } from './fleet-protocol.ts';

// The phones of a load run, in a process of their own, so that their CPU is counted apart. It ends with its parent.

const flushIntervalMs = 20;
const progressStep = 100;

let fleet: Fleet | undefined;
let screens: Screen[] = [];
let flushing: NodeJS.Timeout | undefined;

function tell(message: FromPhones): void {
  if (process.connected) process.send?.(message);
}

function flush(): void {
  clearTimeout(flushing);
  flushing = undefined;
  if (screens.length === 0) return;
  tell({ kind: 'shown', screens });
  screens = [];
}

async function open(told: Extract<ToPhones, { kind: 'open' }>): Promise<void> {
  const { registryUrl, operatorToken, routes, ca, count } = told;
  fleet = await openFleet({
    numbers: count,
    register: (numbers) => signUpPhones({ registryUrl, operatorToken, numbers }),
    routes,
    ...(ca === undefined ? {} : { ca }),
    onMessage: (number, { text }) => {
      screens.push({ number, text });
      flushing ??= setTimeout(flush, flushIntervalMs);
    },
    onOpened: (opened) => {
      if (opened % progressStep === 0) tell({ kind: 'progress', opened });
    },
  });
  tell({ kind: 'opened', numbers: [...fleet.phones.keys()] });
}

async function close(): Promise<void> {
  await fleet?.close();
  flush();
  tell({ kind: 'closed', totals: fleet?.counters ?? { shown: 0, duplicates: 0, undecryptable: 0, receipts: 0 } });
  process.disconnect();
}

process.on('message', (told: ToPhones) => {
  const doing = told.kind === 'open' ? open(told) : close();
  doing.catch((error: unknown) => tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) }));
});
process.on('disconnect', () => process.exit());
// Ctrl-C reaches the whole group; the parent decides when the phones end.
process.on('SIGINT', () => undefined);
