import type { CallbackEvent } from '@multiconnect/contract';
import type { WorkWaiting } from '@multiconnect/message-store';
import { Counter, Gauge } from '@multiconnect/telemetry';
import { createProcessStatistics, type ProcessStatistics } from './process-statistics.ts';
import { createTiming } from './timing.ts';

/** What a coreapp counts besides. */
export interface CoreappStatistics extends ProcessStatistics {
  /** Accepted messages, by type, that were encrypted and written; `waitedMs` of all of them together. */
  sent(types: readonly string[], waitedMs: number): void;
  /** An attempt at a callback ended. `reason`: why it failed. */
  callbackAttempt(kind: CallbackEvent['kind'], reason: string | undefined, durationMs: number): void;
  callbacksLimited(): void;
  /** Stanzas have come, were committed, and messages were read out of them. */
  arrived(): void;
  persisted(stanzas: number): void;
  decoded(messages: number): void;
  connected(durationMs: number): void;
  serverRequest(isAnswered: boolean, durationMs: number): void;
  /** As just counted. */
  waiting(work: WorkWaiting): void;
}

/** `http-500` -> `500`; what never became an answer -> `1`. */
const resultOf = (reason: string | undefined) => (reason === undefined ? 'success' : (/^http-([0-9]{3})$/.exec(reason)?.[1] ?? '1'));

export function createCoreappStatistics(): CoreappStatistics {
  const common = createProcessStatistics();
  const { registry } = common;
  const registers = [registry];
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const callbackLabels = ['result', 'type'] as const;

  const callbacks = new Counter({ name: 'callback_requests', help: 'Attempts at callbacks', labelNames: callbackLabels, registers });
  const callbackTimes = createTiming({ name: 'callback_requests_duration_ms', help: 'attempts at callbacks, in milliseconds', labelNames: callbackLabels, registry });
  const limited = counter('concurrent_rate_limit_triggered', 'Times that callbacks waited because as many as allowed were under way');
  const messages = new Counter({ name: 'message_requests', help: 'Accepted messages that were encrypted and written', labelNames: ['type'], registers });
  const fromServer = counter('in_message_from_server', 'Message stanzas from the chat server');
  const persisted = counter('in_message_persisted', 'Message stanzas committed to the inbox');
  const decoded = counter('in_message_decoded', 'Messages of customers that were read');
  const connections = createTiming({ name: 'internal_server_conn_duration_ms', help: 'connecting to the chat server, in milliseconds', labelNames: [], registry });
  const serverRequests = createTiming({
    name: 'internal_server_requests_duration_ms',
    help: 'requests to the chat server, in milliseconds',
    labelNames: ['result'],
    registry,
  });
  const callbackQueue = gauge('callback_queue_size', 'Callbacks that wait for the back end');
  const inbox = gauge('in_messages_pending_processing', 'Stanzas of the inbox that were not read yet');
  const pending = gauge('pending_messages', 'Messages that the chat server does not hold yet');

  return {
    ...common,
    sent(types, waitedMs) {
      for (const type of types) messages.inc({ type });
      common.endpoint({ method: 'POST', endpoint: 'messages', result: 'success' }, waitedMs, types.length);
    },
    callbackAttempt(kind, reason, durationMs) {
      const labels = { result: resultOf(reason), type: kind };
      callbacks.inc(labels);
      callbackTimes.add(labels, durationMs);
    },
    callbacksLimited: () => limited.inc(),
    arrived: () => fromServer.inc(),
    persisted: (stanzas) => persisted.inc(stanzas),
    decoded: (count) => decoded.inc(count),
    connected: (durationMs) => connections.add({}, durationMs),
    serverRequest: (isAnswered, durationMs) => serverRequests.add({ result: isAnswered ? 'success' : 'failure' }, durationMs),
    waiting(work) {
      callbackQueue.set(work.callbacks);
      inbox.set(work.inbox);
      pending.set(work.messages);
    },
  };
}
