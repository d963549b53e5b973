import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { CertificateRecord } from '@multiconnect/message-store';
import { certificateOf, type PemBlock, pemBlocks, refused } from './pem.ts';

const serverAuthentication = '1.3.6.1.5.5.7.3.1';

function keyOf({ label, text }: PemBlock): KeyObject {
  if (!label.endsWith('PRIVATE KEY')) throw refused('The first part is no private key');
  try {
    return createPrivateKey(text);
  } catch {
    throw refused('The private key cannot be read; it must not be encrypted');
  }
}

function assertChain(chain: readonly X509Certificate[]): void {
  for (const [index, issuer] of chain.slice(1).entries()) {
    const certificate = chain[index] as X509Certificate;
    const isIssuer = issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
    if (!isIssuer) throw refused(`Certificate ${index + 2} has not issued certificate ${index + 1}: the order is certificate, intermediates`);
  }
}

function assertServes(certificate: X509Certificate, key: KeyObject): void {
  if (!certificate.checkPrivateKey(key)) throw refused('The private key is not that of the certificate');
  // Without the extension it may be used for everything.
  const uses = certificate.keyUsage as readonly string[] | undefined;
  if (uses !== undefined && !uses.includes(serverAuthentication)) throw refused('The certificate is not for servers');
}

function assertUsable({ pem, privateKey }: CertificateRecord): void {
  try {
    createSecureContext({ cert: pem, ...(privateKey !== undefined && { key: privateKey }), minVersion: 'TLSv1.2' });
  } catch {
    throw refused('No server can serve the certificate');
  }
}

/**
 * A private key, its certificate and at least one intermediate, in this order, as a server can serve them. Throws
 * {@link ApiError} parameterMissing or parameterInvalid for what would leave a server without a working certificate.
 */
export function readServerBundle(text: string, nowMs: number): CertificateRecord {
  const [first, ...rest] = pemBlocks(text) as [PemBlock, ...PemBlock[]];
  const key = keyOf(first);
  const chain = rest.map((one, index) => certificateOf(one, index === 0 ? 'certificate' : `intermediate ${index}`, nowMs));
  const [certificate] = chain;
  if (certificate === undefined) throw refused('The certificate is missing');
  if (chain.length < 2) throw refused('At least one intermediate certificate is needed');
  assertServes(certificate, key);
  assertChain(chain);
  const bundle = { pem: rest.map((one) => one.text).join(''), privateKey: first.text };
  assertUsable(bundle);
  return bundle;
}

/** What whoever trusts a server's certificate has to know: its intermediates, or itself when it stands alone. */
export function authorityOf({ pem }: CertificateRecord): string {
  const [certificate, ...issuers] = pemBlocks(pem) as [PemBlock, ...PemBlock[]];
  return (issuers.length > 0 ? issuers : [certificate]).map((one) => one.text).join('');
}
