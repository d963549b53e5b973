import type { Seal } from '@multiconnect/vault';
import type { Moved, Offer, Outbox, ReportedStatuses, StateChange } from '../ports/outbox.ts';
import type { DeviceList, SessionChange } from '../ports/ratchets.ts';
import type { ShardTenure } from '../ports/fencing.ts';
import { type Database, runFenced, type Runner } from './database.ts';
import { jsonText } from './json.ts';
import { identityColumns } from './identities.ts';
import { sealSession } from './sealing.ts';
import { statement } from './statements.ts';

const accepted = statement('outbox-accepted');
const parkedCustomers = statement('outbox-parked-customers');
const unpark = statement('outbox-unpark');
const unacknowledged = statement('outbox-unacknowledged');
const encrypted = statement('outbox-encrypted');
const advanceStates = statement('advance-states');
const failMessages = statement('fail-messages');
const park = statement('outbox-park');

export const stateNumbers = { accepted: 0, encrypted: 1, sent: 2, delivered: 3, read: 4, failed: 5 } as const;

interface AcceptedColumns {
  readonly id: string;
  readonly seq: string;
  readonly customer: string;
  readonly slot: number;
  readonly type: string;
  readonly body: unknown;
  readonly attempts: number;
  readonly trace: string | null;
  readonly accepted_at_ms: number;
}

// Statements that lock several message rows take them in order of id: two that overlap never deadlock.
function inOrderOfId<Item extends { readonly id: string }>(items: readonly Item[]): Item[] {
  return [...items].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The furthest step of each message that somebody says it has made. */
function furthest(changes: readonly StateChange[]): StateChange[] {
  const bySource = new Map<string, StateChange>();
  for (const change of changes) {
    const source = `${change.customer ?? ''}/${change.id}`;
    const known = bySource.get(source);
    if (known === undefined || stateNumbers[known.state] < stateNumbers[change.state]) bySource.set(source, change);
  }
  return inOrderOfId([...bySource.values()]);
}

const stateNames = { 2: 'sent', 3: 'delivered', 4: 'read' } as const;

/** What the SQL files that move messages answer. */
export interface AdvanceColumns {
  readonly held: number;
  readonly moved: readonly { id: string; state: keyof typeof stateNames; trace: string }[] | null;
}

function stepColumns(steps: readonly StateChange[], reported: ReportedStatuses) {
  return [steps.map((step) => step.id), steps.map((step) => stateNumbers[step.state]), steps.map((step) => step.atMs), reported];
}

/** The columns of what customers say of their messages, as `inbox-take` takes them. */
export function changeColumns(changes: readonly StateChange[], reported: ReportedStatuses) {
  const steps = furthest(changes);
  return [...stepColumns(steps, reported), steps.map((step) => step.customer ?? null)];
}

export function movedOf({ moved }: AdvanceColumns): readonly Moved[] {
  return (moved ?? []).map(({ id, state, trace }) => ({ id, trace, state: stateNames[state] }));
}

export async function fail(runner: Runner, tenure: ShardTenure, failures: Parameters<Outbox['failed']>[1]) {
  const ordered = inOrderOfId(failures);
  await runFenced(runner, failMessages, tenure, [
    ordered.map((failure) => failure.id),
    ordered.map((failure) => JSON.stringify(failure.error)),
    ordered.map((failure) => failure.atMs),
    ordered.map((failure) => failure.customer ?? null),
    ordered.map((failure) => stateNumbers[failure.unless ?? 'delivered']),
    ordered.map((failure) => failure.deadReason ?? null),
  ]);
}

/** The columns of changed sessions, as the SQL files take them. */
export function sessionColumns(seal: Seal, account: number, sessions: readonly SessionChange[]) {
  return [
    sessions.map((session) => session.slot),
    sessions.map((session) => session.customer),
    sessions.map((session) => session.deviceId),
    sessions.map((session) => sealSession(seal, account, session)),
  ];
}

/** The columns of changed device lists, as the SQL files take them. */
export function deviceListColumns(lists: readonly (DeviceList & { readonly slot: number })[]) {
  return [
    lists.map((list) => list.slot),
    lists.map((list) => list.customer),
    lists.map((list) => JSON.stringify(list.devices)),
    lists.map((list) => list.fetchedAtMs),
  ];
}

/** Each customer's last offer. */
function offerColumns(offers: readonly Offer[]) {
  const last = [...new Map(offers.map((offer) => [offer.customer, offer])).values()];
  return [
    last.map((offer) => offer.slot),
    last.map((offer) => offer.customer),
    last.map((offer) => offer.messageId),
    last.map((offer) => jsonText(offer.choices)),
  ];
}

export function createOutbox(database: Database, seal: Seal): Outbox {
  return {
    async accepted(account, slots, limit) {
      const rows = await database.run<AcceptedColumns>(accepted, [account, slots, limit]);
      return rows.map(({ seq, trace, accepted_at_ms, ...row }) => ({
        ...row,
        seq: Number(seq),
        acceptedAtMs: accepted_at_ms,
        ...(trace === null ? {} : { trace }),
      }));
    },
    async parkedCustomers(account, slots) {
      const rows = await database.run<{ customer: string; retry_at_ms: number }>(parkedCustomers, [account, slots]);
      return rows.map((row) => ({ customer: row.customer, retryAtMs: row.retry_at_ms }));
    },
    async unpark(tenure, slots, nowMs) {
      return (await runFenced<{ held: number; customers: string[] }>(database, unpark, tenure, [slots, nowMs])).customers;
    },
    async unacknowledged(account, slots, afterSeq, limit) {
      const rows = await database.run<{ id: string; seq: string; stanza: string }>(unacknowledged, [account, slots, afterSeq, limit]);
      return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
    },
    async encrypted(tenure, { messages, sessions, deviceLists, offers = [], identities = [] }) {
      const ordered = inOrderOfId(messages);
      await runFenced(database, encrypted, tenure, [
        ordered.map((message) => message.id),
        ordered.map((message) => message.seq),
        ordered.map((message) => message.slot),
        ordered.map((message) => message.stanza),
        ...sessionColumns(seal, tenure.account, sessions),
        ...deviceListColumns(deviceLists),
        ...offerColumns(offers),
        ...identityColumns(identities),
        identities.map(({ event }) => (event === undefined ? null : JSON.stringify(event))),
      ]);
    },
    async acknowledged(tenure, changes, reported) {
      return movedOf(await runFenced<AdvanceColumns>(database, advanceStates, tenure, stepColumns(furthest(changes), reported)));
    },
    failed: (tenure, failures) => fail(database, tenure, failures),
    async parked(tenure, rows) {
      const ordered = inOrderOfId(rows);
      await runFenced(database, park, tenure, [
        ordered.map((row) => row.id),
        ordered.map((row) => row.retryAtMs),
        ordered.map((row) => row.attempts),
      ]);
    },
  };
}
