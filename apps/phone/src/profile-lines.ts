import type { ShownProfile } from '@multiconnect/profile';

/** A profile for people, one fact a line; what is not set has none. */
export function profileLines({ name, about, business, photo, photoUrl }: ShownProfile): readonly string[] {
  const { description, vertical, address, email, websites = [] } = business;
  const picture = photo === undefined ? photoUrl : `${photo.mimeType}, ${photo.content.length} bytes`;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['About', about],
    ['What', description],
    ['Kind', vertical],
    ['Where', address],
    ['Email', email],
    ...websites.map((website) => ['Web', website] as const),
    ['Photo', picture],
  ];
  const isSet = (fact: readonly [string, string | undefined]) => fact[1] !== undefined && fact[1] !== '';
  return [name, ...facts.filter(isSet).map(([title, value]) => `  ${title}: ${value ?? ''}`)];
}
