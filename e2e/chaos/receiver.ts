import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { OpenHistory } from './history.ts';
import { type CalledBackBody, reactionMark, seenInCallback } from './messages.ts';

/**
 * What the business's callback receiver does with a request: takes it; refuses it with 500; takes it and cuts the connection
 * before the answer; reads it and never answers.
 */
export type ReceiverMode = 'taking' | 'refusing' | 'cutting' | 'hanging';

export interface Receiver {
  /** What `webhooks.url` is set to. */
  readonly url: string;
  setMode(mode: ReceiverMode): void;
  stop(): Promise<void>;
}

interface Body {
  readonly statuses?: readonly { readonly id: string; readonly status: string; readonly recipient_id: string }[];
  readonly messages?: readonly CalledBackBody[];
}

/** A business's back end. What it takes, it writes into the history. */
export async function startReceiver(history: OpenHistory): Promise<Receiver> {
  let mode: ReceiverMode = 'taking';
  const markOf = (id: string) => history.posts.findLast((post) => post.id === id)?.mark;
  const recordMessage = (body: CalledBackBody, atMs: number) => {
    const { kind, mark, about } = seenInCallback(body);
    const aboutMark = about === undefined ? undefined : (markOf(about) ?? about);
    history.messages.push({
      id: body.id,
      customer: body.from,
      mark: mark ?? reactionMark(aboutMark ?? ''),
      kind,
      ...(aboutMark === undefined ? {} : { about: aboutMark }),
      ...(body.image === undefined ? {} : { mediaId: body.image.id }),
      atMs,
    });
  };
  const record = ({ messages = [], statuses = [] }: Body) => {
    const atMs = Date.now();
    for (const message of messages) recordMessage(message, atMs);
    for (const { id, status, recipient_id } of statuses) history.statuses.push({ id, status, customer: recipient_id, atMs });
  };
  const server = createServer((request, response) => {
    read(request).then(
      (body) => {
        if (mode === 'refusing') return void response.writeHead(500).end();
        if (mode === 'hanging') return undefined;
        record(body);
        if (mode === 'cutting') return void response.destroy();
        return void response.end();
      },
      () => response.destroy(),
    );
  });
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callbacks`,
    setMode: (next) => {
      // A receiver that comes back is a new process: what hung is cut.
      if (mode === 'hanging') server.closeAllConnections();
      mode = next;
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const read = async (request: IncomingMessage): Promise<Body> => (await json(request)) as Body;
