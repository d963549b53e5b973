import { Counter, createMetrics, Gauge, Histogram } from '@multiconnect/telemetry';

/** What a coreapp counts. `shard` labels are the shard's number. */
export function createCoreappMetrics(node: string) {
  const registry = createMetrics({ process: 'coreapp', node });
  const registers = [registry];
  return {
    registry,
    owned: new Gauge({ name: 'multiconnect_shard_owned', help: '1 while this coreapp owns the shard', labelNames: ['shard'], registers }),
    connected: new Gauge({ name: 'multiconnect_shard_connected', help: '1 while the chat connection of the shard stands', labelNames: ['shard'], registers }),
    backlog: new Gauge({ name: 'multiconnect_shard_backlog', help: 'Messages in memory without an acknowledgement', labelNames: ['shard'], registers }),
    encrypted: new Counter({ name: 'multiconnect_messages_encrypted_total', help: 'Messages encrypted and written to the chat server', labelNames: ['shard'], registers }),
    received: new Counter({ name: 'multiconnect_messages_received_total', help: 'Messages from customers', labelNames: ['shard'], registers }),
    deadLetters: new Counter({ name: 'multiconnect_dead_letters_total', help: 'What was given up after it failed each time', labelNames: ['kind', 'reason'], registers }),
    fenced: new Counter({ name: 'multiconnect_shard_fenced_total', help: 'Tenures that ended by the fence', registers }),
    callbacks: new Counter({ name: 'multiconnect_callbacks_total', help: 'Callback attempts', labelNames: ['kind', 'result'], registers }),
    callbackAge: new Histogram({
      name: 'multiconnect_callback_age_seconds',
      help: 'From the commit of an event to the 200 of the back end',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30, 300],
      registers,
    }),
  };
}

export type CoreappMetrics = ReturnType<typeof createCoreappMetrics>;
