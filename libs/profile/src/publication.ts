import type { Clock } from '@multiconnect/clock';
import { type About, defaultAbout } from '@multiconnect/contract';
import type { Account, Photo, Profiles } from '@multiconnect/message-store';
import { type Element, IqError, type Requester, xml } from '@multiconnect/xmpp';
import { fetchAvatar, publishAvatar } from './avatar.ts';
import type { PhotoHost } from './photo-host.ts';
import { type Picture, profileIn, type ShownProfile, vcardNamespace, vcardOf } from './vcard.ts';

export interface PublicationOptions {
  readonly account: number;
  readonly accounts: { read(id: number): Promise<Pick<Account, 'verifiedName'>> };
  readonly profiles: Pick<Profiles, 'read' | 'photo' | 'revision'>;
  /** For photos that are too large to stand in the network itself. */
  readonly host: PhotoHost;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** Keeps what the chat network shows of the number the same as what the administrator has set. */
export interface Publication {
  /** Publishes all of it. Rejects with the errors of the stream, the store and the host; what was published so far stays. */
  publish(requester: Requester): Promise<void>;
  /** Publishes when something has changed since it was published last, or the hosted photo is about to go. */
  update(requester: Requester): Promise<void>;
}

/** Base64 makes four bytes of three, and a stanza has at most 256 kB at common servers. */
const maxInlinePhotoBytes = 180_000;
const dayMs = 86_400_000;
/** Before the host's 14 days are over. */
const publishAgainAfterMs = 13 * dayMs;

export function createPublication({ account, accounts, profiles, host, clock }: PublicationOptions): Publication {
  let published: { readonly revision: string; readonly atMs: number } | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function pictureOf(requester: Requester, photo: Photo | undefined): Promise<Picture | undefined> {
    if (photo === undefined || photo.content.length <= maxInlinePhotoBytes) return photo;
    return { ...photo, url: await host(requester, photo) };
  }

  async function publishRevision(requester: Requester, revision: string): Promise<void> {
    const [{ verifiedName = '' }, business, about, photo] = await Promise.all([
      accounts.read(account),
      profiles.read(account, 'business.profile'),
      profiles.read(account, 'profile.about'),
      profiles.photo(account),
    ]);
    const picture = await pictureOf(requester, photo);
    const vcard = vcardOf({
      name: verifiedName,
      about: ((about ?? defaultAbout) as About).text,
      business: (business ?? {}),
      ...(picture !== undefined && { picture }),
    });
    await requester.request({ type: 'set', payload: vcard });
    await publishAvatar(requester, picture);
    published = { revision, atMs: clock.nowMs() };
  }

  /** One after another, so that the newest is what stays. */
  const inTurn = (step: () => Promise<void>): Promise<void> => {
    const turn = last.then(step, step);
    last = turn;
    return turn;
  };

  return {
    publish: (requester) => inTurn(async () => publishRevision(requester, await profiles.revision(account))),
    update: (requester) =>
      inTurn(async () => {
        const revision = await profiles.revision(account);
        const isCurrent = published?.revision === revision && clock.nowMs() - published.atMs < publishAgainAfterMs;
        if (!isCurrent) await publishRevision(requester, revision);
      }),
  };
}

async function fetchVcard(requester: Requester, jid: string): Promise<Element | undefined> {
  try {
    return await requester.request({ type: 'get', to: jid, payload: xml('vCard', { xmlns: vcardNamespace }) });
  } catch (error) {
    if (error instanceof IqError && ['item-not-found', 'service-unavailable'].includes(error.condition)) return undefined;
    throw error;
  }
}

/** What somebody shows of themselves; the avatar in place of the vCard's photo. Rejects with the stream's errors. */
export async function fetchProfile(requester: Requester, jid: string): Promise<ShownProfile | undefined> {
  const vcard = await fetchVcard(requester, jid);
  if (vcard?.is('vCard') !== true || vcard.getChildElements().length === 0) return undefined;
  const { photo: _, ...profile } = profileIn(vcard);
  const avatar = await fetchAvatar(requester, jid);
  return { ...profile, ...(avatar !== undefined && { photo: avatar }) };
}
