import { slotsOfShard } from '@multiconnect/contract';
import { createDeviceBook, createDiscovery, waIdOf } from '@multiconnect/devices';
import { createDownloads, createProcessor, createReceiver } from '@multiconnect/inbound';
import type { AcceptedRow, DeadLetterKind, Fenced } from '@multiconnect/message-store';
import { createChatUploads } from '@multiconnect/media';
import { createPreparer, createSender, defaultSenderLimits } from '@multiconnect/outbound';
import { runOutboundWorker } from '@multiconnect/queue';
import { createErrorLog } from '@multiconnect/telemetry';
import { escapeXml } from '@multiconnect/xmpp';
import { countedInbox, countedReceive } from './arrivals.ts';
import { deliverCallbacks } from './callback-delivery.ts';
import { leaveChat, openChatConnection } from './chat-connection.ts';
import { followReadingPolicy } from './reading-policy.ts';
import { followSettings } from './settings.ts';
import { chatResource, type ShardContext, type ShardService } from './shard-service.ts';
import { createMessageTrail } from './tracing.ts';

const sweepEveryMs = 1_000;
/** As long as webapps may still send their hints by the grouping before, only sweeps find what they accept. */
const earlySweeps = { everyMs: 200, forMs: 2_000 };
const hintConcurrency = 64;
const maxCustomersInMemory = 20_000;
const deviceListMaxAgeMs = 3_600_000;

function receiptStanza(to: string, stanzaId: string): string {
  return (
    `<message to='${escapeXml(to)}' type='chat'><received xmlns='urn:xmpp:receipts' id='${escapeXml(stanzaId)}'/>` +
    `<store xmlns='urn:xmpp:hints'/></message>`
  );
}

/** Of all of them together, since their acceptance. */
function waitedMs(rows: readonly AcceptedRow[]): number {
  const nowMs = Date.now();
  return rows.reduce((sum, { acceptedAtMs }) => sum + Math.max(0, nowMs - acceptedAtMs), 0);
}

