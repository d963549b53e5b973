import type { Redis } from 'ioredis';
import { inboxChannel } from './names.ts';

/** Tells the owners of slots that their inbox has grown. */
export interface InboxWake {
  /** Never waits and never throws. */
  publish(account: number, slots: ReadonlySet<number>): void;
  /** `fn` is also called without slots after every reconnection, when something may have been missed. */
  subscribe(fn: (account?: number, slots?: ReadonlySet<number>) => void): Promise<() => void>;
}

function parse(message: string): [account: number, slots: ReadonlySet<number>] {
  const [account = '', slots = ''] = message.split(':');
  return [Number(account), new Set(slots.split(',').map(Number))];
}

/** `subscriber` is a connection of its own; `publisher` fails fast while Redis is away. */
export function createInboxWake(options: {
  publisher: Redis;
  subscriber: Redis;
  prefix: string;
  onDropped: (error: unknown) => void;
}): InboxWake {
  const channel = inboxChannel(options.prefix);
  return {
    publish(account, slots) {
      options.publisher.publish(channel, `${account}:${[...slots].join(',')}`).catch(options.onDropped);
    },
    async subscribe(fn) {
      const onMessage = (from: string, message: string) => {
        if (from === channel) fn(...parse(message));
      };
      const onReady = () => fn();
      options.subscriber.on('message', onMessage);
      options.subscriber.on('ready', onReady);
      await options.subscriber.subscribe(channel);
      return () => {
        options.subscriber.off('message', onMessage);
        options.subscriber.off('ready', onReady);
      };
    },
  };
}
