import type { BusinessProfile } from '@multiconnect/contract';
import type { Photo } from '@multiconnect/message-store';
import { type Element, xml } from '@multiconnect/xmpp';

/** What customers see of a business. */
export interface ShownProfile {
  /** The verified name. */
  readonly name: string;
  readonly about: string;
  readonly business: BusinessProfile;
  readonly photo?: Photo;
}

export const vcardNamespace = 'vcard-temp';

const photoElement = ({ mimeType, content }: Photo) =>
  xml('PHOTO', {}, xml('TYPE', {}, mimeType), xml('BINVAL', {}, Buffer.from(content).toString('base64')));

/** A profile as its owner's vCard (XEP-0054). */
export function vcardOf({ name, about, business, photo }: ShownProfile): Element {
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
    photo === undefined ? undefined : photoElement(photo),
  );
}

const textIn = (element: Element | undefined, ...path: readonly string[]) =>
  path.reduce<Element | undefined>((at, name) => at?.getChild(name), element)?.getText() ?? '';

/** Somebody's vCard as a profile; what it lacks is left out or `''`. */
export function profileOf(vcard: Element): ShownProfile {
  const given = {
    email: textIn(vcard, 'EMAIL', 'USERID'),
    address: textIn(vcard, 'ADR', 'EXTADD'),
    vertical: textIn(vcard, 'CATEGORIES', 'KEYWORD'),
    description: textIn(vcard, 'DESC'),
  };
  const websites = vcard.getChildren('URL').map((url) => url.getText());
  const photo = { mimeType: textIn(vcard, 'PHOTO', 'TYPE'), content: Buffer.from(textIn(vcard, 'PHOTO', 'BINVAL'), 'base64') };
  return {
    name: textIn(vcard, 'FN'),
    about: textIn(vcard, 'NOTE'),
    business: { ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')), ...(websites.length > 0 && { websites }) },
    ...(photo.content.length > 0 && { photo }),
  };
}
