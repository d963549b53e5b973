import { resolveSrv } from 'node:dns/promises';
import type { SrvRecord } from 'node:dns';

/** Where to connect to. Connections are outbound only. */
export interface Route {
  readonly host: string;
  readonly port: number;
  readonly security: 'starttls' | 'direct-tls';
}

type Candidate = SrvRecord & Pick<Route, 'security'>;

/**
 * The routes to try, in order: the given ones, else the SRV records of RFC 6120 and XEP-0368 as one list by priority and
 * weight (RFC 2782), else the domain itself on 5222 (STARTTLS) and 443 (direct TLS). Empty when the domain says by SRV
 * that it offers no service.
 */
export async function resolveRoutes(
  domain: string,
  given?: readonly Route[],
  lookup: (name: string) => Promise<SrvRecord[]> = resolveSrv,
  random: () => number = Math.random,
): Promise<Route[]> {
  if (given && given.length > 0) return [...given];
  const [starttls, directTls] = await Promise.all([
    candidates(lookup, `_xmpp-client._tcp.${domain}`, 'starttls'),
    candidates(lookup, `_xmpps-client._tcp.${domain}`, 'direct-tls'),
  ]);
  const found = [...starttls, ...directTls];
  if (found.length === 0) {
    return [
      { host: domain, port: 5222, security: 'starttls' },
      { host: domain, port: 443, security: 'direct-tls' },
    ];
  }
  return byPriority(found, random)
    .filter(({ name }) => name !== '.' && name !== '')
    .map(({ name, port, security }) => ({ host: name.replace(/\.$/, ''), port, security }));
}

async function candidates(
  lookup: (name: string) => Promise<SrvRecord[]>,
  name: string,
  security: Route['security'],
): Promise<Candidate[]> {
  try {
    return (await lookup(name)).map((record) => ({ ...record, security }));
  } catch {
    // No record, or no working DNS: either way the domain itself is what is left to try.
    return [];
  }
}

function byPriority(records: readonly Candidate[], random: () => number): Candidate[] {
  const priorities = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) => byWeight(records.filter((record) => record.priority === priority), random));
}

function byWeight(records: readonly Candidate[], random: () => number): Candidate[] {
  // RFC 2782: records of weight 0 come first in the list that is drawn from, so that they are seldom drawn.
  const left = [...records].sort((a, b) => a.weight - b.weight);
  const ordered: Candidate[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    let draw = Math.floor(random() * (total + 1));
    const index = left.findIndex(({ weight }) => (draw -= weight) <= 0);
    ordered.push(...left.splice(Math.max(index, 0), 1));
  }
  return ordered;
}
