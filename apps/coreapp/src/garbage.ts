import type { Clock } from '@multiconnect/clock';
import type { NodeConfig } from '@multiconnect/config';
import { ApiError, controlShard, errorBody, type GarbageReport, type ServiceNotice } from '@multiconnect/contract';
import { type Collector, type CollectorOptions, collectMedia, collectMessages, type Outcome, startCollector } from '@multiconnect/garbage';
import { createDirectoryFiles } from '@multiconnect/media';
import type { MessageStore } from '@multiconnect/message-store';
import type { RpcHandlers } from '@multiconnect/rpc';
import { readSettings } from '@multiconnect/settings';
import { createErrorLog, type Logger } from '@multiconnect/telemetry';
import type { Shards } from './shards.ts';

const hourMs = 3_600_000;
/** Random, so that coreapps do not collect together. */
const everyMs = { min: 2 * hourMs, max: 6 * hourMs };

export interface GarbageOptions {
  readonly account: number;
  readonly config: Pick<NodeConfig, 'mediaDir'>;
  readonly connections: { readonly clock: Clock; readonly store: Pick<MessageStore, 'callbacks' | 'housekeeping' | 'settings'> };
  readonly shards: Pick<Shards, 'owned'>;
  /** As health names it. */
  readonly node: string;
  readonly log: Logger;
}

export interface Garbage {
  readonly handlers: Pick<RpcHandlers, 'garbage.collect-messages' | 'garbage.collect-media'>;
  stop(): Promise<void>;
}

function messageNotice(node: string, outcome: Outcome): ServiceNotice {
  if ('deleted' in outcome) return { message: { gc: { node, messages_deleted: outcome.deleted, status: 'complete' } } };
  const errors = [errorBody('internal', 'Could not delete messages')];
  return { message: { gc: { node, messages_deleted: 0, errors, status: 'failed' } } };
}

/** The documented example of a success stands under `message`, that of a failure under `media`: a success stands under both. */
function mediaNotice(outcome: Outcome): ServiceNotice {
  if (!('deleted' in outcome)) return { media: { gc: { items_deleted: 0, errors: [errorBody('internal', 'Could not delete media files')], status: 'failed' } } };
  const gc: GarbageReport = { items_deleted: outcome.deleted, status: 'complete' };
  return { message: { gc }, media: { gc } };
}

/** The garbage collectors of this coreapp: of the messages of its shards, and of media while it owns the control shard. */
export function runGarbage({ account, config, connections, shards, node, log }: GarbageOptions): Garbage {
  const { clock, store } = connections;
  const files = createDirectoryFiles(config.mediaDir);
  const controlOwner = () => shards.owned().find(({ tenure }) => tenure.account === account && tenure.shard === controlShard);
  const settings = () => readSettings(store.settings, account);

  const start = (what: string, notice: (outcome: Outcome) => ServiceNotice, more: Pick<CollectorOptions, 'collect' | 'isAutomatic'>): Collector =>
    startCollector({
      clock,
      everyMs,
      random: Math.random,
      report: (outcome, runId) => store.callbacks.raise(account, `gc-${what}-${node}-${runId}`, { kind: 'service', services: [notice(outcome)] }),
      onError: createErrorLog(log, `collecting ${what} failed`),
      onFinished: (deleted) => log.info({ what, deleted }, 'garbage collected'),
      ...more,
    });

  const messages = start('messages', (outcome) => messageNotice(node, outcome), {
    collect: (signal) => collectMessages({ housekeeping: store.housekeeping, clock, shards: shards.owned(), signal }),
    async isAutomatic() {
      const { db_garbagecollector_enable: isOn, garbagecollector_enable: isOnFor } = await settings();
      return isOn && isOnFor.messages;
    },
  });
  const media = start('media', mediaNotice, {
    async collect(signal) {
      const owner = controlOwner();
      if (owner === undefined) throw new Error('the control shard is another node\'s');
      return collectMedia({ housekeeping: store.housekeeping, files, clock, tenure: owner.tenure, signal: AbortSignal.any([signal, owner.tenure.signal]) });
    },
    isAutomatic: async () => controlOwner() !== undefined && (await settings()).garbagecollector_enable.media,
  });

  return {
    handlers: {
      'garbage.collect-messages'() {
        messages.request();
        return Promise.resolve({ status: 'processing' });
      },
      'garbage.collect-media'() {
        if (controlOwner() === undefined) return Promise.reject(new ApiError('notPrimaryCoreapp'));
        media.request();
        return Promise.resolve({ status: 'processing' });
      },
    },
    async stop() {
      await Promise.all([messages.stop(), media.stop()]);
    },
  };
}
