import type { Route } from '@multiconnect/phone';
import { type Compose, plainText } from './content.ts';
import type { ProcessGroup } from './cpu.ts';

/** A running cluster, as a back end and the network's operator reach it. */
export interface LoadTarget {
  /** `https://localhost:9090` */
  readonly apiUrl: string;
  readonly user: string;
  readonly password: string;
  /** Without a slash behind. */
  readonly registryUrl: string;
  readonly operatorToken: string;
  readonly routes: readonly Route[];
  /** PEM. */
  readonly ca?: string;
  /** Whose CPU is counted; those on other machines are left out. */
  readonly processes: readonly ProcessGroup[];
}

/** Phones, a callback sink and a poster, to be used for one stage after another. */
export interface SessionOptions {
  readonly target: LoadTarget;
  /** Phones that are written to again and again. Default 100. */
  readonly recipients?: number;
  /** Phones that are written to once, over all stages. Default 0. */
  readonly newRecipients?: number;
  /** One line about what is going on. */
  readonly onProgress?: (line: string) => void;
  /** Aborted, nothing more is posted. */
  readonly signal?: AbortSignal;
}

/** Messages at an even pace. */
export interface StageOptions {
  /** Messages a second. */
  readonly rate: number;
  readonly durationS: number;
  /** Percentage of messages that go to phones never written to. Default 0. */
  readonly newRecipientsPercent?: number;
  /** How many of the recipients get a message before, which is checked but not measured. Default 0. */
  readonly warmUpRecipients?: number;
  /** How long to wait for what is missing after the last post. Default 30,000. */
  readonly settleTimeoutMs?: number;
  /** How long to look for late duplicates once nothing is missing. Default 1,000. */
  readonly lingerMs?: number;
  /** Default: a text. */
  readonly compose?: Compose;
  /** The measured part begins: what chaos is planned can be. */
  readonly onStarted?: () => void;
}

export interface LoadOptions extends Omit<SessionOptions, 'newRecipients'>, Omit<StageOptions, 'warmUpRecipients'> {}

export const sessionDefaults = { recipients: 100, newRecipients: 0 } as const;
export const stageDefaults = { newRecipientsPercent: 0, warmUpRecipients: 0, settleTimeoutMs: 30_000, lingerMs: 1_000, compose: plainText } as const;
export const defaults = { ...sessionDefaults, ...stageDefaults } as const;
