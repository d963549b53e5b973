import { type Api, openApi } from './api.ts';
import type { ProcessGroup } from './cpu.ts';
import type { Writing } from './fleet-protocol.ts';
import { InboundStage, type InboundOptions } from './inbound.ts';
import type { InboundReport } from './inbound-report.ts';
import { type SessionOptions, sessionDefaults, type StageOptions, stageDefaults } from './options.ts';
import { openPhones, type Phones } from './phones.ts';
import { planOf } from './plan.ts';
import type { LoadReport } from './report.ts';
import { openSink, type Sink } from './sink.ts';
import { Stage, type StageListener } from './stage.ts';

/** A fleet of phones and a callback sink at a running cluster, for one stage after another. */
export interface LoadSession {
  /** Whose CPU is counted: the target's, the phones, and this process, which posts and takes the callbacks. */
  readonly processes: readonly ProcessGroup[];
  /** What goes wrong is in the report. */
  run(stage: StageOptions): Promise<LoadReport>;
  /** The phones write to the business. */
  runInbound(stage: InboundOptions): Promise<InboundReport>;
  /** Ends the phones and restores the settings. */
  close(): Promise<void>;
}

/** Throws ApiFailed and PhonesFailed. */
export async function openSession(given: SessionOptions): Promise<LoadSession> {
  const options = { ...sessionDefaults, ...given };
  options.signal?.throwIfAborted();
  const cleanups: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  };
  try {
    const api = await openApi(options.target.apiUrl, options.target);
    cleanups.push(() => api.close());
    const session = new Session(options, api);
    const phones = await session.open();
    cleanups.push(() => {
      phones.kill();
      return Promise.resolve();
    });
    const sink = await openSink(session);
    cleanups.push(() => sink.close());
    cleanups.push(await useSink(api, sink));
    return {
      processes: session.processes(phones),
      run: (stage) => session.run(phones, stage),
      runInbound: (stage) => session.runInbound(phones, stage),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Points the callbacks here; returns how to point them back. */
async function useSink(api: Api, sink: Sink): Promise<() => Promise<void>> {
  const former = await api.webhooks();
  await api.setWebhooks({ url: sink.url, message: { sent: true, delivered: true, read: true } });
  return () => api.setWebhooks(former);
}

/** Nobody listens between two stages. */
const deaf: StageListener = { shown: () => undefined, statusCalledBack: () => undefined, messageCalledBack: () => undefined, written: () => undefined };

type Settings = SessionOptions & Required<Pick<SessionOptions, keyof typeof sessionDefaults>>;

class Session {
  readonly #options: Settings;
  readonly #api: Api;
  #listener: StageListener = deaf;
  #usedNew = 0;
  #interruption: string | undefined;

  constructor(options: Settings, api: Api) {
    this.#options = options;
    this.#api = api;
  }

  async open(): Promise<Phones> {
    const { target, recipients, newRecipients, onProgress } = this.#options;
    const count = recipients + newRecipients;
    onProgress?.(`opening ${count} phones`);
    const startedAtMs = performance.now();
    const phones = await openPhones({
      ...target,
      count,
      onShown: ({ number, text }) => this.#listener.shown(number, text),
      onWritten: (message) => this.#listener.written(message),
      onProgress: (opened) => onProgress?.(`opened ${opened} of ${count} phones`),
      onDied: (error) => (this.#interruption = error.message),
    });
    onProgress?.(`${count} phones are online after ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
    return phones;
  }

  processes({ pid }: Phones): readonly ProcessGroup[] {
    return [...this.#options.target.processes, { name: 'phones', pids: [pid] }, { name: 'load generator', pids: [process.pid] }];
  }

  onStatus(callback: { readonly id: string; readonly status: string }, atMs: number): void {
    this.#listener.statusCalledBack(callback.id, callback.status, atMs);
  }

  onMessage(callback: { readonly from: string; readonly text?: { readonly body: string } }, atMs: number): void {
    this.#listener.messageCalledBack(callback.from, callback.text?.body ?? '', atMs);
  }

  async run(phones: Phones, given: StageOptions): Promise<LoadReport> {
    const { recipients } = this.#options;
    const settings = { ...stageDefaults, ...given };
    const plan = planOf({ ...settings, recipients });
    const newNumbers = phones.numbers.slice(recipients + this.#usedNew, recipients + this.#usedNew + plan.newCount);
    this.#usedNew += plan.newCount;
    const numbers = [...phones.numbers.slice(0, recipients), ...newNumbers];
    const stage = new Stage({ settings, plan, numbers, recipients, api: this.#api, ...this.#surroundings(phones) });
    this.#listener = stage;
    return stage.measure();
  }

  async runInbound(phones: Phones, options: InboundOptions): Promise<InboundReport> {
    const write = (writing: Writing) => phones.write(writing);
    const stage = new InboundStage({ ...options, writers: this.#options.recipients, write, ...this.#surroundings(phones) });
    this.#listener = stage;
    return stage.measure();
  }

  #surroundings(phones: Phones) {
    const { signal, onProgress } = this.#options;
    return {
      processes: this.processes(phones),
      totals: () => phones.totals(),
      interruption: () => this.#interruption ?? (signal?.aborted === true ? 'interrupted' : undefined),
      say: (line: string) => onProgress?.(line),
    };
  }
}
