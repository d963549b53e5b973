import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type Api, openApi } from './api.ts';
import { Checker } from './checker.ts';
import { keyOf, type MessageKey, textOf } from './content.ts';
import { cpuBetween, type ProcessGroup, sampleCpu } from './cpu.ts';
import { Lanes } from './lanes.ts';
import { defaults, type LoadOptions } from './options.ts';
import { openPhones, type Phones } from './phones.ts';
import { type Plan, planOf } from './plan.ts';
import { type LoadReport, reportOf } from './report.ts';
import { openSink, type Sink } from './sink.ts';
import { Timeline } from './timeline.ts';

const defaultsOf = (options: LoadOptions) => ({ ...defaults, ...options });
type Settings = ReturnType<typeof defaultsOf>;

/** Cuts the waits for something short. */
const pollIntervalMs = 20;

/**
 * Drives a running cluster with phones of its own and a callback sink of its own. Each known recipient first gets one
 * message that is checked but not measured. Throws ApiFailed and PhonesFailed when it cannot begin; what goes wrong later
 * is in the report.
 */
export async function runLoad(given: LoadOptions): Promise<LoadReport> {
  const settings = defaultsOf(given);
  const plan = planOf(settings);
  const run = new Run(settings, plan);
  const { target, signal } = settings;
  signal?.throwIfAborted();
  const api = await openApi(target.apiUrl, target);
  const cleanups: (() => Promise<unknown>)[] = [() => api.close()];
  try {
    const phones = await run.openPhones();
    cleanups.unshift(() => {
      phones.kill();
      return Promise.resolve();
    });
    const sink = await openSink(({ id, status }, atMs) => run.calledBack(id, status, atMs));
    cleanups.unshift(() => sink.close());
    cleanups.unshift(await useSink(api, sink));
    return await run.measure(api, phones);
  } finally {
    for (const cleanup of cleanups) await cleanup();
  }
}

/** Points the callbacks here; returns how to point them back. */
async function useSink(api: Api, sink: Sink): Promise<() => Promise<void>> {
  const former = await api.webhooks();
  await api.setWebhooks({ url: sink.url, message: { sent: true, delivered: true, read: true } });
  return () => api.setWebhooks(former);
}

class Run {
  readonly #settings: Settings;
  readonly #plan: Plan;
  readonly #runId = randomBytes(4).toString('hex');
  readonly #checker = new Checker();
  /** The warm-up's messages have one of their own, so that they are not measured. */
  #timeline = new Timeline();
  readonly #warmUp = this.#timeline;
  readonly #lanes = new Lanes();
  readonly #sequences = new Map<string, number>();
  readonly #lateMs: number[] = [];
  readonly #failedPosts: string[] = [];
  #interruption: string | undefined;

  constructor(settings: Settings, plan: Plan) {
    this.#settings = settings;
    this.#plan = plan;
  }

