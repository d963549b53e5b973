import type { Comparison } from './compare.ts';
import type { RowResult } from './results.ts';
import { type Row, rows } from './rows.ts';

const short = (value: number) => (Number.isFinite(value) ? String(Number(value.toPrecision(3))) : '-');

const sign = { 'at least': '>=', 'at most': '<=' } as const;

function verdict({ reachesMust, reachesAim }: RowResult): string {
  if (!reachesMust) return 'MISSED';
  return reachesAim === true ? 'aim reached' : 'ok';
}

function cellsOf(result: RowResult): readonly string[] {
  const { title, unit, direction, must, aim }: Row = rows[result.name];
  return [
    title,
    `${short(result.median)} ${unit}`,
    result.values.length > 1 ? `± ${short(result.spread / 2)}` : '',
    `${sign[direction]} ${must}`,
    aim === undefined ? '' : String(aim),
    result.floor === undefined ? '' : short(result.floor),
    verdict(result),
  ];
}

/** Columns of equal width. */
function columns(lines: readonly (readonly string[])[]): string {
  const widths = lines.reduce<number[]>((all, line) => line.map((cell, index) => Math.max(cell.length, all[index] ?? 0)), []);
  return lines.map((line) => line.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ').trimEnd()).join('\n');
}

export function tableOf(results: readonly RowResult[]): string {
  return columns([['', 'figure', 'spread', 'must', 'aim', 'floor', ''], ...results.map(cellsOf)]);
}

export function comparisonTable(comparisons: readonly Comparison[]): string {
  const lines = comparisons.map(({ name, before, now, change, isSlower }) => [
    rows[name].title,
    short(before),
    short(now),
    `${change >= 0 ? '+' : ''}${(change * 100).toFixed(0)} %`,
    isSlower ? 'SLOWER, beyond the spread' : '',
  ]);
  return columns([['', 'before', 'now', 'change', ''], ...lines]);
}
