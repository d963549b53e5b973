import { hostname } from 'node:os';
import { createSecureContext } from 'node:tls';
import { certificateNames } from '@multiconnect/certificates';
import type { CertificateRecord, Certificates } from '@multiconnect/message-store';
import { generate } from 'selfsigned';

export interface ServedCertificate {
  readonly key: string;
  readonly cert: string;
}

const name = certificateNames.server;
const validForMs = 10 * 365 * 24 * 3_600_000;

async function newSelfSigned(): Promise<CertificateRecord> {
  const host = hostname();
  const pems = await generate([{ name: 'commonName', value: host.slice(0, 64) }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + validForMs),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 2, value: host },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { pem: pems.cert, privateKey: pems.private };
}

function servedOf({ pem, privateKey }: CertificateRecord): ServedCertificate {
  if (privateKey === undefined) throw new Error('the web server certificate is stored without its key');
  return { key: privateKey, cert: pem };
}

/** Throws when no server could serve it. */
function assertServable(certificate: ServedCertificate): ServedCertificate {
  createSecureContext({ ...certificate });
  return certificate;
}

/** The certificate in the store. Throws when it could not be served. */
export async function storedCertificate(store: Pick<Certificates, 'find'>): Promise<ServedCertificate | undefined> {
  const stored = await store.find(name);
  return stored && assertServable(servedOf(stored));
}

/** The certificate that all webapps of the cluster serve; self-signed by the first that needs one. */
export async function sharedCertificate(store: Certificates): Promise<ServedCertificate> {
  return (await storedCertificate(store)) ?? servedOf(await store.saveIfAbsent(name, await newSelfSigned()));
}

/** For a webapp whose stored certificate cannot be served: better reached under another one than not at all. */
export const standInCertificate = async (): Promise<ServedCertificate> => servedOf(await newSelfSigned());
