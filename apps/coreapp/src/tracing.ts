import type { AcceptedRow, Inbox, Moved, Outbox, ShardTenure } from '@multiconnect/message-store';
import { outboundQueueName } from '@multiconnect/queue';
import { type Attributes, contextFromTraceparent, type Logger, SpanKind, traceIdOf, tracer } from '@multiconnect/telemetry';

/** What a message shard tells of each message: spans where there is a trace, a line at level debug. Never what it says. */
export interface MessageTrail {
  /** The same, with the time noted at which each traced message is taken from it. */
  outbox(outbox: Outbox): Outbox;
  /** The same, with a line for each message that is taken from it. */
  inbox(inbox: Inbox): Inbox;
  /** Written to the chat server. */
  sent(rows: readonly AcceptedRow[]): void;
  /** The server's acknowledgement, the delivered receipt, the read marker: each a moment of the message's trace. */
  moved(moved: readonly Moved[]): void;
}

interface Step {
  readonly name: string;
  readonly kind: SpanKind;
  /** Of the semantic conventions for messaging, which name the place of a message its destination. */
  readonly operation: { readonly name: string; readonly type: 'receive' | 'send' | 'settle' };
  readonly destination: string;
}

const chatServer = 'chat-server';
const sendStep: Step = { name: 'send message', kind: SpanKind.PRODUCER, operation: { name: 'send', type: 'send' }, destination: chatServer };
const movedStep = (state: Moved['state']): Step => ({
  name: `message ${state}`,
  kind: SpanKind.CONSUMER,
  operation: { name: state, type: 'settle' },
  destination: chatServer,
});

/** @param log carries account, shard and epoch */
export function createMessageTrail({ account, shard, epoch }: ShardTenure, log: Logger): MessageTrail {
  const queue = outboundQueueName(account, shard);
  const queueStep: Step = { name: `receive ${queue}`, kind: SpanKind.CONSUMER, operation: { name: 'receive', type: 'receive' }, destination: queue };

  const record = ({ name, kind, operation, destination }: Step, id: string, trace: string, startMs: number, endMs: number) => {
    const attributes: Attributes = {
      'messaging.system': 'multiconnect',
      'messaging.operation.name': operation.name,
      'messaging.operation.type': operation.type,
      'messaging.destination.name': destination,
      'messaging.message.id': id,
      'multiconnect.shard': shard,
      'multiconnect.epoch': epoch,
    };
    tracer().startSpan(name, { kind, attributes, startTime: startMs }, contextFromTraceparent(trace)).end(endMs);
  };
  const takenAtMs = new WeakMap<AcceptedRow, number>();
  const note = (what: string, id: string, trace?: string) => log.debug({ message_id: id, trace_id: traceIdOf(trace) }, what);
  const isNoting = () => log.isLevelEnabled('debug');

  return {
    outbox: (outbox) => ({
      ...outbox,
      async accepted(...query) {
        const rows = await outbox.accepted(...query);
        const nowMs = Date.now();
        for (const row of rows) if (row.trace !== undefined) takenAtMs.set(row, nowMs);
        return rows;
      },
    }),
    inbox: (inbox) => ({
      ...inbox,
      async take(tenure, received, reported) {
        const moved = await inbox.take(tenure, received, reported);
        if (isNoting()) for (const { event } of received.messages) note('message received', event.id);
        return moved;
      },
    }),
    sent(rows) {
      const nowMs = Date.now();
      for (const row of rows) {
        const { id, trace, acceptedAtMs } = row;
        if (trace === undefined) continue;
        const startMs = takenAtMs.get(row) ?? acceptedAtMs;
        record(queueStep, id, trace, Math.min(acceptedAtMs, startMs), startMs);
        record(sendStep, id, trace, startMs, nowMs);
      }
      if (isNoting()) for (const { id, trace } of rows) note('message written to the chat server', id, trace);
    },
    moved(moved) {
      const nowMs = Date.now();
      for (const { id, state, trace } of moved) record(movedStep(state), id, trace, nowMs, nowMs);
      if (isNoting()) for (const { id, state, trace } of moved) note(`message ${state}`, id, trace);
    },
  };
}
