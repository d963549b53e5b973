import { traceIdOf } from '@multiconnect/telemetry';
import { addressRefused } from './http-sender.ts';
import type { Ledger } from './ledger.ts';
import type { CallbackDeliveryOptions } from './options.ts';
import type { CallbackOutcome } from './sender.ts';
import { messageIdOf, sendTraced } from './tracing.ts';
import type { Entry } from './window.ts';

type FailedOutcome = Extract<CallbackOutcome, { readonly ok: false }>;

/** The requests in flight and what becomes of them. */
export interface Attempts {
  launch(entry: Entry, url: string): void;
  inFlight(): number;
  /** Resolves when nothing is in flight. */
  finished(): Promise<void>;
  /** Cuts off what is in flight: outcome unknown, the rows stay as they are. */
  abandon(): void;
}

export function createAttempts(options: CallbackDeliveryOptions, ledger: Ledger, onSettled: () => void): Attempts {
  const { tenure, sender, settings, clock, log, metrics } = options;
  const inFlight = new Set<Promise<void>>();
  const cutOff = new AbortController();

  const succeed = ({ row }: Entry) => {
    ledger.delivered(row.seq);
    metrics?.delivered(row.event.kind, clock.nowMs() - row.createdAtMs);
  };

  const fail = (entry: Entry, { reason, isFinal = false }: FailedOutcome) => {
    const { seq, eventId, event, createdAtMs, trace } = entry.row;
    const { backoffDelayMs, maxBackoffDelayMs, deadAfterMs } = settings();
    const nowMs = clock.nowMs();
    entry.attempts += 1;
    metrics?.failed(event.kind, reason);
    const facts = { seq, eventId, attempts: entry.attempts, reason, trace_id: traceIdOf(trace) };
    if (isFinal || nowMs - createdAtMs >= deadAfterMs) {
      entry.state = 'done';
      ledger.buried(seq, reason);
      metrics?.buried(event.kind, reason);
      log.error(facts, 'callback became a dead letter');
      return;
    }
    entry.dueAtMs = nowMs + Math.min(entry.attempts * backoffDelayMs, maxBackoffDelayMs);
    ledger.postponed(seq, entry.attempts, entry.dueAtMs);
    const hint = reason === addressRefused ? { hint: 'the operator may allow it with MULTICONNECT_ALLOW_PRIVATE_ADDRESSES' } : {};
    log.warn({ ...facts, ...hint, nextAttemptAtMs: entry.dueAtMs }, 'callback failed, will be tried again');
  };

  const logAttempt = ({ row, attempts }: Entry, outcome: CallbackOutcome) => {
    const { seq, eventId, trace } = row;
    const facts = { seq, eventId, message_id: messageIdOf(row), trace_id: traceIdOf(trace) };
    log.debug({ ...facts, attempt: attempts + 1, result: outcome.ok ? 'success' : outcome.reason }, 'callback attempted');
  };

  const settle = (entry: Entry, outcome: CallbackOutcome) => {
    if (log.isLevelEnabled('debug')) logAttempt(entry, outcome);
    entry.state = outcome.ok ? 'done' : 'waiting';
    if (outcome.ok) succeed(entry);
    else if (!cutOff.signal.aborted) fail(entry, outcome);
  };

  return {
    launch(entry, url) {
      const { eventId, event, trace } = entry.row;
      entry.state = 'in-flight';
      const request = { url, eventId, event, ...(trace === undefined ? {} : { trace }) };
      const startedMs = clock.monotonicMs();
      const attempt = sendTraced(sender, request, { tenure, number: entry.attempts + 1 }, cutOff.signal)
        .catch((): CallbackOutcome => ({ ok: false, reason: 'sender-failed' }))
        .then((outcome) => {
          inFlight.delete(attempt);
          metrics?.attempted(event.kind, outcome.ok ? undefined : outcome.reason, clock.monotonicMs() - startedMs);
          settle(entry, outcome);
          onSettled();
        });
      inFlight.add(attempt);
    },
    inFlight: () => inFlight.size,
    async finished() {
      await Promise.all(inFlight);
    },
    abandon: () => cutOff.abort(),
  };
}
