import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Checker } from './checker.ts';
import { keyOf } from './content.ts';
import { cpuBetween, sampleCpu } from './cpu.ts';
import type { Writing, Written } from './fleet-protocol.ts';
import { type InboundReport, inboundReportOf } from './inbound-report.ts';
import type { StageListener, Surroundings } from './stage.ts';

const pollIntervalMs = 20;
const defaultSettleTimeoutMs = 30_000;
const defaultLingerMs = 1_000;

export interface InboundOptions {
  /** wa_id digits of the business. */
  readonly business: string;
  /** Messages a second, of all phones together. */
  readonly rate: number;
  readonly durationS: number;
  /** How long to wait for what is missing after the last message. Default 30,000. */
  readonly settleTimeoutMs?: number;
  /** How long to look for late duplicates once nothing is missing. Default 1,000. */
  readonly lingerMs?: number;
  readonly onStarted?: () => void;
}

export interface InboundStageOf extends InboundOptions, Surroundings {
  readonly writers: number;
  readonly write: (writing: Writing) => Promise<readonly string[]>;
}

/** Messages from the phones to the business, in turn and at an even pace; what is called back is compared with what was written. */
export class InboundStage implements StageListener {
  readonly #of: InboundStageOf;
  readonly #runId = randomBytes(4).toString('hex');
  readonly #checker = new Checker();
  readonly #writtenAtMs = new Map<string, number>();
  readonly #calledBackAtMs = new Map<string, number>();

  constructor(of: InboundStageOf) {
    this.#of = of;
  }

  shown(): void {
    // The phones only write.
  }

  statusCalledBack(): void {
    // The business only listens.
  }

  messageCalledBack(from: string, text: string, atMs: number): void {
    const key = keyOf(this.#runId, text);
    if (key === undefined) return;
    this.#checker.shown(from, key);
    this.#calledBackAtMs.set(`${key.recipient} ${key.sequence}`, atMs);
  }

  written({ number, sequence, writtenAtMs }: Written): void {
    this.#checker.accepted({ recipient: number, sequence });
    this.#writtenAtMs.set(`${number} ${sequence}`, writtenAtMs - performance.timeOrigin);
  }

  async measure(): Promise<InboundReport> {
    const { business, rate, durationS, writers, write, processes, say, onStarted, interruption } = this.#of;
    const { settleTimeoutMs = defaultSettleTimeoutMs, lingerMs = defaultLingerMs } = this.#of;
    say(`${writers} phones write ${rate} messages a second`);
    const startedAt = new Date();
    const cpuBefore = sampleCpu();
    onStarted?.();
    const reasons = await write({ runId: this.#runId, to: business, rate, durationS, writers });
    const untilMs = performance.now() + settleTimeoutMs;
    while (this.#checker.missingCount > 0 && performance.now() < untilMs && interruption() === undefined) await sleep(pollIntervalMs);
    const cpuMs = cpuBetween(cpuBefore, sampleCpu(), processes);
    await sleep(lingerMs);
    const spans = [...this.#writtenAtMs].map(([key, beganAtMs]) => {
      const doneAtMs = this.#calledBackAtMs.get(key);
      return { beganAtMs, ...(doneAtMs === undefined ? {} : { doneAtMs }) };
    });
    const stopped = interruption();
    return inboundReportOf({
      ...{ runId: this.#runId, startedAt, asked: { rate, durationS, writers }, spans, reasons, faults: this.#checker.faults(), cpuMs },
      ...(stopped === undefined ? {} : { interruption: stopped }),
    });
  }
}
