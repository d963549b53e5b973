import { describe, expect, it } from 'vitest';
import { parsePrivateDestinations, type PrivateDestinations } from './private-destinations.ts';
import { createEgressRule } from './rule.ts';

function ruleOf(text: string) {
  const allowed = parsePrivateDestinations(text);
  if (allowed === undefined) throw new Error(`${text} is not understood`);
  return createEgressRule(allowed);
}

describe('the operator may allow', () => {
  it('nothing that is not public', () => {
    const rule = ruleOf('false');
    expect(rule.allows('8.8.8.8', 'dns.example')).toBe(true);
    for (const address of ['127.0.0.1', '10.1.2.3', '169.254.169.254', '::1', 'fd00::1', '']) expect(rule.allows(address, 'some.host'), address).toBe(false);
    for (const host of ['127.0.0.1', '[::1]', '10.0.0.1', 'localhost', 'LOCALHOST.', 'a.localhost', '169.254.169.254']) expect(rule.refusesHost(host), host).toBe(true);
    for (const host of ['8.8.8.8', 'back.end', 'localhost.example', '[2606:4700::1111]']) expect(rule.refusesHost(host), host).toBe(false);
  });

  it('everything', () => {
    const rule = ruleOf('true');
    expect([rule.allows('127.0.0.1', 'x'), rule.refusesHost('127.0.0.1'), rule.refusesHost('localhost')]).toEqual([true, false, false]);
  });

  it('networks and single addresses, also where they arrive as IPv6', () => {
    const rule = ruleOf('10.0.0.0/8, 192.168.1.7, fd12::/16');
    for (const address of ['10.255.0.1', '192.168.1.7', '::ffff:10.0.0.1', 'fd12::9']) expect(rule.allows(address, 'x'), address).toBe(true);
    for (const address of ['11.0.0.1', '192.168.1.8', '127.0.0.1', 'fd13::9', '::ffff:192.168.1.8']) expect(rule.allows(address, 'x'), address).toBe(address === '11.0.0.1');
    expect([rule.refusesHost('10.0.0.1'), rule.refusesHost('[fd12::1]'), rule.refusesHost('127.0.0.1'), rule.refusesHost('localhost')]).toEqual([false, false, true, true]);
  });

  it('hosts by their names, wherever those lead', () => {
    const rule = ruleOf('backend.internal,localhost');
    expect([rule.allows('10.0.0.1', 'Backend.Internal'), rule.allows('10.0.0.1', 'other.internal'), rule.allows('10.0.0.1', 'x.backend.internal')]).toEqual([true, false, false]);
    expect([rule.refusesHost('localhost'), rule.refusesHost('127.0.0.1')]).toEqual([false, true]);
  });

  it.each(['', 'yes please', '10.0.0.0/33', '10.0.0', '10.0.0.0/8/8', 'fd00::/129', 'http://back.end', 'back.end:80', 'a,,b', '10.0.0.1-9'])('nothing by %j', (text) => {
    expect(parsePrivateDestinations(text)).toBeUndefined();
  });

  it('exactly what it has written', () => {
    const expected: PrivateDestinations = { networks: [{ address: '10.0.0.0', prefix: 8, family: 'ipv4' }], hosts: ['a-b.example'] };
    expect(parsePrivateDestinations('10.0.0.0/8,A-b.example')).toEqual(expected);
  });
});
