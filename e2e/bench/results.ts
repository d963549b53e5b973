import type { Second } from '@multiconnect/load';
import type { Machine } from './machine.ts';
import type { Frame, Share } from './profile.ts';
import { reaches, type Row, type RowName, rows } from './rows.ts';
import type { CpuSeries } from './sampler.ts';
import type { StatementCost } from './statements.ts';
import { type Summary, summaryOf } from './summary.ts';

/** A stage as charts show it. */
export interface StageChart {
  readonly title: string;
  readonly overTime: readonly Second[];
  readonly cpu: CpuSeries;
}

/** One process under one rate. */
export interface ProcessProfile {
  readonly process: string;
  readonly rate: number;
  readonly messages: number;
  readonly busyMs: number;
  readonly top: readonly Share[];
  readonly packages: readonly Share[];
  readonly tree: Frame;
}

export interface StatementsAtRate {
  readonly rate: number;
  readonly messages: number;
  readonly statements: readonly StatementCost[];
}

/** What one run of one scenario has to say. */
export interface ScenarioResult {
  readonly figures: Readonly<Partial<Record<RowName, number>>>;
  /** What its rows are held against, where there is a floor. */
  readonly floors?: Readonly<Partial<Record<RowName, number>>>;
  readonly notes: readonly string[];
  readonly charts: readonly StageChart[];
  readonly profiles?: readonly ProcessProfile[];
  readonly statements?: readonly StatementsAtRate[];
  readonly versions: Readonly<Record<string, string>>;
}

export interface RowResult extends Summary {
  readonly name: RowName;
  readonly floor?: number;
  readonly reachesMust: boolean;
  readonly reachesAim?: boolean;
}

export interface BenchReport {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly isQuick: boolean;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly cluster: { readonly shards: number; readonly coreapps: number; readonly webapps: number };
  readonly rows: readonly RowResult[];
  /** Of all runs, by scenario. */
  readonly notes: Readonly<Record<string, readonly string[]>>;
  /** Of the last run of each scenario. */
  readonly charts: readonly StageChart[];
  readonly profiles: readonly ProcessProfile[];
  readonly statements: readonly StatementsAtRate[];
}

/** The rows that the runs of a scenario have figures for. */
export function rowResults(runs: readonly ScenarioResult[], wanted: ReadonlySet<RowName>): readonly RowResult[] {
  const names = (Object.keys(rows) as readonly RowName[]).filter((name) => wanted.has(name) && runs.some(({ figures }) => figures[name] !== undefined));
  return names.map((name) => {
    const row: Row = rows[name];
    const summary = summaryOf(runs.flatMap(({ figures }) => figures[name] ?? []));
    const floors = runs.flatMap(({ floors: known }) => known?.[name] ?? []);
    return {
      name,
      ...summary,
      ...(floors.length === 0 ? {} : { floor: summaryOf(floors).median }),
      reachesMust: reaches(row, summary.median, row.must),
      ...(row.aim === undefined ? {} : { reachesAim: reaches(row, summary.median, row.aim) }),
    };
  });
}
