import type { PackedTemplate } from '@multiconnect/contract';
import { describe, expect, it } from 'vitest';
import type { PackSource } from '../pack-source.ts';
import { body, template } from './packs.ts';

export interface PackSourceFixture {
  readonly source: PackSource;
  /** That nothing was put into yet. */
  readonly namespace: string;
  /** From now on the language has these templates. */
  readonly put: (language: string, templates: readonly PackedTemplate[]) => Promise<void>;
}

const hello = template('hello', body('Hi {{1}}'));
const bye = template('bye', body('Bye'));

/** What every source of packs promises. */
export function describePackSource(name: string, setUp: () => Promise<PackSourceFixture>): void {
  const signal = new AbortController().signal;

  describe(`a source of language packs: ${name}`, () => {
    it('has what is approved, and nothing for other languages and namespaces', async () => {
      const { source, namespace, put } = await setUp();
      await put('de', [hello]);
      expect(await source.fetch(namespace, 'de')).toMatchObject({ namespace, language: 'de', templates: [hello] });
      expect(await source.fetch(namespace, 'en')).toBeUndefined();
      expect(await source.fetch(`${namespace}x`, 'de')).toBeUndefined();
    });

    it('says unchanged to who has the version, until it changes', async () => {
      const { source, namespace, put } = await setUp();
      await put('de', [hello]);
      const pack = await source.fetch(namespace, 'de');
      const known = typeof pack === 'object' ? pack.version : -1;
      expect(await source.fetch(namespace, 'de', known)).toBe('unchanged');
      await put('de', [bye, hello]);
      expect(await source.fetch(namespace, 'de', known)).toMatchObject({ templates: [bye, hello] });
      await put('de', []);
      expect(await source.fetch(namespace, 'de', known)).toBeUndefined();
    });

    it('tells what changed since, to who waits too', async () => {
      const { source, namespace, put } = await setUp();
      await put('de', [hello]);
      const first = await source.changes(namespace, 0, signal);
      expect(first.languages).toEqual(['de']);
      const notice = source.changes(namespace, first.version, signal);
      await put('en', [hello]);
      const second = await notice;
      expect(second.languages).toEqual(['en']);
      expect(second.version).toBeGreaterThan(first.version);
      const afterRestore = await source.changes(namespace, second.version + 1_000_000, signal);
      expect(new Set(afterRestore.languages)).toEqual(new Set(['de', 'en']));
      expect(afterRestore.version).toBe(second.version);
    });

    it('stops waiting when the signal ends it', async () => {
      const { source, namespace } = await setUp();
      const aborter = new AbortController();
      const reason = new Error('enough');
      const waiting = expect(source.changes(namespace, 0, aborter.signal)).rejects.toBe(reason);
      aborter.abort(reason);
      await waiting;
      await expect(source.changes(namespace, 0, aborter.signal)).rejects.toBe(reason);
    });
  });
}
