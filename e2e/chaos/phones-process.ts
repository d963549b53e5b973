import { type Fleet, openFleet, signUpPhones } from '@multiconnect/phone';
import type { FromPhones, ToPhones } from './phones-protocol.ts';

// The customers' phones, in a process of their own: what stalls the harness does not stall them. It ends with its parent.

let fleet: Fleet | undefined;

function tell(message: FromPhones): void {
  if (process.connected) process.send?.(message);
}

const reasonOf = (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

async function open(told: Extract<ToPhones, { kind: 'open' }>): Promise<void> {
  const { numbers, registryUrl, operatorToken, routes, ca } = told;
  fleet = await openFleet({
    numbers,
    register: (wanted) => signUpPhones({ registryUrl, operatorToken, numbers: wanted }),
    routes,
    ...(ca === undefined ? {} : { ca }),
    onMessage: (customer, { text }) => tell({ kind: 'shown', customer, text, atMs: Date.now() }),
    onStatus: (customer, { id, status, condition }) => {
      if (status === 'failed') tell({ kind: 'bounced', detail: `${customer}: ${id} (${condition ?? ''})`, atMs: Date.now() });
    },
    onUndecryptable: (customer, { reason, id }) => tell({ kind: 'unreadable', detail: `${customer}: ${reason} ${id}`, atMs: Date.now() }),
  });
  tell({ kind: 'opened' });
}

async function write({ customer, to, text }: Extract<ToPhones, { kind: 'write' }>): Promise<void> {
  try {
    await fleet?.phones.get(customer)?.send(to, text);
    tell({ kind: 'sent', text, atMs: Date.now() });
  } catch (error) {
    tell({ kind: 'gaveUp', text, reason: reasonOf(error) });
  }
}

async function close(): Promise<void> {
  await fleet?.close();
  tell({ kind: 'closed' });
  process.disconnect();
}

function doAsTold(told: ToPhones): Promise<void> {
  switch (told.kind) {
    case 'open':
      return open(told);
    case 'write':
      return write(told);
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