/** Serves a message shard under its lease: one chat connection, sending, receiving, callbacks. */
export async function startMessageShard(context: ShardContext): Promise<ShardService> {
  const { lease, connections, credentials, local, log, metrics, statistics } = context;
  const { store, clock, contacts } = connections;
  const { account, shard, signal } = lease;
  const label = { shard: String(shard) };
  const slots = slotsOfShard(shard, lease.shardCount);
  const domain = credentials.jid.slice(credentials.jid.indexOf('@') + 1);
  const onFenced = (error: Fenced) => {
    lease.fence(error.message);
  };
  const troubleLogs = new Map<string, (error: unknown) => void>();
  const onTrouble = (what: string, error: unknown) => {
    const report = troubleLogs.get(what) ?? createErrorLog(log, `shard trouble: ${what}`);
    troubleLogs.set(what, report);
    report(error);
  };

  const bury = (kind: DeadLetterKind, reason: string) => {
    metrics.deadLetters.inc({ kind, reason });
    log.error({ kind, reason }, 'dead letter: given up after it failed each time');
  };

  const trail = createMessageTrail(lease, log);
  const settings = await followSettings(connections, account, (error) => onTrouble('settings', error));

  const book = createDeviceBook({ account, ratchets: store.ratchets, maxCustomers: maxCustomersInMemory });
  const discovery = createDiscovery({
    local,
    requester: { request: (iq) => chat.request(iq) },
    resolve: (waId) => contacts.resolve(account, waId),
    clock,
    listMaxAgeMs: deviceListMaxAgeMs,
    onUnusableDevice: (_customer, deviceId, error) => log.warn({ deviceId, reason: error.message }, 'device passed over'),
  });
  const uploads = createChatUploads({
    requester: { request: (iq) => chat.request(iq) },
    domain,
    files: connections.mediaFiles,
    catalogue: store.media,
    http: connections.mediaHttp,
    clock,
  });
  const preparer = createPreparer({
    account,
    media: connections.media,
    uploads,
    catalogue: store.media,
    providers: () => store.mediaProviders.list(account),
    received: store.received,
    clock,
  });
  const shared = { tenure: lease, signal, slots, local, book, clock, reported: settings.reported, onFenced, onTrouble };
  const sender = createSender({
    ...shared,
    domain,
    outbox: trail.outbox(store.outbox),
    discovery,
    preparer,
    rules: () => ({
      areIdentityChangesShown: settings.application().show_security_notifications,
      isReengagementLimited: settings.application().reengagement_window_enforced === true,
    }),
    limits: defaultSenderLimits,
    onBuried: (reason) => bury('message', reason),
    onProgress(moved) {
      trail.moved(moved);
      delivery.wake();
    },
    onSent(rows) {
      metrics.encrypted.inc(label, rows.length);
      statistics.sent(rows.map(({ type }) => type), waitedMs(rows));
      trail.sent(rows);
    },
  });
  const downloads = createDownloads({
    ...{ tenure: lease, signal, slots, clock, onFenced, onTrouble },
    held: store.heldCallbacks,
    media: connections.media,
    onReleased: () => delivery.wake(),
  });
  const processor = createProcessor({
    ...shared,
    business: waIdOf(credentials.jid, domain) ?? '',
    policy: followReadingPolicy(settings, domain, connections.mediaHttp.trustedOrigins),
    inbox: trail.inbox(store.inbox),
    preKeys: store.preKeys,
    onBuried: (reason) => bury('stanza', reason),
    onReceived({ receipts, messages, files, moved }) {
      metrics.received.inc(label, messages);
      statistics.decoded(messages);
      if (files > 0) downloads.wake();
      trail.moved(moved);
      delivery.wake();
      for (const { to, stanzaId } of receipts) chat.post(receiptStanza(to, stanzaId));
    },
    onBroken: (customer, slot, deviceId) => void sender.heal(customer, slot, deviceId),
  });
  const receiver = createReceiver({
    ...{ tenure: lease, signal, clock },
    inbox: countedInbox(store.inbox, statistics),
    onStored: context.announceInbox,
    onTrouble: (error) => onTrouble('stanzas not stored', error),
  });
  metrics.connected.set(label, 0);
  const chat = openChatConnection({
    config: context.config,
    credentials,
    resource: chatResource(shard),
    lines: context.lines,
    priority: -1,
    assertOwned: context.assertOwned,
    log,
    statistics,
    prepare: () => Promise.resolve(),
    onOnline(stream) {
      metrics.connected.set(label, 1);
      sender.online(stream);
    },
    onOffline() {
      metrics.connected.set(label, 0);
      sender.offline();
    },
    onStanza: countedReceive((stanza) => receiver.receive(stanza), statistics),
    onAcknowledged: (ids) => sender.acknowledged(ids),
    onGaveUp: (reason) => {
      if (reason === 'conflict') context.onConflict();
      else context.onUnregistered();
    },
  });
  const delivery = deliverCallbacks(context, slots, settings.delivery);
  settings.onChanged(() => delivery.wake());
  const worker = runOutboundWorker({
    redis: connections.workerRedis,
    prefix: context.config.redisPrefix,
    account,
    shard,
    concurrency: hintConcurrency,
    onHint: (ids) => sender.hint(ids),
    onError: createErrorLog(log, 'outbound queue'),
  });
  const stopSweep = clock.every(sweepEveryMs, () => {
    sender.sweep();
    processor.wake();
    metrics.backlog.set(label, sender.backlog);
  });
  const stopEarlySweeps = clock.every(earlySweeps.everyMs, () => sender.sweep());
  const cancelStop = clock.after(earlySweeps.forMs, stopEarlySweeps);
  processor.wake();
  downloads.wake();

  return {
    shard,
    slots,
    get status() {
      if (chat.state === 'connected' || chat.state === 'connecting') return chat.state;
      return 'disconnected';
    },
    wakeInbox: () => processor.wake(),
    refreshSettings: settings.refresh,
    async stop(how) {
      stopSweep();
      cancelStop();
      stopEarlySweeps();
      settings.stop();
      receiver.stop();
      const left = leaveChat(chat, how);
      await worker.close();
      await Promise.all([sender.stop(), processor.stop(), downloads.stop(), delivery.stop()]);
      await left;
      metrics.connected.remove(label);
      metrics.backlog.remove(label);
    },
  };
}
