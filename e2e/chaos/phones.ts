import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Cluster } from '@multiconnect/local';
import type { OpenHistory } from './history.ts';
import { type InKind, reactionMark, type Seen } from './messages.ts';
import type { FromPhones, ToPhones } from './phones-protocol.ts';

/** The phones could not be opened, or their process has ended. */
export class PhonesFailed extends Error {
  override readonly name = 'PhonesFailed';
}

/** A message that a phone is to send. */
export interface ToWrite {
  readonly kind: InKind;
  readonly mark: string;
  /** The business's message that it is about. */
  readonly about?: { readonly mark: string; readonly id: string };
}

/** The customers. What their phones do and show is written into the history. */
export interface Phones {
  write(customer: string, to: string, message: ToWrite): void;
  /** Tells the business that a shown message has been read. */
  markRead(customer: string, mark: string, id: string): void;
  /** Resolves when the new customer's phone is online, however often that takes. */
  join(number: string): Promise<void>;
  close(): Promise<void>;
}

const program = fileURLToPath(new URL('./phones-process.ts', import.meta.url));

/** Resolves when all phones are online. Throws {@link PhonesFailed}. */
export async function openPhones(cluster: Cluster, numbers: readonly string[], history: OpenHistory): Promise<Phones> {
  const child = fork(program, { execArgv: [] });
  const opened = Promise.withResolvers<undefined>();
  const closed = Promise.withResolvers<undefined>();
  const joining = new Map<string, () => void>();
  const writing = new Map<string, OpenHistory['written'][number]>();
  const marks = new Map<string, string>(); // by the id on the phone
  const tell = (message: ToPhones) => child.connected && child.send(message);

  const show = (customer: string, { kind, mark, about }: Seen, atMs: number) => {
    const aboutMark = about === undefined ? undefined : (marks.get(about) ?? about);
    history.shown.push({
      customer,
      mark: mark ?? reactionMark(aboutMark ?? ''),
      kind,
      ...(aboutMark === undefined ? {} : { about: aboutMark }),
      atMs,
    });
  };
  const note = (mark: string, fact: Partial<OpenHistory['written'][number]>) => {
    const written = writing.get(mark);
    if (written !== undefined) Object.assign(written, fact);
  };
  const hear = (message: FromPhones) => {
    switch (message.kind) {
      case 'opened':
        opened.resolve(undefined);
        break;
      case 'joined':
        joining.get(message.number)?.();
        break;
      case 'shown':
        show(message.customer, message.seen, message.atMs);
        break;
      case 'sent':
        marks.set(message.id, message.mark);
        note(message.mark, { sentAtMs: message.atMs, stanzaId: message.id });
        break;
      case 'gaveUp':
        note(message.mark, { refusal: message.reason });
        break;
      case 'ticked':
        history.ticks.push({ mark: marks.get(message.id) ?? message.id, customer: message.customer, atMs: message.atMs });
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
    write(customer, to, { kind, mark, about }) {
      const written = { mark, kind, customer, writtenAtMs: Date.now(), ...(about === undefined ? {} : { about: about.mark }) };
      writing.set(mark, written);
      history.written.push(written);
      tell({ kind: 'write', customer, to, message: { kind, mark, ...(about === undefined ? {} : { about: about.id }) } });
    },
    markRead(customer, mark, id) {
      history.reads.push({ by: 'customer', mark, customer, atMs: Date.now() });
      tell({ kind: 'read', customer, id });
    },
    join: (number) =>
      new Promise((resolve) => {
        joining.set(number, resolve);
        tell({ kind: 'join', number });
      }),
    async close() {
      tell({ kind: 'close' });
      await closed.promise;
    },
  };
}
