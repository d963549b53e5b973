import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Api } from './api.ts';
import { Checker } from './checker.ts';
import { keyOf, type MessageKey, textOf } from './content.ts';
import { cpuBetween, type ProcessGroup, sampleCpu } from './cpu.ts';
import type { PhoneTotals, Written } from './fleet-protocol.ts';
import { Lanes } from './lanes.ts';
import type { StageOptions, stageDefaults } from './options.ts';
import type { Plan } from './plan.ts';
import { type LoadReport, reportOf } from './report.ts';
import { Timeline } from './timeline.ts';

/** Cuts the waits for something short. */
const pollIntervalMs = 20;

/** What phones and callback sink tell. */
export interface StageListener {
  shown(number: string, text: string): void;
  /** Times on the clock of `performance.now()`. */
  statusCalledBack(id: string, status: string, atMs: number): void;
  messageCalledBack(from: string, text: string, atMs: number): void;
  written(message: Written): void;
}

/** What a stage is run in. */
export interface Surroundings {
  readonly processes: readonly ProcessGroup[];
  /** Of the phones, since they were opened. */
  readonly totals: () => Promise<PhoneTotals>;
  /** Why nothing more is to be done. */
  readonly interruption: () => string | undefined;
  readonly say: (line: string) => void;
}

export interface StageOf extends Surroundings {
  readonly settings: StageOptions & Required<Pick<StageOptions, keyof typeof stageDefaults>>;
  readonly plan: Plan;
  /** Of the phones: the recipients, then the new ones. */
  readonly numbers: readonly string[];
  readonly recipients: number;
  readonly api: Api;
}

/** Messages from the business at an even pace. */
export class Stage implements StageListener {
  readonly #of: StageOf;
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

  constructor(of: StageOf) {
    this.#of = of;
  }

  shown(number: string, text: string): void {
    const key = keyOf(this.#runId, text);
    if (key !== undefined) this.#checker.shown(number, key);
  }

  statusCalledBack(id: string, status: string, atMs: number): void {
    this.#warmUp.calledBack(id, status, atMs);
    if (this.#timeline !== this.#warmUp) this.#timeline.calledBack(id, status, atMs);
  }

  messageCalledBack(): void {
    // The phones only listen.
  }

  written(): void {
    // The phones only listen.
  }

  async measure(): Promise<LoadReport> {
    const { settings, plan, recipients, say, processes, totals } = this.#of;
    const { rate, durationS, newRecipientsPercent, settleTimeoutMs, lingerMs } = settings;
    const totalsBefore = await totals();
    await this.#warm();
    this.#timeline = new Timeline();
    say(`posting ${plan.count} messages at ${rate} a second`);
    const startedAt = new Date();
    const cpuBefore = sampleCpu();
    const heldBackBefore = this.#lanes.heldBackCount;
    settings.onStarted?.();
    await this.#post();
    await this.#settle(settleTimeoutMs);
    const cpuMs = cpuBetween(cpuBefore, sampleCpu(), processes);
    await sleep(lingerMs);
    const missing = this.#missing();
    const phones = this.#interruption === undefined ? differenceOf(totalsBefore, await totals()) : noTotals;
    return reportOf({
      runId: this.#runId,
      startedAt,
      asked: { rate, durationS, recipients, newRecipientsPercent },
      planned: plan.count,
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
      phones,
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
    this.#interruption ??= this.#of.interruption();
    return this.#interruption !== undefined;
  }

  /** So that the known recipients are known: their devices found, their sessions made. */
  async #warm(): Promise<void> {
    const { warmUpRecipients, settleTimeoutMs } = this.#of.settings;
    if (warmUpRecipients === 0) return;
    this.#of.say('a first message to each recipient');
    for (let index = 0; index < warmUpRecipients && !this.#stopped; index++) this.#lanes.run(index, () => this.#postOne(index, index));
    await this.#lanes.idle();
    await this.#settle(settleTimeoutMs);
  }

  async #post(): Promise<void> {
    const { plan } = this.#of;
    const startMs = performance.now();
    for (let index = 0; index < plan.count; index++) {
      const dueMs = startMs + plan.dueMs(index);
      await this.#until(dueMs);
      if (this.#stopped) break;
      const recipient = plan.recipientOf(index);
      this.#lanes.run(recipient, () => {
        this.#lateMs.push(performance.now() - dueMs);
        return this.#postOne(recipient, index);
      });
    }
    await this.#lanes.idle();
  }

  async #until(dueMs: number): Promise<void> {
    const waitMs = dueMs - performance.now();
    // A turn of the event loop even when late, or answers would never be read.
    if (waitMs > 0) await sleep(waitMs);
    else await nextTurn();
  }

  async #postOne(recipientIndex: number, index: number): Promise<void> {
    const { numbers, settings, api } = this.#of;
    const recipient = numbers[recipientIndex] ?? '';
    const sequence = (this.#sequences.get(recipient) ?? 0) + 1;
    this.#sequences.set(recipient, sequence);
    const key: MessageKey = { recipient, sequence };
    const timeline = this.#timeline;
    const postedAtMs = performance.now();
    try {
      const id = await api.post(settings.compose(recipient, textOf(this.#runId, key), index));
      timeline.accepted(id, { postedAtMs, acceptedAtMs: performance.now() });
      this.#checker.accepted(key);
    } catch (error) {
      this.#checker.uncertain(key);
      this.#failedPosts.push(error instanceof Error ? error.message : String(error));
    }
  }

  /** Waits until nothing is missing, or for `timeoutMs`, and says what is. */
  async #settle(timeoutMs: number): Promise<void> {
    const untilMs = performance.now() + timeoutMs;
    while (this.#outstanding > 0 && performance.now() < untilMs && !this.#stopped) await sleep(pollIntervalMs);
    if (this.#outstanding === 0) return;
    const { sent, delivered } = this.#missing();
    this.#of.say(`still missing: ${this.#checker.missingCount} on the phones, callbacks: ${sent} sent, ${delivered} delivered`);
  }

  get #outstanding(): number {
    const before = this.#timeline === this.#warmUp ? 0 : this.#warmUp.undeliveredCount;
    return this.#checker.missingCount + this.#timeline.undeliveredCount + before;
  }
}

const noTotals = { shown: 0, duplicates: 0, undecryptable: 0, receipts: 0 } as const;

function differenceOf(before: PhoneTotals, after: PhoneTotals): PhoneTotals {
  return {
    shown: after.shown - before.shown,
    duplicates: after.duplicates - before.duplicates,
    undecryptable: after.undecryptable - before.undecryptable,
    receipts: after.receipts - before.receipts,
  };
}
