import { randomUUID } from 'node:crypto';
import type { Clock } from '@multiconnect/clock';
import type { LanguagePack, TemplateComponent, TemplateDraft } from '@multiconnect/contract';
import { type Database, type Runner, statement } from './database.ts';
import { Refused } from './errors.ts';

const namespaceOf = statement('template-namespace');
const count = statement('template-count');
const insert = statement('template-create');
const select = statement('template-list');
const total = statement('template-total');
const decide = statement('template-decide');
const remove = statement('template-delete');
const touch = statement('language-pack-touch');
const readPack = statement('language-pack-read');

/** Translations counted each. */
const maxTemplatesPerNumber = 1000;

export type TemplateStatus = 'submitted' | 'approved' | 'rejected';

export interface CatalogueTemplate {
  /** Of the business, E.164 digits. */
  readonly number: string;
  readonly namespace: string;
  readonly name: string;
  readonly language: string;
  readonly category: string;
  readonly components: readonly TemplateComponent[];
  readonly status: TemplateStatus;
  readonly rejectedReason: string | undefined;
}

export interface TemplateFilter {
  /** Of the business; undefined: all. */
  readonly number: string | undefined;
  readonly name?: string | undefined;
  readonly language?: string | undefined;
  readonly status?: TemplateStatus | undefined;
  readonly category?: string | undefined;
}

/** A template in one language, or in all it was submitted in. */
export interface TemplateKey {
  readonly number: string;
  readonly name: string;
  readonly language?: string | undefined;
}

export type Decision = { readonly status: 'approved' } | { readonly status: 'rejected'; readonly reason: string };

/** What businesses may open conversations with, once the operator approved it. */
export interface TemplateCatalogue {
  namespaceOf(number: string): Promise<string>;
  /** Throws {@link Refused} `already-exists` unless it was rejected, and `too-many-templates`. */
  create(number: string, draft: TemplateDraft): Promise<CatalogueTemplate>;
  list(filter: TemplateFilter, page: { readonly limit: number; readonly offset: number }): Promise<{ readonly templates: readonly CatalogueTemplate[]; readonly total: number }>;
  /** Throws {@link Refused} `not-found`. */
  decide(key: TemplateKey, decision: Decision): Promise<readonly CatalogueTemplate[]>;
  /** Throws {@link Refused} `not-found`. */
  remove(key: TemplateKey): Promise<void>;
  /** Undefined when nothing is approved in that language. */
  pack(namespace: string, language: string): Promise<LanguagePack | undefined>;
}

export interface TemplateCatalogueOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Called after a change of packs is committed. */
  readonly onChange: () => void;
}

interface TemplateRow extends Omit<CatalogueTemplate, 'rejectedReason'> {
  readonly rejected_reason: string | null;
}

interface Changed {
  readonly language: string;
  readonly was_approved: boolean;
}

type Decided = Changed & Pick<CatalogueTemplate, 'category' | 'components'>;

const templateOf = ({ rejected_reason, ...row }: TemplateRow): CatalogueTemplate => ({ ...row, rejectedReason: rejected_reason ?? undefined });

const newNamespace = () => randomUUID().replaceAll('-', '_');

export function createTemplateCatalogue({ database, clock, onChange }: TemplateCatalogueOptions): TemplateCatalogue {
  const now = () => new Date(clock.nowMs());

  const namespaceFor = async (runner: Runner, number: string): Promise<string> => {
    const [row] = await runner.run<{ namespace: string }>(namespaceOf, [number, newNamespace()]);
    if (!row) throw new Error('a namespace was neither found nor made');
    return row.namespace;
  };

  /** Packs and what they are made of change together. */
  const change = async <Row extends Changed>(
    number: string,
    work: (runner: Runner, namespace: string) => Promise<readonly Row[]>,
    changesPack: (row: Row) => boolean,
  ): Promise<{ readonly namespace: string; readonly rows: readonly Row[] }> => {
    const done = await database.transaction(async (runner) => {
      const namespace = await namespaceFor(runner, number);
      const rows = await work(runner, namespace);
      if (rows.length === 0) throw new Refused('not-found');
      const languages = rows.filter(changesPack).map(({ language }) => language);
      if (languages.length > 0) await runner.run(touch, [namespace, languages]);
      return { namespace, rows };
    });
    onChange();
    return done;
  };

  return {
    namespaceOf: (number) => namespaceFor(database, number),

    create: (number, draft) =>
      database.transaction(async (runner) => {
        const namespace = await namespaceFor(runner, number);
        const [row] = await runner.run<{ templates: number }>(count, [namespace]);
        if ((row?.templates ?? 0) >= maxTemplatesPerNumber) throw new Refused('too-many-templates');
        const { name, language, category, components } = draft;
        const created = await runner.run(insert, [namespace, name, language, category, JSON.stringify(components), now()]);
        if (created.length === 0) throw new Refused('already-exists');
        return { number, namespace, ...draft, status: 'submitted', rejectedReason: undefined };
      }),

    async list({ number, name, language, status, category }, { limit, offset }) {
      const namespace = number === undefined ? null : await namespaceFor(database, number);
      const filter = [namespace, name ?? null, language ?? null, status ?? null, category ?? null];
      const [rows, totals] = await Promise.all([
        database.run<TemplateRow>(select, [...filter, limit, offset]),
        database.run<{ templates: number }>(total, filter),
      ]);
      return { templates: rows.map(templateOf), total: totals[0]?.templates ?? 0 };
    },

    async decide({ number, name, language }, decision) {
      const reason = decision.status === 'rejected' ? decision.reason : undefined;
      const isApproval = decision.status === 'approved';
      const { namespace, rows } = await change<Decided>(
        number,
        (runner, own) => runner.run(decide, [own, name, language ?? null, decision.status, reason ?? null, now()]),
        (row) => row.was_approved !== isApproval,
      );
      return rows.map(({ was_approved: _, ...row }) => ({ number, namespace, name, ...row, status: decision.status, rejectedReason: reason }));
    },

    async remove({ number, name, language }) {
      await change<Changed>(
        number,
        (runner, own) => runner.run(remove, [own, name, language ?? null]),
        (row) => row.was_approved,
      );
    },

    async pack(namespace, language) {
      const [row] = await database.run<Pick<LanguagePack, 'version' | 'templates'>>(readPack, [namespace, language]);
      return row && row.templates.length > 0 ? { namespace, language, ...row } : undefined;
    },
  };
}
