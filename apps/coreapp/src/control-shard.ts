import { controlShard } from '@multiconnect/contract';
import { keepPreKeys } from '@multiconnect/devices';
import { createReceiver } from '@multiconnect/inbound';
import { Fenced } from '@multiconnect/message-store';
import { createErrorLog } from '@multiconnect/telemetry';
import type { XmppStream } from '@multiconnect/xmpp';
import { deliverCallbacks } from './callback-delivery.ts';
import { openChatConnection } from './chat-connection.ts';
import { followSettings } from './settings.ts';
import type { ShardContext, ShardService } from './shard-service.ts';

const label = { shard: String(controlShard) };
const preKeyCheckEveryMs = 10_000;
/** After a takeover the server may put a stanza into offline storage just after it was emptied (a race of its own). */
const collectAfterMs = [1_000, 3_000, 8_000];
const collectEveryMs = 30_000;
/** Callbacks about the account itself carry this slot. */
const accountSlot = -1;

/** Serves the control shard: receives for the whole number, publishes its device, delivers callbacks about the account. */
export async function startControlShard(context: ShardContext): Promise<ShardService> {
  const { lease, connections, credentials, local, log, metrics } = context;
  const { store, clock } = connections;
  const onPreKeyError = createErrorLog(log, 'prekeys not kept');
  const settings = await followSettings(connections, lease.account, createErrorLog(log, 'settings not read'));

  const receiver = createReceiver({ tenure: lease, inbox: store.inbox, onStored: context.announceInbox });
  const keep = (requester: Parameters<typeof keepPreKeys>[0]['requester'], publish: 'always' | 'when-changed') =>
    keepPreKeys({ control: lease, local, preKeys: store.preKeys, requester, clock, publish });
  let online: XmppStream | undefined;
  const collectOffline = (stream: XmppStream | undefined) => {
    if (stream !== undefined && stream === online) stream.collectOffline();
  };
  const chat = openChatConnection({
    config: context.config,
    credentials,
    resource: 'control',
    priority: 0,
    log,
    prepare: (stream) => keep(stream, 'always'),
    onOnline: (stream) => {
      metrics.connected.set(label, 1);
      for (const ms of collectAfterMs) clock.after(ms, () => collectOffline(stream));
      online = stream;
    },
    onOffline: () => {
      metrics.connected.set(label, 0);
      online = undefined;
    },
    onStanza: (stanza) => receiver.receive(stanza),
    onAcknowledged: () => undefined,
    onGaveUp: (reason) => {
      if (reason === 'conflict') context.onConflict();
    },
  });
  const delivery = deliverCallbacks(context, [accountSlot], settings.delivery);
  settings.onChanged(() => delivery.wake());
  const stopKeeping = clock.every(preKeyCheckEveryMs, () => {
    if (chat.state !== 'connected') return;
    keep(chat, 'when-changed').catch((error: unknown) => {
      if (error instanceof Fenced) lease.fence(error.message);
      else onPreKeyError(error);
    });
  });
  const stopCollecting = clock.every(collectEveryMs, () => collectOffline(online));

  return {
    shard: controlShard,
    slots: [accountSlot],
    get status() {
      if (chat.state === 'connected' || chat.state === 'connecting') return chat.state;
      return 'disconnected';
    },
    wakeInbox: () => undefined,
    refreshSettings: settings.refresh,
    async stop(how) {
      stopKeeping();
      stopCollecting();
      settings.stop();
      if (how === 'at-once') chat.abort();
      await delivery.stop();
      await chat.stop();
      metrics.connected.set(label, 0);
    },
  };
}
