import type { Route } from '@multiconnect/phone';
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

export interface LoadOptions {
  readonly target: LoadTarget;
  /** Messages a second. */
  readonly rate: number;
  readonly durationS: number;
  /** Phones that were written to before the run. Default 100. */
  readonly recipients?: number;
  /** Percentage of messages that go to phones never written to. Default 0. */
  readonly newRecipientsPercent?: number;
  /** How long to wait for what is missing after the last post. Default 30,000. */
  readonly settleTimeoutMs?: number;
  /** How long to look for late duplicates once nothing is missing. Default 1,000. */
  readonly lingerMs?: number;
  /** One line about what is going on. */
  readonly onProgress?: (line: string) => void;
  /** The measured part begins: what chaos is planned can be. */
  readonly onStarted?: () => void;
  /** Aborted, nothing more is posted, and the settings are restored. */
  readonly signal?: AbortSignal;
}

export const defaults = { recipients: 100, newRecipientsPercent: 0, settleTimeoutMs: 30_000, lingerMs: 1_000 } as const;
