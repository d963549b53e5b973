import { hostname } from 'node:os';
import type { CertificateRecord, Certificates } from '@multiconnect/message-store';
import { generate } from 'selfsigned';

const name = 'web-server';
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

/** The certificate that all webapps of the cluster serve; self-signed by the first that needs one. */
export async function sharedCertificate(store: Certificates): Promise<{ readonly key: string; readonly cert: string }> {
  const { pem, privateKey } = (await store.find(name)) ?? (await store.saveIfAbsent(name, await newSelfSigned()));
  if (privateKey === undefined) throw new Error('the web server certificate is stored without its key');
  return { key: privateKey, cert: pem };
}
