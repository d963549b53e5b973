import { BlockList, isIP } from 'node:net';
import { isPublicAddress } from './addresses.ts';
import type { PrivateDestinations } from './private-destinations.ts';

/** Hosts are as they stand in a URL: lower case, IPv6 in brackets or not. */
export interface EgressRule {
  /** Whether a connection to this address may be opened for a link to this host. */
  allows(address: string, host: string): boolean;
  /** Whether nothing that this host could resolve to is allowed: it is an address itself, or `localhost`. */
  refusesHost(host: string): boolean;
}

const unbracketed = (host: string) => host.replace(/^\[|\]$/g, '');
const normalised = (host: string) => unbracketed(host).replace(/\.$/, '').toLowerCase();
/** RFC 6761: these never leave the machine. */
const isLocalName = (host: string) => host === 'localhost' || host.endsWith('.localhost');

const mapped = /^::ffff:([0-9]{1,3}(?:\.[0-9]{1,3}){3})$/i;

export function createEgressRule(allowed: PrivateDestinations): EgressRule {
  if (allowed === 'all') return { allows: () => true, refusesHost: () => false };
  const networks = new BlockList();
  for (const { address, prefix, family } of allowed.networks) networks.addSubnet(address, prefix, family);
  const hosts = new Set(allowed.hosts);

  function isAllowedNetwork(address: string): boolean {
    const plain = mapped.exec(address)?.[1] ?? address;
    const version = isIP(plain);
    return version !== 0 && networks.check(plain, version === 4 ? 'ipv4' : 'ipv6');
  }

  const allows = (address: string, host: string) => isPublicAddress(address) || isAllowedNetwork(address) || hosts.has(normalised(host));
  return {
    allows,
    refusesHost(host) {
      const name = normalised(host);
      if (isIP(name) !== 0) return !allows(name, name);
      return isLocalName(name) && !hosts.has(name) && !['127.0.0.1', '::1'].some(isAllowedNetwork);
    },
  };
}
