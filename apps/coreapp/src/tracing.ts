import type { AcceptedRow, Moved } from '@multiconnect/message-store';
import { contextFromTraceparent, SpanKind, tracer } from '@multiconnect/telemetry';

interface Attributes {
  readonly id: string;
  readonly shard: number;
  readonly epoch: number;
}

function record(name: string, kind: SpanKind, trace: string, { id, shard, epoch }: Attributes, startMs?: number) {
  const attributes = {
    'messaging.system': 'multiconnect',
    'messaging.message.id': id,
    'multiconnect.shard': shard,
    'multiconnect.epoch': epoch,
  };
  tracer()
    .startSpan(name, { kind, attributes, ...(startMs === undefined ? {} : { startTime: startMs }) }, contextFromTraceparent(trace))
    .end();
}

/** From acceptance to the stanza written to the chat server: the time in the queue and the encryption. */
export function traceSent(rows: readonly AcceptedRow[], tenure: { shard: number; epoch: number }) {
  for (const { id, trace, acceptedAtMs } of rows) {
    if (trace !== undefined) record('send message', SpanKind.CONSUMER, trace, { id, ...tenure }, acceptedAtMs);
  }
}

/** The server's acknowledgement, the delivered receipt, the read marker: each a moment of the message's trace. */
export function traceMoved(moved: readonly Moved[], tenure: { shard: number; epoch: number }) {
  for (const { id, state, trace } of moved) record(`message ${state}`, SpanKind.CONSUMER, trace, { id, ...tenure });
}
