import { ApiError } from '@multiconnect/contract';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAuthorities } from './authorities.ts';
import { authorityOf, readServerBundle } from './server-bundle.ts';
import { type Issued, issueAuthority, issueServer } from './testing/index.ts';

const dayMs = 86_400_000;
let root: Issued;
let intermediate: Issued;
let server: Issued;
let other: Issued;

beforeAll(async () => {
  root = await issueAuthority('Root');
  intermediate = await issueAuthority('Intermediate', { issuer: root });
  server = await issueServer('localhost', { issuer: intermediate });
  other = await issueServer('localhost', { issuer: await issueAuthority('Other') });
});

const bundle = (...parts: readonly string[]) => parts.join('\n');

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof ApiError && [1008, 1009].includes(error.body.code)) return error.body.details ?? '';
    throw error;
  }
  return expect.fail('it was to be refused');
}

describe("a server's bundle", () => {
  it('is taken: key, certificate, intermediates, with explanations and any line ends', () => {
    const text = bundle('Bag Attributes: a key', server.key, 'the certificate', server.cert, intermediate.cert, root.cert).replaceAll('\n', '\r\n');
    const read = readServerBundle(text, Date.now());
    expect(read.privateKey).toBe(`${server.key.trim()}\n`);
    expect(read.pem.match(/BEGIN CERTIFICATE/g)).toHaveLength(3);
    expect(authorityOf(read)).toBe(`${intermediate.cert.trim()}\n${root.cert.trim()}\n`);
  });

  it('that stands alone is its own authority', () => {
    expect(authorityOf({ pem: server.cert })).toBe(`${server.cert.trim()}\n`);
  });

  it.each<readonly [string, () => string, RegExp]>([
    ['nothing', () => '  \n', /no PEM/],
    ['no PEM', () => 'cAnArY', /no PEM/],
    ['no key', () => bundle(server.cert, intermediate.cert), /no private key/],
    ['only a key', () => server.key, /certificate is missing/],
    ['no intermediate', () => bundle(server.key, server.cert), /intermediate/],
    ["another certificate's key", () => bundle(other.key, server.cert, intermediate.cert), /not that of the certificate/],
    ['the wrong order', () => bundle(server.key, intermediate.cert, server.cert), /not that of the certificate/],
    ['the intermediates in the wrong order', () => bundle(server.key, server.cert, root.cert, intermediate.cert), /has not issued/],
    ['a stranger among the intermediates', () => bundle(server.key, server.cert, other.cert), /has not issued/],
    ['a second key', () => bundle(server.key, server.cert, intermediate.key), /no certificate/],
    ['a broken certificate', () => bundle(server.key, server.cert.replace(/\n[A-Za-z0-9+/=]{20}/, '\nAAAAAAAAAAAAAAAAAAAA'), intermediate.cert), /cannot be read|not that of/],
    ['a broken key', () => bundle(server.key.replace(/\n[A-Za-z0-9+/=]{20}/, '\nAAAAAAAAAAAAAAAAAAAA'), server.cert, intermediate.cert), /private key/],
  ])('with %s is refused, and nothing of it is repeated', (_name, text, details) => {
    const told = refusal(() => readServerBundle(text(), Date.now()));
    expect(told).toMatch(details);
    expect(told).not.toContain('cAnArY');
  });

  it('is refused before and after its time, each certificate of it', async () => {
    const text = bundle(server.key, server.cert, intermediate.cert);
    expect(refusal(() => readServerBundle(text, Date.now() + 2 * dayMs))).toBe('The certificate has expired');
    expect(refusal(() => readServerBundle(text, Date.now() - 2 * dayMs))).toBe('The certificate is not valid yet');
    const past = { notBefore: new Date(Date.now() - 3 * dayMs), notAfter: new Date(Date.now() - 2 * dayMs) };
    const expired = await issueAuthority('Intermediate', { issuer: root, ...past });
    const late = await issueServer('localhost', { issuer: expired });
    expect(refusal(() => readServerBundle(bundle(late.key, late.cert, expired.cert), Date.now()))).toBe('The intermediate 1 has expired');
  });

  it('for something other than a server is refused', async () => {
    const client = await issueServer('localhost', { issuer: intermediate, use: 'client' });
    expect(refusal(() => readServerBundle(bundle(client.key, client.cert, intermediate.cert), Date.now()))).toMatch(/not for servers/);
  });
});

describe('authorities', () => {
  it('are taken, one or several', () => {
    expect(readAuthorities(bundle(root.cert, other.cert), Date.now())).toBe(`${root.cert.trim()}\n${other.cert.trim()}\n`);
  });

  it('are refused when one is none, or has expired', () => {
    expect(refusal(() => readAuthorities('', Date.now()))).toMatch(/no PEM/);
    expect(refusal(() => readAuthorities(bundle(root.cert, root.key), Date.now()))).toMatch(/certificate 2 is no certificate/);
    expect(refusal(() => readAuthorities(root.cert, Date.now() + 2 * dayMs))).toMatch(/expired/);
  });
});
