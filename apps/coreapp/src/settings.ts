import type { DeliverySettings } from '@multiconnect/callbacks';
import { type ApplicationSettings, defaultApplicationSettings, reportedStatuses } from '@multiconnect/contract';
import type { ReportedStatuses } from '@multiconnect/message-store';
import { readSettings } from '@multiconnect/settings';
import type { Connections } from './connections.ts';

const pollEveryMs = 1_000;
const dayMs = 24 * 3_600_000;

/** The account's settings as they were about a second ago at most; the last known ones while the database is away. */
export interface LiveSettings {
  readonly reported: () => ReportedStatuses;
  readonly delivery: () => DeliverySettings;
  readonly application: () => ApplicationSettings;
  /** Calls `fn` after every change from now on. */
  readonly onChanged: (fn: () => void) => void;
  /** Reads them now. */
  readonly refresh: () => Promise<void>;
  readonly stop: () => void;
}

export async function followSettings(
  { store, clock }: Connections,
  account: number,
  onError: (error: unknown) => void,
): Promise<LiveSettings> {
  let current: ApplicationSettings = defaultApplicationSettings;
  let reported: ReportedStatuses = [];
  let seen = '';
  const listeners: (() => void)[] = [];
  const refresh = async () => {
    const settings = await readSettings(store.settings, account);
    const text = JSON.stringify(settings);
    if (text === seen) return;
    seen = text;
    current = settings;
    reported = [...reportedStatuses(settings)];
    for (const listener of listeners) listener();
  };
  await refresh();
  const stop = clock.every(pollEveryMs, () => {
    refresh().catch(onError);
  });
  return {
    reported: () => reported,
    application: () => current,
    delivery: () => ({
      url: current.webhooks.url,
      maxConcurrentRequests: current.webhooks.max_concurrent_requests,
      backoffDelayMs: current.callback_backoff_delay_ms,
      maxBackoffDelayMs: current.max_callback_backoff_delay_ms,
      deadAfterMs: dayMs,
    }),
    onChanged: (fn) => void listeners.push(fn),
    refresh,
    stop,
  };
}
