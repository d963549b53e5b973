import type { CallbackEvent, InboundEvent } from '@multiconnect/contract';
import type { Clock } from '@multiconnect/clock';
import {
  Fenced,
  type FileToFetch,
  type HeldCallbacks,
  type IdentityRecord,
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

interface CallbackRow {
  readonly seq: number;
  readonly customer: string;
  event: InboundEvent;
  /** Held while they stand. */
  files: readonly FileToFetch[] | undefined;
  readonly createdAtMs: number;
}

/** The inbox side of one shard's store, in memory, with its fence. */
export class MemoryInbox {
  rows: InboxRow[] = [];
  readonly callbackRows: CallbackRow[] = [];
  /** In order of release: what a callback is once it may be delivered. */
  readonly released: InboundEvent[] = [];
  readonly takes: Received[] = [];
  readonly sessions = new Map<string, Map<number, string>>();
  readonly identities = new Map<string, IdentityRecord>();
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

  get callbacks(): readonly CallbackEvent[] {
    return this.callbackRows.map(({ event }) => event);
  }

  /** What may be delivered, as the database tells it: a held callback holds back what is behind it for its customer. */
  due(): readonly InboundEvent[] {
    const waiting = new Set<string>();
    return this.callbackRows.flatMap(({ customer, event, files }) => {
      if (files !== undefined) waiting.add(customer);
      return waiting.has(customer) ? [] : [event];
    });
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

  ports(turn: () => Promise<void>): { inbox: Inbox; held: HeldCallbacks; preKeys: PreKeys; ratchets: MessageStore['ratchets'] } {
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
      held: {
        first: (_account, _slots, without, limit) =>
          run(() => {
            const left = new Set(without);
            const firsts = this.callbackRows.filter(({ customer, files }) => files !== undefined && !left.has(customer) && left.add(customer));
            return firsts.slice(0, limit).map((row) => ({ ...row, files: row.files ?? [] }));
          }),
        release: (tenure, seq, event) =>
          write(tenure, () => {
            const row = this.callbackRows.find((one) => one.seq === seq);
            if (row?.files === undefined) return;
            row.event = event;
            row.files = undefined;
            this.released.push(event);
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
              ...(this.identities.has(customer) && { identity: this.identities.get(customer) as IdentityRecord }),
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
    for (const { customer, event, files } of received.messages) {
      if (this.callbackRows.some((row) => row.event.id === event.id)) continue;
      this.callbackRows.push({ seq: this.callbackRows.length + 1, customer, event, files, createdAtMs: this.#clock.nowMs() });
    }
    for (const { customer, deviceId, record } of received.sessions) {
      this.sessions.set(customer, (this.sessions.get(customer) ?? new Map<number, string>()).set(deviceId, record));
    }
    for (const { customer, slot: _slot, event: _event, ...identity } of received.identities ?? []) this.identities.set(customer, identity);
    for (const id of received.usedPreKeys) this.usedPreKeys.add(id);
  }
}
