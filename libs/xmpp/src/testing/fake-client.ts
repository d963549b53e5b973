import type { StreamClosed } from '../errors.ts';
import type { Element } from '../element.ts';
import { openStream } from '../stream.ts';
import type { StreamOptions, XmppStream } from '../stream.ts';
import type { FakeServer } from './fake-server.ts';
import { domain } from './fake-server.ts';

/** A stanza in the hands of a handler that has not finished. */
export interface Handling {
  readonly stanza: Element;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export const account = { jid: `a@${domain}`, password: 'secret' } as const;
export const timing = { connectTimeoutMs: 5_000, keepAliveIntervalMs: 60_000, maxUnhandledStanzas: 100 } as const;

/** A stream to the fake server whose handlers finish when the test says so. */
export async function connect(server: FakeServer, options: Partial<StreamOptions> = {}) {
  const handling: Handling[] = [];
  const acknowledged: (readonly string[])[] = [];
  const closed: StreamClosed[] = [];
  const arrivals: (() => void)[] = [];
  const changed = () => arrivals.forEach((check) => check());
  const stream: XmppStream = await openStream({
    account,
    routes: [server.route],
    ca: server.ca,
    resource: 'shard-1',
    ...timing,
    onStanza: (stanza) =>
      new Promise<void>((resolve, reject) => {
        handling.push({ stanza, resolve, reject });
        changed();
      }),
    onAcknowledged: (ids) => {
      acknowledged.push(ids);
      changed();
    },
    onClosed: (reason) => closed.push(reason),
    ...options,
  });
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (condition()) resolve();
      };
      arrivals.push(check);
      check();
    });
  return { stream, handling, acknowledged, closed, until };
}
