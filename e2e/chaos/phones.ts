import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Cluster } from '@multiconnect/local';
import type { OpenHistory } from './history.ts';
import type { FromPhones, ToPhones } from './phones-protocol.ts';

/** The phones could not be opened, or their process has ended. */
export class PhonesFailed extends Error {
  override readonly name = 'PhonesFailed';
}

/** The customers. What their phones do and show is written into the history. */
export interface Phones {
  write(customer: string, to: string, text: string): void;
  close(): Promise<void>;
}

const program = fileURLToPath(new URL('./phones-process.ts', import.meta.url));

/** Resolves when all phones are online. Throws {@link PhonesFailed}. */
export async function openPhones(cluster: Cluster, numbers: readonly string[], history: OpenHistory): Promise<Phones> {
  const child = fork(program, { execArgv: [] });
  const opened = Promise.withResolvers<undefined>();
  const closed = Promise.withResolvers<undefined>();
  const writing = new Map<string, OpenHistory['written'][number]>();
  const tell = (message: ToPhones) => child.send(message);
  const hear = (message: FromPhones) => {
    switch (message.kind) {
      case 'opened':
        opened.resolve(undefined);
        break;
      case 'shown':
        history.shown.push({ customer: message.customer, text: message.text, atMs: message.atMs });
        break;
      case 'sent':
        Object.assign(writing.get(message.text) ?? {}, { sentAtMs: message.atMs });
        break;
      case 'gaveUp':
        Object.assign(writing.get(message.text) ?? {}, { refusal: message.reason });
        break;
      case 'bounced':
      case 'unreadable':
        history.incidents.push({ what: message.kind, detail: message.detail, atMs: message.atMs });
        break;
      case 'closed':
        closed.resolve(undefined);
        break;
      case 'failed':
        opened.reject(new PhonesFailed(message.reason));
    }
  };
  child.on('message', (message) => hear(message as FromPhones));
  child.once('exit', (code, signal) => {
    opened.reject(new PhonesFailed(`the process of the phones has ended (${signal ?? code ?? 'unknown'})`));
    closed.resolve(undefined);
  });

  const { host, port, caFile } = cluster.services.xmpp;
  tell({
    kind: 'open',
    numbers,
    registryUrl: cluster.registryUrl,
    operatorToken: readFileSync(cluster.secrets.operatorTokenFile, 'utf8').trim(),
    routes: [{ host, port, security: 'starttls' }],
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }),
  });
  await opened.promise;
  return {
    write(customer, to, text) {
      const written = { text, customer, writtenAtMs: Date.now() };
      writing.set(text, written);
      history.written.push(written);
      tell({ kind: 'write', customer, to, text });
    },
    async close() {
      tell({ kind: 'close' });
      await closed.promise;
    },
  };
}
