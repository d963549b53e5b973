import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ServerCertificate {
  /** The authority's certificate: what clients trust. */
  readonly caFile: string;
  /** Certificate, authority and private key in one PEM file, mode 0600. */
  readonly chainAndKeyFile: string;
}

const validDays = '825';
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

const stillValid = async (file: string): Promise<boolean> => {
  const secondsLeft = String(24 * 60 * 60);
  return run('openssl', ['x509', '-in', file, '-noout', '-checkend', secondsLeft]).then(
    () => true,
    () => false,
  );
};

/** Makes, or finds again, an authority of our own and a certificate for `DNS:<domain>` signed by it. */
export const ensureServerCertificate = async (dir: string, domain: string): Promise<ServerCertificate> => {
  const at = (name: string): string => join(dir, name);
  const certificate = { caFile: at('ca.pem'), chainAndKeyFile: at(`${domain}.pem`) };
  if (existsSync(certificate.chainAndKeyFile) && (await stillValid(certificate.chainAndKeyFile))) return certificate;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  writeFileSync(at('extensions.cnf'), `basicConstraints=CA:FALSE\nsubjectAltName=DNS:${domain},DNS:*.${domain}\n`);
  await run('openssl', [
    ...['req', '-x509', ...newKey, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', validDays],
    ...['-subj', '/CN=Multiconnect local authority'],
  ]);
  await run('openssl', ['req', ...newKey, '-keyout', at('server.key'), '-out', at('server.csr'), '-subj', `/CN=${domain}`]);
  await run('openssl', [
    ...['x509', '-req', '-in', at('server.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial'],
    ...['-days', validDays, '-extfile', at('extensions.cnf'), '-out', at('server.crt')],
  ]);
  const parts = ['server.crt', 'ca.pem', 'server.key'].map((name) => readFileSync(at(name), 'utf8'));
  writeFileSync(certificate.chainAndKeyFile, parts.join(''), { mode: 0o600 });
  for (const name of ['ca.key', 'server.key']) chmodSync(at(name), 0o600);
  return certificate;
};
