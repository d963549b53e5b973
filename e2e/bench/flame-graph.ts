import { escapeHtml } from './charts.ts';
import type { Frame } from './profile.ts';

const width = 1_100;
const rowHeight = 17;
/** Narrower than this, a frame is not drawn. */
const leastWidth = 0.6;
const charWidth = 6.2;
const palette = ['#f2b56b', '#efa35c', '#f4c27f', '#eab06a', '#f6cd90'];

const depthOf = ({ children }: Frame): number => 1 + Math.max(0, ...children.map(depthOf));

function hueOf(name: string): string {
  const sum = Buffer.from(name).reduce((total, byte) => total + byte, 0);
  return palette[sum % palette.length] ?? '#f2b56b';
}

function frameAt(frame: Frame, x: number, depth: number, whole: Frame): string {
  const wide = (frame.totalMs / whole.totalMs) * width;
  if (wide < leastWidth) return '';
  const y = depth * rowHeight;
  const percent = ((frame.totalMs / whole.totalMs) * 100).toFixed(1);
  const fitting = Math.floor((wide - 4) / charWidth);
  const label = fitting < 4 ? '' : `<text x="${(x + 2).toFixed(1)}" y="${y + 12}">${escapeHtml(frame.name.slice(0, fitting))}</text>`;
  const title = `${frame.name}: ${frame.totalMs.toFixed(0)} ms, ${percent} %`;
  const own = `<g><title>${escapeHtml(title)}</title><rect x="${x.toFixed(1)}" y="${y}" width="${wide.toFixed(1)}" height="${rowHeight - 1}" fill="${hueOf(frame.name)}"/>${label}</g>`;
  let childX = x;
  const below = frame.children.map((child) => {
    const drawn = frameAt(child, childX, depth + 1, whole);
    childX += (child.totalMs / whole.totalMs) * width;
    return drawn;
  });
  return own + below.join('');
}

/** Callers above, what they call below, wide as the time that it took. */
export function flameGraph(tree: Frame): string {
  if (tree.totalMs === 0) return '<p>nothing was sampled</p>';
  return `<svg class="flame" viewBox="0 0 ${width} ${depthOf(tree) * rowHeight}" width="100%">${frameAt(tree, 0, 0, tree)}</svg>`;
}