  async openPhones(): Promise<Phones> {
    const { target, recipients } = this.#settings;
    const count = recipients + this.#plan.newCount;
    this.#say(`opening ${count} phones`);
    const startedAtMs = performance.now();
    const phones = await openPhones({
      ...target,
      count,
      onShown: ({ number, text }) => this.#shown(number, text),
      onProgress: (opened) => this.#say(`opened ${opened} of ${count} phones`),
      onDied: (error) => (this.#interruption = error.message),
    });
    this.#say(`${count} phones are online after ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
    return phones;
  }

  calledBack(id: string, status: string, atMs: number): void {
    this.#warmUp.calledBack(id, status, atMs);
    if (this.#timeline !== this.#warmUp) this.#timeline.calledBack(id, status, atMs);
  }

  async measure(api: Api, phones: Phones): Promise<LoadReport> {
    await this.#warm(api, phones);
    this.#timeline = new Timeline();
    const { rate, durationS, recipients, newRecipientsPercent, lingerMs } = this.#settings;
    this.#say(`posting ${this.#plan.count} messages at ${rate} a second`);
    const startedAt = new Date();
    const groups = this.#groups(phones);
    const cpuBefore = sampleCpu();
    const heldBackBefore = this.#lanes.heldBackCount;
    this.#settings.onStarted?.();
    await this.#post(api, phones);
    await this.#settle(this.#settings.settleTimeoutMs);
    const cpuMs = cpuBetween(cpuBefore, sampleCpu(), groups);
    await sleep(lingerMs);
    const missing = this.#missing();
    const totals = this.#interruption === undefined ? await phones.close() : noTotals;
    return reportOf({
      runId: this.#runId,
      startedAt,
      asked: { rate, durationS, recipients, newRecipientsPercent },
      planned: this.#plan.count,
      stations: this.#timeline.stations(),
      lateMs: this.#lateMs,
      heldBack: this.#lanes.heldBackCount - heldBackBefore,
      failedPosts: this.#failedPosts,
      shown: this.#checker.shownCount,
      faults: this.#checker.faults(),
      callbacks: {
        missingSent: missing.sent,
        missingDelivered: missing.delivered,
        repeated: this.#timeline.repeatedCount,
        failed: this.#timeline.failedCount + this.#warmUp.failedCount,
      },
      phones: totals,
      cpuMs,
      ...(this.#interruption === undefined ? {} : { interruption: this.#interruption }),
    });
  }

  #missing(): { readonly sent: number; readonly delivered: number } {
    const [now, before] = [this.#timeline.missing(), this.#warmUp.missing()];
    if (this.#timeline === this.#warmUp) return now;
    return { sent: now.sent + before.sent, delivered: now.delivered + before.delivered };
  }

  get #stopped(): boolean {
    return this.#interruption !== undefined;
  }

  /** So that the known recipients are known: their devices found, their sessions made. */
  async #warm(api: Api, phones: Phones): Promise<void> {
    const { recipients, settleTimeoutMs } = this.#settings;
    this.#say('a first message to each recipient');
    for (let index = 0; index < recipients && !this.#stopped; index++) {
      const number = phones.numbers[index] ?? '';
      this.#lanes.run(index, () => this.#postOne(api, number));
    }
    await this.#lanes.idle();
    await this.#settle(settleTimeoutMs);
  }

  async #post(api: Api, phones: Phones): Promise<void> {
    const startMs = performance.now();
    for (let index = 0; index < this.#plan.count; index++) {
      const dueMs = startMs + this.#plan.dueMs(index);
      await this.#until(dueMs);
      if (this.#stopped) break;
      const recipient = this.#plan.recipientOf(index);
      const number = phones.numbers[recipient] ?? '';
      this.#lanes.run(recipient, () => {
        this.#lateMs.push(performance.now() - dueMs);
        return this.#postOne(api, number);
      });
    }
    await this.#lanes.idle();
  }

  async #until(dueMs: number): Promise<void> {
    const waitMs = dueMs - performance.now();
    // A turn of the event loop even when late, or answers would never be read.
    if (waitMs > 0) await sleep(waitMs);
    else await nextTurn();
    if (this.#settings.signal?.aborted === true) this.#interruption ??= 'interrupted';
  }

  async #postOne(api: Api, recipient: string): Promise<void> {
    const sequence = (this.#sequences.get(recipient) ?? 0) + 1;
    this.#sequences.set(recipient, sequence);
    const key: MessageKey = { recipient, sequence };
    const timeline = this.#timeline;
    const postedAtMs = performance.now();
    try {
      const id = await api.postText(recipient, textOf(this.#runId, key));
      timeline.accepted(id, { postedAtMs, acceptedAtMs: performance.now() });
      this.#checker.accepted(key);
    } catch (error) {
      this.#checker.uncertain(key);
      this.#failedPosts.push(error instanceof Error ? error.message : String(error));
    }
  }

  #shown(number: string, text: string): void {
    const key = keyOf(this.#runId, text);
    if (key !== undefined) this.#checker.shown(number, key);
  }

  /** Waits until nothing is missing, or for `timeoutMs`, and says what is. */
  async #settle(timeoutMs: number): Promise<void> {
    const untilMs = performance.now() + timeoutMs;
    while (this.#outstanding > 0 && performance.now() < untilMs && !this.#stopped) await this.#until(performance.now() + pollIntervalMs);
    if (this.#outstanding === 0) return;
    const { sent, delivered } = this.#missing();
    this.#say(`still missing: ${this.#checker.missingCount} on the phones, callbacks: ${sent} sent, ${delivered} delivered`);
  }

  get #outstanding(): number {
    const before = this.#timeline === this.#warmUp ? 0 : this.#warmUp.undeliveredCount;
    return this.#checker.missingCount + this.#timeline.undeliveredCount + before;
  }

  #groups(phones: Phones): readonly ProcessGroup[] {
    return [
      ...this.#settings.target.processes,
      { name: 'phones', pids: [phones.pid] },
      { name: 'load generator', pids: [process.pid] },
    ];
  }

  #say(line: string): void {
    this.#settings.onProgress?.(line);
  }
}

const noTotals = { shown: 0, duplicates: 0, undecryptable: 0, receipts: 0 } as const;
