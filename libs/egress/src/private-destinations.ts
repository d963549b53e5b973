import { isIP } from 'node:net';

/** A part of the address space, such as 10.0.0.0/8. */
export interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Where links may lead although it is not public. */
export type PrivateDestinations = 'all' | { readonly networks: readonly Network[]; readonly hosts: readonly string[] };

export const noPrivateDestinations: PrivateDestinations = { networks: [], hosts: [] };

const hostText = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;
const maxPrefix = { ipv4: 32, ipv6: 128 } as const;

function networkOf(text: string): Network | undefined {
  const [address = '', prefixText, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return undefined;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (prefixText === undefined) return { address, prefix: maxPrefix[family], family };
  const prefix = /^[0-9]{1,3}$/.test(prefixText) ? Number(prefixText) : Infinity;
  return prefix <= maxPrefix[family] ? { address, prefix, family } : undefined;
}

/** `true`, `false`, or networks, addresses and host names, comma-separated; undefined for anything else. */
export function parsePrivateDestinations(text: string): PrivateDestinations | undefined {
  if (text === 'true') return 'all';
  if (text === 'false') return noPrivateDestinations;
  const networks: Network[] = [];
  const hosts: string[] = [];
  for (const part of text.split(',').map((one) => one.trim().toLowerCase())) {
    const network = networkOf(part);
    // A name whose last part begins with a digit is an address that is misspelt.
    if (network !== undefined) networks.push(network);
    else if (hostText.test(part) && !/(^|\.)[0-9][^.]*$/.test(part)) hosts.push(part);
    else return undefined;
  }
  return { networks, hosts };
}
