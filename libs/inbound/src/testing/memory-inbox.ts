import type { CallbackEvent } from '@multiconnect/contract';
import type { Clock } from '@multiconnect/clock';
import {
  Fenced,
  type Inbox,
  type InboxRow,
  type MessageStore,
  type PreKeys,
  type Received,
  type ReceivedStanza,
  type ShardTenure,
  type StoredPreKey,
} from '@multiconnect/message-store';

export type Fault = 'before-commit' | 'after-commit';

/** The inbox side of one shard's store, in memory, with its fence. */
export class MemoryInbox {
  rows: InboxRow[] = [];
  readonly callbacks: CallbackEvent[] = [];
  readonly takes: Received[] = [];
  readonly sessions = new Map<string, Map<number, string>>();
  readonly usedPreKeys = new Set<number>();
  readonly faults: Fault[] = [];
  /** Data that the database does not take. */
  refuse: (received: Received) => boolean = () => false;
  epoch = 1;
  isDown = false;
  #seq = 0;
  readonly #clock: Clock;
  readonly #preKeys: readonly StoredPreKey[];

  constructor(clock: Clock, preKeys: readonly StoredPreKey[]) {
    this.#clock = clock;
    this.#preKeys = preKeys;
  }

  /** Stored once while it is there, as the unique index has it. */
  add(stanza: ReceivedStanza): void {
    const isKnown = this.rows.some(
      (row) => row.customer === stanza.customer && row.stanzaId === stanza.stanzaId && Buffer.compare(row.stanzaHash, stanza.stanzaHash) === 0,
    );
    if (isKnown) return;
    this.#seq += 1;
    this.rows.push({ ...stanza, seq: this.#seq, receivedAtMs: this.#clock.nowMs() });
  }

  /** Texts called back, in order; undefined for an unknown message. */
  textsOf(customer: string): (string | undefined)[] {
    return this.callbacks.flatMap((event) => {
      if (event.kind !== 'inbound_message' || event.from !== customer) return [];
      return [event.content.type === 'text' ? event.content.text.body : undefined];
    });
  }

  ports(turn: () => Promise<void>): { inbox: Inbox; preKeys: PreKeys; ratchets: MessageStore['ratchets'] } {
    const run = async <T>(statement: () => T, fault?: Fault): Promise<T> => {
      await turn();
      if (this.isDown || fault === 'before-commit') throw new Error('connection lost');
      const result = statement();
      await turn();
      if (fault === 'after-commit') throw new Error('connection lost');
      return result;
    };
    const write = <T>(tenure: ShardTenure, statement: () => T): Promise<T> =>
      run(() => {
        if (tenure.epoch !== this.epoch) throw new Fenced(tenure);
        return statement();
      }, this.faults.shift());
    return {
      inbox: {
        store: (tenure, stanzas) => write(tenure, () => stanzas.forEach((stanza) => this.add(stanza))),
        next: (_account, _slots, afterSeq, limit) => run(() => this.rows.filter((row) => row.seq > afterSeq).slice(0, limit)),
        recall: () => run(() => ({ offers: [], messages: [] })),
        take: (tenure, received) =>
          write(tenure, () => {
            if (this.refuse(received)) throw new Error('refused');
            this.#take(received);
            return [];
          }),
      },
      preKeys: {
        find: (_account, kind, ids) => run(() => this.#preKeys.filter((key) => key.kind === kind && ids.includes(key.id))),
        current: () => Promise.reject(new Error('not used')),
        replenish: () => Promise.reject(new Error('not used')),
      },
      ratchets: {
        load: (_account, customers) =>
          run(() =>
            customers.map(({ customer }) => ({
              customer,
              sessions: [...(this.sessions.get(customer) ?? [])].map(([deviceId, record]) => ({ customer, deviceId, record })),
            })),
          ),
      },
    };
  }

  #take(received: Received): void {
    if (received.taken.length > 0) this.takes.push(received);
    const taken = new Set(received.taken);
    this.rows = this.rows.filter((row) => !taken.has(row.seq));
    for (const { event } of received.messages) if (!this.callbacks.some((one) => 'id' in one && one.id === event.id)) this.callbacks.push(event);
    for (const { customer, deviceId, record } of received.sessions) {
      this.sessions.set(customer, (this.sessions.get(customer) ?? new Map<number, string>()).set(deviceId, record));
    }
    for (const id of received.usedPreKeys) this.usedPreKeys.add(id);
  }
}
