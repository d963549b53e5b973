import type { BusinessProfile } from '@multiconnect/contract';
import type { Photo } from '@multiconnect/message-store';
import { type Element, xml } from '@multiconnect/xmpp';

interface Words {
  /** The verified name. */
  readonly name: string;
  readonly about: string;
  readonly business: BusinessProfile;
}

/** A photo; with a URL where it is too large to stand in the network itself. */
export interface Picture extends Photo {
  readonly url?: string;
}

/** What a business shows of itself. */
export interface PublishedProfile extends Words {
  readonly picture?: Picture;
}

/** What a customer sees of it. */
export interface ShownProfile extends Words {
  readonly photo?: Photo;
  /** Where the photo is to be fetched, in place of it. */
  readonly photoUrl?: string;
}

export const vcardNamespace = 'vcard-temp';

const photoElement = ({ mimeType, content, url }: Picture) =>
  url === undefined
    ? xml('PHOTO', {}, xml('TYPE', {}, mimeType), xml('BINVAL', {}, Buffer.from(content).toString('base64')))
    : xml('PHOTO', {}, xml('EXTVAL', {}, url));

/** A profile as its owner's vCard (XEP-0054). */
export function vcardOf({ name, about, business, picture }: PublishedProfile): Element {
  const { description, email, address, vertical, websites = [] } = business;
  return xml(
    'vCard',
    { xmlns: vcardNamespace },
    xml('FN', {}, name),
    email ? xml('EMAIL', {}, xml('INTERNET'), xml('USERID', {}, email)) : undefined,
    address ? xml('ADR', {}, xml('WORK'), xml('EXTADD', {}, address)) : undefined,
    vertical ? xml('CATEGORIES', {}, xml('KEYWORD', {}, vertical)) : undefined,
    about ? xml('NOTE', {}, about) : undefined,
    description ? xml('DESC', {}, description) : undefined,
    websites.filter(Boolean).map((website) => xml('URL', {}, website)),
    picture === undefined ? undefined : photoElement(picture),
  );
}

const textIn = (element: Element, ...path: readonly string[]) =>
  path.reduce<Element | undefined>((at, name) => at?.getChild(name), element)?.getText() ?? '';

/** Somebody's vCard as a profile; what it lacks is left out or `''`. */
export function profileIn(vcard: Element): ShownProfile {
  const given = {
    email: textIn(vcard, 'EMAIL', 'USERID'),
    address: textIn(vcard, 'ADR', 'EXTADD'),
    vertical: textIn(vcard, 'CATEGORIES', 'KEYWORD'),
    description: textIn(vcard, 'DESC'),
  };
  const websites = vcard.getChildren('URL').map((url) => url.getText());
  const photo = { mimeType: textIn(vcard, 'PHOTO', 'TYPE'), content: Buffer.from(textIn(vcard, 'PHOTO', 'BINVAL'), 'base64') };
  const photoUrl = textIn(vcard, 'PHOTO', 'EXTVAL');
  return {
    name: textIn(vcard, 'FN'),
    about: textIn(vcard, 'NOTE'),
    business: { ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')), ...(websites.length > 0 && { websites }) },
    ...(photo.content.length > 0 && { photo }),
    ...(photoUrl !== '' && { photoUrl }),
  };
}
