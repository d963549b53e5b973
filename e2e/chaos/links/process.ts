import { type Link, openLink } from './link.ts';
import type { Answered, Asked } from './protocol.ts';

// The links, in a process of their own: what stalls the harness does not stall them. It ends with its parent.

const links = new Map<string, Link>();

function known(name: string): Link {
  const link = links.get(name);
  if (link === undefined) throw new Error(`no such link: ${name}`);
  return link;
}

async function linkOf(asked: Asked): Promise<Link> {
  if (asked.kind !== 'open') return known(asked.name);
  const link = await openLink(asked.target);
  links.set(asked.name, link);
  return link;
}

async function answer(asked: Asked): Promise<void> {
  const link = await linkOf(asked);
  if (asked.kind === 'set') link.set(asked.mode);
  if (asked.kind === 'reset') link.reset();
  if (process.connected) process.send?.({ port: link.port } satisfies Answered);
}

let last = Promise.resolve();
process.on('message', (asked: Asked) => {
  last = last.then(() => answer(asked));
});
process.on('disconnect', () => process.exit());
// Ctrl-C reaches the whole group; the parent decides when the links end.
process.on('SIGINT', () => undefined);
