import { createPostgresShardMap } from '@multiconnect/cluster';
import { controlShard } from '@multiconnect/contract';
import { keepPreKeys } from '@multiconnect/devices';
import { createReceiver } from '@multiconnect/inbound';
import { Fenced } from '@multiconnect/message-store';
import { createPhotoHost, createPublication } from '@multiconnect/profile';
import { createErrorLog } from '@multiconnect/telemetry';
import { StreamClosedError, type XmppStream } from '@multiconnect/xmpp';
import { countedInbox, countedReceive } from './arrivals.ts';
import { deliverCallbacks } from './callback-delivery.ts';
import { leaveChat, openChatConnection } from './chat-connection.ts';
import { removeQueuesOfGoneShards } from './gone-queues.ts';
import { openOfflineCollector } from './offline-collector.ts';
import { followSettings } from './settings.ts';
import { chatResource, type ShardContext, type ShardService } from './shard-service.ts';

const label = { shard: String(controlShard) };
const preKeyCheckEveryMs = 10_000;
const profileCheckEveryMs = 10_000;
/** Callbacks about the account itself carry this slot. */
const accountSlot = -1;

/** Serves the control shard: receives for the whole number, publishes its device, delivers callbacks about the account. */
export async function startControlShard(context: ShardContext): Promise<ShardService> {
  const { lease, connections, credentials, local, log, metrics, statistics } = context;
  const { store, clock } = connections;
  const onPreKeyError = createErrorLog(log, 'prekeys not kept');
  const settings = await followSettings(connections, lease.account, createErrorLog(log, 'settings not read'));

  const onProfileError = createErrorLog(log, 'profile not published');
  const publication = createPublication({
    account: lease.account,
    accounts: store.accounts,
    profiles: store.profiles,
    host: createPhotoHost({ domain: credentials.jid.slice(credentials.jid.indexOf('@') + 1), http: connections.mediaHttp }),
    clock,
  });
  /** A business without a profile can still converse: nothing waits for this. The next stream publishes what this one lost. */
  const published = (step: Promise<void>) =>
    step.catch((error: unknown) => {
      if (!(error instanceof StreamClosedError)) onProfileError(error);
    });
  const receiver = createReceiver({
    ...{ tenure: lease, signal: lease.signal, clock },
    inbox: countedInbox(store.inbox, statistics),
    onStored: context.announceInbox,
    onTrouble: createErrorLog(log, 'stanzas not stored'),
  });
  const keep = (requester: Parameters<typeof keepPreKeys>[0]['requester'], publish: 'always' | 'when-changed') =>
    keepPreKeys({ control: lease, local, preKeys: store.preKeys, requester, clock, publish });
  let online: XmppStream | undefined;
  const onStanza = countedReceive((stanza) => receiver.receive(stanza), statistics);
  const collector = openOfflineCollector({ config: context.config, lines: context.lines, credentials, assertOwned: context.assertOwned, clock, log, statistics, onStanza });
  metrics.connected.set(label, 0);
  const chat = openChatConnection({
    config: context.config,
    credentials,
    resource: chatResource(controlShard),
    lines: context.lines,
    priority: 1,
    assertOwned: context.assertOwned,
    log,
    statistics,
    prepare: (stream) => keep(stream, 'always'),
    onOnline: (stream) => {
      metrics.connected.set(label, 1);
      online = stream;
      collector.collect();
      void published(publication.publish(stream));
    },
    onOffline: () => {
      metrics.connected.set(label, 0);
      online = undefined;
    },
    onStanza,
    onAcknowledged: () => undefined,
    onGaveUp: (reason) => {
      if (reason === 'conflict') context.onConflict();
      else context.onUnregistered();
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
  const updateProfile = async () => {
    if (online !== undefined) await published(publication.update(online));
  };
  const stopPublishing = clock.every(profileCheckEveryMs, () => void updateProfile());
  const stopRemoving = removeQueuesOfGoneShards(context, createPostgresShardMap(connections.mapPool));

  return {
    shard: controlShard,
    slots: [accountSlot],
    get status() {
      if (chat.state === 'connected' || chat.state === 'connecting') return chat.state;
      return 'disconnected';
    },
    wakeInbox: () => undefined,
    async refreshSettings() {
      await Promise.all([settings.refresh(), updateProfile()]);
    },
    async stop(how) {
      stopKeeping();
      stopRemoving();
      stopPublishing();
      settings.stop();
      receiver.stop();
      const left = leaveChat(chat, how);
      await delivery.stop();
      await Promise.all([left, collector.stop(how)]);
      metrics.connected.remove(label);
    },
  };
}
