import { type About, defaultAbout } from '@multiconnect/contract';
import type { Account, Profiles } from '@multiconnect/message-store';
import { type Element, IqError, type Requester, xml } from '@multiconnect/xmpp';
import { fetchAvatar, publishAvatar } from './avatar.ts';
import { profileOf, type ShownProfile, vcardNamespace, vcardOf } from './vcard.ts';

export interface PublicationOptions {
  readonly account: number;
  readonly accounts: { read(id: number): Promise<Pick<Account, 'verifiedName'>> };
  readonly profiles: Pick<Profiles, 'read' | 'photo' | 'revision'>;
}

/** Keeps what the chat network shows of the number the same as what the administrator has set. */
export interface Publication {
  /** Publishes all of it. Rejects with the stream's errors; what was published so far stays. */
  publish(requester: Requester): Promise<void>;
  /** Publishes when something has changed since it was published last. */
  update(requester: Requester): Promise<void>;
}

/** Base64 makes four bytes of three, and a stanza has at most 256 kB at common servers. */
const maxPublishedPhotoBytes = 180_000;

async function readProfile({ account, accounts, profiles }: PublicationOptions): Promise<ShownProfile> {
  const [{ verifiedName = '' }, business, about, photo] = await Promise.all([
    accounts.read(account),
    profiles.read(account, 'business.profile'),
    profiles.read(account, 'profile.about'),
    profiles.photo(account),
  ]);
  return {
    name: verifiedName,
    about: ((about ?? defaultAbout) as About).text,
    business: (business ?? {}),
    ...(photo !== undefined && photo.content.length <= maxPublishedPhotoBytes && { photo }),
  };
}

export function createPublication(options: PublicationOptions): Publication {
  const { account, profiles } = options;
  let published: string | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const publishRevision = async (requester: Requester, revision: string) => {
    const profile = await readProfile(options);
    await requester.request({ type: 'set', payload: vcardOf(profile) });
    await publishAvatar(requester, profile.photo);
    published = revision;
  };
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
        if (revision !== published) await publishRevision(requester, revision);
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
  const { photo: _, ...profile } = profileOf(vcard);
  const avatar = await fetchAvatar(requester, jid);
  return { ...profile, ...(avatar !== undefined && { photo: avatar }) };
}
