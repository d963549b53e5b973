import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

interface Body {
  readonly statuses?: readonly { readonly id: string; readonly recipient_id: string }[];
}

/** A back end that counts what it takes, and keeps nothing but the last of each customer. */
export interface Receiver {
  readonly url: string;
  /** Statuses of messages with ids `<label>-<number>`. */
  readonly taken: number;
  /** Taken before, or after a later one of the same customer. */
  readonly misplaced: number;
  readonly refused: number;
  setTaking(isTaking: boolean): void;
  stop(): Promise<void>;
}

export async function startReceiver(label: string): Promise<Receiver> {
  let isTaking = true;
  const counts = { taken: 0, misplaced: 0, refused: 0 };
  const last = new Map<string, string>();
  const take = ({ statuses = [] }: Body) => {
    for (const { id, recipient_id: customer } of statuses) {
      if (!id.startsWith(`${label}-`)) continue;
      counts.taken += 1;
      if ((last.get(customer) ?? '') >= id) counts.misplaced += 1;
      last.set(customer, id);
    }
  };
  const read = async (request: IncomingMessage): Promise<Body> => (await json(request)) as Body;
  const server = createServer((request, response) => {
    read(request).then(
      (body) => {
        if (isTaking) take(body);
        else counts.refused += 1;
        response.writeHead(isTaking ? 200 : 500).end();
      },
      () => response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callbacks`,
    get taken() {
      return counts.taken;
    },
    get misplaced() {
      return counts.misplaced;
    },
    get refused() {
      return counts.refused;
    },
    setTaking: (next) => void (isTaking = next),
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
