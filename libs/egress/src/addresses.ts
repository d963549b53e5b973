import { BlockList, isIP } from 'node:net';

/** IANA's special-purpose registry: everything that is not a single public host. */
const specialIpv4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Inside 2000::/3, the only part of IPv6 that is public at all: Teredo and its like, documentation, 6to4. */
const specialIpv6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/** The last 32 bits of these are an IPv4 address that is connected to: IPv4-mapped (RFC 4291), NAT64 (RFC 6052). */
const carriesIpv4 = /^(?:::ffff:|64:ff9b::)(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})$/;

const listOf = (subnets: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6') => {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, family);
  return list;
};
const special4 = listOf(specialIpv4, 'ipv4');
const special6 = listOf(specialIpv6, 'ipv6');
const global6 = listOf([['2000::', 3]], 'ipv6');

/** RFC 5952; undefined for what is no address, or one with a zone. */
function canonicalIpv6(address: string): string | undefined {
  const url = `http://[${address}]/`;
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : undefined;
}

function isPublicIpv6(address: string): boolean {
  const canonical = canonicalIpv6(address);
  if (canonical === undefined) return false;
  const [, high, low] = carriesIpv4.exec(canonical) ?? [];
  if (low === undefined) return global6.check(canonical, 'ipv6') && !special6.check(canonical, 'ipv6');
  const bits = Number.parseInt(high ?? '0', 16) * 65_536 + Number.parseInt(low, 16);
  return isPublicAddress([24, 16, 8, 0].map((shift) => (bits / 2 ** shift) & 0xff).join('.'));
}

/** Whether an IP address is one host of the public Internet: not loopback, private, link-local, multicast or reserved. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special4.check(address, 'ipv4');
  return family === 6 && isPublicIpv6(address);
}
