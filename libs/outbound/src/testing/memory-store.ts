import type { Clock } from '@multiconnect/clock';
import type { InboundEvent } from '@multiconnect/contract';
import { type AcceptedRow, type DeviceList, Fenced, type IdentityRecord, type MessageStore, type Outbox, type ShardTenure } from '@multiconnect/message-store';

export type State = 'accepted' | 'encrypted' | 'sent' | 'failed';

export interface StoredMessage extends AcceptedRow {
  state: State;
  attempts: number;
  retryAtMs?: number;
  error?: { readonly code: number };
  deadReason?: string;
}

interface Ciphertext {
  readonly id: string;
  readonly seq: number;
  readonly slot: number;
  readonly stanza: string;
}

/** What the next writes meet: each takes its turn from here, or succeeds. */
export type Fault = 'before-commit' | 'after-commit';

export const connectionLost = () => new Error('connection lost');

/** One shard's part of the message store, in memory, with its fence. What is written is committed at one moment. */
export class MemoryStore {
  readonly messages = new Map<string, StoredMessage>();
  readonly ciphertexts = new Map<string, Ciphertext>();
  readonly committed = new Map<string, string>();
  readonly sessions = new Map<string, Map<number, string>>();
  readonly lists = new Map<string, DeviceList>();
  readonly identities = new Map<string, IdentityRecord>();
  readonly heardAtMs = new Map<string, number>();
  /** Told with a changed identity. */
  readonly told: InboundEvent[] = [];
  /** Epochs of the writes that landed, in order. */
  readonly landed: number[] = [];
  readonly faults: Fault[] = [];
  epoch = 1;
  isDown = false;
  /** Refuses to store the ciphertexts of these messages, as data that the database does not take. */
  refuse: (ids: readonly string[]) => boolean = () => false;
  statements = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  accept(customer: string, body: unknown, type = 'text'): string {
    const seq = this.messages.size + 1;
    const id = `m${seq}`;
    this.messages.set(id, { id, seq, customer, slot: 0, type, body, attempts: 0, acceptedAtMs: this.#clock.nowMs(), state: 'accepted' });
    return id;
  }

  of(customer: string): StoredMessage[] {
    return [...this.messages.values()].filter((message) => message.customer === customer);
  }

  /** The ports as one process sees them; `turn` is waited for before each statement, and again before its answer. */
  ports(turn: () => Promise<void>): { outbox: Outbox; ratchets: MessageStore['ratchets'] } {
    const run = async <T>(statement: () => T, fault?: Fault): Promise<T> => {
      this.statements += 1;
      await turn();
      if (this.isDown || fault === 'before-commit') throw connectionLost();
      const result = statement();
      await turn();
      if (fault === 'after-commit') throw connectionLost();
      return result;
    };
    const write = <T>(tenure: ShardTenure, statement: () => T): Promise<T> =>
      run(() => {
        if (tenure.epoch !== this.epoch) throw new Fenced(tenure);
        this.landed.push(tenure.epoch);
        return statement();
      }, this.faults.shift());
    return { outbox: this.#outbox(run, write), ratchets: { load: (_account, customers) => run(() => this.#load(customers)) } };
  }

  #load(customers: readonly { customer: string }[]) {
    return customers.map(({ customer }) => {
      const list = this.lists.get(customer);
      const sessions = [...(this.sessions.get(customer) ?? [])].map(([deviceId, record]) => ({ customer, deviceId, record }));
      const identity = this.identities.get(customer);
      const heardAtMs = this.heardAtMs.get(customer);
      return {
        customer,
        sessions,
        ...(list && { list }),
        ...(identity && { identity }),
        ...(heardAtMs !== undefined && { heardAtMs }),
      };
    });
  }

  #outbox(
    read: <T>(statement: () => T) => Promise<T>,
    write: <T>(tenure: ShardTenure, statement: () => T) => Promise<T>,
  ): Outbox {
    const each = (ids: readonly string[], change: (message: StoredMessage) => void) => {
      for (const id of ids) {
        const message = this.messages.get(id);
        if (message !== undefined) change(message);
      }
    };
    const isParked = (message: StoredMessage) => message.state === 'accepted' && message.retryAtMs !== undefined;
    return {
      accepted: (_account, _slots, limit) =>
        read(() =>
          [...this.messages.values()]
            .filter((message) => message.state === 'accepted' && !isParked(message))
            .slice(0, limit)
            .map((message) => ({ ...message })),
        ),
      parkedCustomers: () =>
        read(() => {
          const first = new Map<string, number>();
          for (const message of [...this.messages.values()].filter(isParked)) {
            first.set(message.customer, Math.min(first.get(message.customer) ?? Infinity, message.retryAtMs ?? 0));
          }
          return [...first].map(([customer, retryAtMs]) => ({ customer, retryAtMs }));
        }),
      unpark: (tenure, _slots, nowMs) =>
        write(tenure, () => {
          const parked = [...this.messages.values()].filter(isParked);
          const due = new Set(parked.filter((message) => (message.retryAtMs ?? 0) <= nowMs).map((message) => message.customer));
          for (const message of parked) if (due.has(message.customer)) delete message.retryAtMs;
          return [...due];
        }),
      unacknowledged: (_account, _slots, afterSeq, limit) =>
        read(() =>
          [...this.ciphertexts.values()]
            .sort((a, b) => a.seq - b.seq)
            .filter((row) => row.seq > afterSeq)
            .slice(0, limit),
        ),
      encrypted: (tenure, { messages, sessions, deviceLists, identities = [] }) =>
        write(tenure, () => {
          if (this.refuse(messages.map(({ id }) => id))) throw new Error('refused');
          for (const { id } of messages) if (this.ciphertexts.has(id)) throw new Error(`duplicate key: ciphertext of ${id}`);
          for (const message of messages) {
            this.ciphertexts.set(message.id, message);
            this.committed.set(message.id, message.stanza);
          }
          each(messages.map(({ id }) => id), (message) => {
            if (message.state === 'accepted') message.state = 'encrypted';
          });
          for (const { customer, deviceId, record } of sessions) {
            this.sessions.set(customer, (this.sessions.get(customer) ?? new Map<number, string>()).set(deviceId, record));
          }
          for (const list of deviceLists) this.lists.set(list.customer, list);
          for (const { customer, event, ...identity } of identities) {
            this.identities.set(customer, identity);
            if (event !== undefined) this.told.push(event);
          }
        }),
      acknowledged: (tenure, changes) =>
        write(tenure, () => {
          each(changes.map(({ id }) => id), (message) => {
            if (message.state !== 'failed') message.state = 'sent';
          });
          for (const { id } of changes) this.ciphertexts.delete(id);
          return [];
        }),
      failed: (tenure, failures) =>
        write(tenure, () => {
          for (const { id, error, deadReason } of failures) {
            each([id], (message) => Object.assign(message, { state: 'failed', error, ...(deadReason !== undefined && { deadReason }) }));
            this.ciphertexts.delete(id);
          }
        }),
      parked: (tenure, rows) =>
        write(tenure, () => {
          for (const { id, retryAtMs, attempts } of rows) {
            each([id], (message) => {
              if (message.state === 'accepted') Object.assign(message, { retryAtMs, attempts });
            });
          }
        }),
    };
  }
}
