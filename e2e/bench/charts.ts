const width = 1_100;
const height = 180;
const left = 60;
const bottom = 24;
const top = 10;
const colors = ['#4878a8', '#c8803c', '#5a9a5a', '#b05060', '#8868a8', '#7a6a5a', '#3c9c9c', '#a0a030'];

export const escapeHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Named lines; the n-th value belongs to the n-th second, undefined ones leave a gap. */
export type Lines = Readonly<Record<string, readonly (number | undefined)[]>>;

function niceMaximum(most: number): number {
  if (most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 5, 10].find((step) => step * power >= most) ?? 10) * power;
}

/** Lines over seconds, as SVG. */
export function lineChart(title: string, unit: string, lines: Lines): string {
  const all = Object.values(lines);
  const most = niceMaximum(Math.max(0, ...all.flatMap((values) => values.map((value) => value ?? 0))));
  const seconds = Math.max(1, ...all.map((values) => values.length - 1));
  const x = (second: number) => left + (second / seconds) * (width - left - 10);
  const y = (value: number) => height - bottom - (value / most) * (height - bottom - top);
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (part) => `<line x1="${left}" x2="${width - 10}" y1="${y(part * most)}" y2="${y(part * most)}" class="grid"/><text x="4" y="${y(part * most) + 4}">${Number((part * most).toPrecision(3))}</text>`,
  );
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => `<text x="${x(part * seconds) - 8}" y="${height - 6}">${Math.round(part * seconds)} s</text>`);
  const drawn = Object.values(lines).map((values, index) => {
    const points = values.flatMap((value, second) => (value === undefined ? [] : [`${x(second).toFixed(1)},${y(value).toFixed(1)}`]));
    return `<polyline fill="none" stroke="${colors[index % colors.length] ?? '#000'}" stroke-width="1.5" points="${points.join(' ')}"/>`;
  });
  const legend = Object.keys(lines).map((name, index) => `<span style="color:${colors[index % colors.length] ?? '#000'}">&#9644; ${escapeHtml(name)}</span>`);
  return `<h4>${escapeHtml(title)} (${escapeHtml(unit)})</h4><p class="legend">${legend.join(' ')}</p><svg viewBox="0 0 ${width} ${height}" width="100%">${[...grid, ...ticks, ...drawn].join('')}</svg>`;
}
