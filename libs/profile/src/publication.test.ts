import { createFakeClock } from '@multiconnect/clock';
import type { Photo } from '@multiconnect/message-store';
import { type Element, type IqRequest, parseXml, type Requester, xml } from '@multiconnect/xmpp';
import { describe, expect, it } from 'vitest';
import { createPublication, fetchProfile } from './index.ts';

const jid = '+16315550000@chat.test';
const dayMs = 86_400_000;

/** A chat server that keeps a vCard and nodes, as far as this is about them. */
function chatServer() {
  let vcard: Element | undefined;
  const nodes = new Map<string, Element>();
  const answer = ({ type, payload }: IqRequest): Element => {
    const wire = parseXml(payload.toString());
    if (wire.is('vCard')) {
      if (type === 'set') vcard = wire;
      return vcard ?? xml('vCard', { xmlns: 'vcard-temp' });
    }
    const publish = wire.getChild('publish');
    if (publish !== undefined) {
      nodes.set(String(publish.attrs['node']), publish.getChild('item') as Element);
      return wire;
    }
    const node = String(wire.getChild('items')?.attrs['node']);
    return xml('pubsub', { xmlns: 'http://jabber.org/protocol/pubsub' }, xml('items', { node }, nodes.get(node)));
  };
  let requests = 0;
  const requester: Requester = {
    request: (iq) => {
      requests += 1;
      return Promise.resolve(answer(iq));
    },
  };
  return { requester, requests: () => requests };
}

function world() {
  const state = { revision: '1', photo: undefined as Photo | undefined, business: {} as object, about: undefined as object | undefined };
  const hosted: Photo[] = [];
  const clock = createFakeClock();
  const publication = createPublication({
    account: 1,
    accounts: { read: () => Promise.resolve({ verifiedName: 'Tea & Co <House>' }) },
    profiles: {
      read: (_account, name) => Promise.resolve(name === 'business.profile' ? state.business : state.about),
      photo: () => Promise.resolve(state.photo),
      revision: () => Promise.resolve(state.revision),
    },
    host: (_requester, photo) => {
      hosted.push(photo);
      return Promise.resolve(`https://upload.test/${hosted.length}`);
    },
    clock,
  });
  return { ...chatServer(), publication, state, hosted, clock };
}

describe('the publication of a profile', () => {
  it('shows customers what the administrator has set, and no more once it is taken away', async () => {
    const { requester, publication, state } = world();
    await publication.publish(requester);
    expect(await fetchProfile(requester, jid)).toEqual({ name: 'Tea & Co <House>', about: 'Hey there! I am using WhatsApp.', business: {} });
    const business = { description: 'Tea & more', email: 'a@tea.example', address: '1 Tea St', vertical: 'Retail', websites: ['https://tea.example/?a=1&b=2', 'https://b.example'] };
    const photo = { mimeType: 'image/png', content: Buffer.alloc(1000, 5) };
    Object.assign(state, { revision: '2', business, about: { text: 'Open <daily>' }, photo });
    await publication.update(requester);
    expect(await fetchProfile(requester, jid)).toEqual({ name: 'Tea & Co <House>', about: 'Open <daily>', business, photo });
    Object.assign(state, { revision: '3', business: { description: '', websites: [''] }, photo: undefined });
    await publication.update(requester);
    expect(await fetchProfile(requester, jid)).toEqual({ name: 'Tea & Co <House>', about: 'Open <daily>', business: {} });
  });

  it('asks the network for nothing while nothing has changed', async () => {
    const { requester, requests, publication } = world();
    await publication.update(requester);
    const before = requests();
    await publication.update(requester);
    expect(requests()).toBe(before);
  });

  it('hosts a photo that no stanza can carry, and again before the host forgets it', async () => {
    const { requester, publication, state, hosted, clock } = world();
    state.photo = { mimeType: 'image/jpeg', content: Buffer.alloc(200_000) };
    await publication.update(requester);
    expect(await fetchProfile(requester, jid)).toMatchObject({ photoUrl: 'https://upload.test/1' });
    await clock.advance(12 * dayMs);
    await publication.update(requester);
    expect(hosted).toHaveLength(1);
    await clock.advance(dayMs);
    await publication.update(requester);
    expect(await fetchProfile(requester, jid)).toMatchObject({ photoUrl: 'https://upload.test/2' });
  });

  it('tries again what failed', async () => {
    const { requester, publication, state } = world();
    const broken: Requester = { request: () => Promise.reject(new Error('the stream is closed')) };
    state.about = { text: 'Open' };
    await expect(publication.update(broken)).rejects.toThrow('closed');
    await publication.update(requester);
    expect((await fetchProfile(requester, jid))?.about).toBe('Open');
  });

  it('is told apart from somebody who shows nothing', async () => {
    expect(await fetchProfile(world().requester, jid)).toBeUndefined();
  });
});
