import { setTimeout as delay } from 'node:timers/promises';
import { type Fleet, openFleet, signUpPhones } from '@multiconnect/phone';
import { contentOf, pictureOf, pictureType, seenOnPhone } from './messages.ts';
import type { FromPhones, ToPhones, WrittenMessage } from './phones-protocol.ts';

// The customers' phones, in a process of their own: what stalls the harness does not stall them. It ends with its parent.

type Opening = Extract<ToPhones, { kind: 'open' }>;

const joinRetryMs = 1_000;

let network: Opening | undefined;
const fleets: Fleet[] = [];
/** What each phone has to do before it may write its next message: a file is uploaded before its message is sent. */
const turns = new Map<string, Promise<unknown>>();

function tell(message: FromPhones): void {
  if (process.connected) process.send?.(message);
}

const reasonOf = (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));
const phoneOf = (customer: string) => fleets.map(({ phones }) => phones.get(customer)).find((phone) => phone !== undefined);

function openPhones({ registryUrl, operatorToken, routes, ca }: Opening, numbers: readonly string[]): Promise<Fleet> {
  return openFleet({
    numbers,
    register: (wanted) => signUpPhones({ registryUrl, operatorToken, numbers: wanted }),
    routes,
    ...(ca === undefined ? {} : { ca }),
    onMessage: (customer, message) => tell({ kind: 'shown', customer, id: message.id, seen: seenOnPhone(message), atMs: Date.now() }),
    onStatus: (customer, { id, status, condition }) => {
      if (status === 'failed') tell({ kind: 'bounced', detail: `${customer}: ${id} (${condition ?? ''})`, atMs: Date.now() });
      if (status === 'read') tell({ kind: 'ticked', customer, id, atMs: Date.now() });
    },
    onUndecryptable: (customer, { reason, id }) => tell({ kind: 'unreadable', detail: `${customer}: ${reason} ${id}`, atMs: Date.now() }),
  });
}

async function open(told: Opening): Promise<void> {
  network = told;
  fleets.push(await openPhones(told, told.numbers));
  tell({ kind: 'opened' });
}

/** Whoever finds the network in trouble tries again. */
async function join(number: string): Promise<void> {
  for (;;) {
    const fleet = network && (await openPhones(network, [number]).catch(() => undefined));
    if (fleet === undefined) await delay(joinRetryMs);
    else {
      fleets.push(fleet);
      tell({ kind: 'joined', number });
      return;
    }
  }
}

/** Resolves, with the phone’s id of the message, when the server has it. */
function send(customer: string, to: string, { kind, mark, about = '' }: WrittenMessage): Promise<string> {
  const phone = phoneOf(customer);
  if (phone === undefined) throw new Error('no such phone');
  switch (kind) {
    case 'text':
      return phone.send(to, mark);
    case 'image':
      return phone.sendFile(to, { type: 'image', file: pictureOf(mark), mimeType: pictureType, caption: mark });
    case 'reply':
    case 'location':
    case 'reaction':
      return phone.sendContent(to, contentOf(kind, mark, about));
  }
}

async function write({ customer, to, message }: Extract<ToPhones, { kind: 'write' }>): Promise<void> {
  const { mark, kind } = message;
  const before = turns.get(customer) ?? Promise.resolve();
  const begun = before.then(() => ({ sent: send(customer, to, message) }));
  turns.set(customer, kind === 'image' ? begun.then(({ sent }) => sent).catch(() => undefined) : begun);
  try {
    const id = await (await begun).sent;
    tell({ kind: 'sent', mark, id, atMs: Date.now() });
  } catch (error) {
    tell({ kind: 'gaveUp', mark, reason: reasonOf(error) });
  }
}

async function close(): Promise<void> {
  await Promise.all(fleets.map((fleet) => fleet.close()));
  tell({ kind: 'closed' });
  process.disconnect();
}

async function doAsTold(told: ToPhones): Promise<void> {
  switch (told.kind) {
    case 'open':
      return open(told);
    case 'join':
      return join(told.number);
    case 'write':
      return write(told);
    case 'read':
      phoneOf(told.customer)?.markRead(told.id);
      return;
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
