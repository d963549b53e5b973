import type { Clock } from '@multiconnect/clock';
import type { XmppStream } from '@multiconnect/xmpp';
import { type ChatConnectionOptions, leaveChat, openChatConnection } from './chat-connection.ts';
import type { StopKind } from './shard-service.ts';

export interface OfflineCollector {
  /** The number has just become available: what came in before may be on its way into offline storage yet. */
  collect(): void;
  stop(how: StopKind): Promise<void>;
}

export type OfflineCollectorOptions = Pick<ChatConnectionOptions, 'config' | 'credentials' | 'assertOwned' | 'lines' | 'log' | 'statistics' | 'onStanza'> & { readonly clock: Clock };

/** After a takeover the server may put a stanza into offline storage just after it was emptied (a race of its own). */
const collectAfterMs = [200, 500, 1_000, 2_000, 4_000, 8_000];
const collectEveryMs = 30_000;

/**
 * Brings what the server put into offline storage although the number was available. A connection of its own: to collect, a
 * connection steps across priority 0, and what came in during a step of the receiving one would be stored, and so overtaken.
 */
export function openOfflineCollector({ clock, ...options }: OfflineCollectorOptions): OfflineCollector {
  let online: XmppStream | undefined;
  const cancels = new Set<() => void>();
  const step = () => online?.collectOffline();
  const collect = () => {
    for (const cancel of cancels) cancel();
    cancels.clear();
    for (const ms of collectAfterMs) cancels.add(clock.after(ms, step));
  };
  const chat = openChatConnection({
    ...options,
    resource: 'collector',
    priority: -1,
    prepare: () => Promise.resolve(),
    onOnline: (stream) => {
      online = stream;
      collect();
    },
    onOffline: () => {
      online = undefined;
    },
    onAcknowledged: () => undefined,
    // Another owner collects, or the account is refused, of which the receiving connection tells.
    onGaveUp: () => undefined,
  });
  const stopStepping = clock.every(collectEveryMs, step);
  return {
    collect,
    async stop(how) {
      stopStepping();
      for (const cancel of cancels) cancel();
      await leaveChat(chat, how);
    },
  };
}
