import type { SrvRecord } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { resolveRoutes } from './routes.ts';

const srv = (name: string, priority: number, weight: number, port: number): SrvRecord => ({ name, priority, weight, port });
const dns = (records: Readonly<Record<string, SrvRecord[]>>) => (name: string) => {
  const found = records[name];
  return found ? Promise.resolve(found) : Promise.reject(new Error('ENOTFOUND'));
};

describe('the routes to a domain', () => {
  it('are the given ones', async () => {
    const given = [{ host: 'h', port: 1, security: 'direct-tls' as const }];
    expect(await resolveRoutes('example.org', given, dns({}))).toEqual(given);
  });

  it('without DNS records are port 5222, then 443', async () => {
    expect(await resolveRoutes('example.org', undefined, dns({}))).toEqual([
      { host: 'example.org', port: 5222, security: 'starttls' },
      { host: 'example.org', port: 443, security: 'direct-tls' },
    ]);
  });

  it('are the records of both kinds as one list by priority', async () => {
    const lookup = dns({
      '_xmpp-client._tcp.example.org': [srv('c.example.org', 20, 0, 5222), srv('a.example.org', 5, 0, 5222)],
      '_xmpps-client._tcp.example.org': [srv('b.example.org', 10, 0, 443)],
    });
    expect((await resolveRoutes('example.org', [], lookup)).map(({ host, security }) => `${host} ${security}`)).toEqual([
      'a.example.org starttls',
      'b.example.org direct-tls',
      'c.example.org starttls',
    ]);
  });

  it('of one priority are drawn by weight', async () => {
    const lookup = dns({ '_xmpp-client._tcp.example.org': [srv('light', 1, 10, 1), srv('heavy', 1, 90, 1), srv('never', 1, 0, 1)] });
    const first = async (draw: number) => (await resolveRoutes('example.org', [], lookup, () => draw))[0]?.host;
    expect(await Promise.all([first(0), first(0.05), first(0.5), first(0.99)])).toEqual(['never', 'light', 'heavy', 'heavy']);
  });

  it('are none when the domain offers no service', async () => {
    expect(await resolveRoutes('example.org', [], dns({ '_xmpp-client._tcp.example.org': [srv('', 0, 0, 0)] }))).toEqual([]);
  });
});
