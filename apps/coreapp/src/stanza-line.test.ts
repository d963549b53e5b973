import fc from 'fast-check';
import { Fenced } from '@multiconnect/message-store';
import { type Element, xml } from '@multiconnect/xmpp';
import { describe, expect, it } from 'vitest';
import { createStanzaLine, type StanzaHandler } from './stanza-line.ts';

const stanza = (id: number) => xml('message', { id: String(id) });
const idOf = ({ attrs }: Element) => Number(attrs['id']);
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** An owner whose commits end when they are told to, under an epoch that may go. */
function createOwner(committed: number[]) {
  const pending: (() => void)[] = [];
  const state = { isFenced: false };
  const handler: StanzaHandler = (given) => {
    const done = Promise.withResolvers<undefined>();
    pending.push(() => {
      if (state.isFenced) done.reject(new Fenced({ account: 1, shard: 0, epoch: 1 }));
      else {
        committed.push(idOf(given));
        done.resolve(undefined);
      }
    });
    return done.promise;
  };
  return {
    handler,
    fence: () => (state.isFenced = true),
    commitAll: () => pending.splice(0).forEach((commit) => commit()),
  };
}

describe('stanzas of a connection that changes hands', () => {
  it('are all committed, once and in the order of their arrival, whenever the epoch moves and the next owner comes', async () => {
    const step = fc.constantFrom('arrive', 'commit', 'fence', 'halt', 'next');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const line = createStanzaLine();
        const committed: number[] = [];
        const counted: number[] = [];
        const owners = [createOwner(committed)];
        line.open(owners[0]?.handler ?? (() => undefined));
        let arrived = 0;
        for (const one of [...steps, 'fence', 'next', 'commit']) {
          const present = owners.at(-1);
          if (one === 'arrive') {
            const id = arrived++;
            void Promise.resolve(line.handle(stanza(id))).then(() => counted.push(id));
          }
          if (one === 'commit') owners.forEach((owner) => owner.commitAll());
          if (one === 'fence') present?.fence();
          if (one === 'halt') line.halt();
          if (one === 'next') {
            // Epochs move before the next owner comes, and what was on its way under the last one finds out.
            present?.fence();
            owners.push(createOwner(committed));
            line.open(owners.at(-1)?.handler ?? (() => undefined));
          }
          await settled();
        }
        for (let round = 0; round < owners.length + 1; round++) {
          owners.forEach((owner) => owner.commitAll());
          await settled();
        }
        const all = Array.from({ length: arrived }, (_, id) => id);
        expect(committed).toEqual(all);
        expect([...counted].sort((a, b) => a - b)).toEqual(all);
      }),
      { numRuns: 300 },
    );
  });

  it('fail when the line is closed before anybody could commit them, so that the server delivers them again', async () => {
    const line = createStanzaLine();
    const committed: number[] = [];
    const owner = createOwner(committed);
    line.open(owner.handler);
    const handling = [line.handle(stanza(0)), line.handle(stanza(1))];
    owner.fence();
    owner.commitAll();
    await settled();
    const later = line.handle(stanza(2));
    line.close('the shard has gone');
    expect((await Promise.allSettled([...handling, later])).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(committed).toEqual([]);
  });

  it('fail as before when a handler fails by anything but the fence', async () => {
    const line = createStanzaLine();
    line.open(() => Promise.reject(new Error('the database is away')));
    await expect(line.handle(stanza(0))).rejects.toThrow('the database is away');
  });
});
