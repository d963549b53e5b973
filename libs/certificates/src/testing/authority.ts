import { generate } from 'selfsigned';

export interface Issued {
  readonly cert: string;
  readonly key: string;
}

interface Issuing {
  readonly issuer?: Issued;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const dayMs = 86_400_000;

async function issue(name: string, extensions: NonNullable<Parameters<typeof generate>[1]>['extensions'], options: Issuing): Promise<Issued> {
  const { issuer, notBefore = new Date(Date.now() - dayMs), notAfter = new Date(Date.now() + dayMs) } = options;
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: notBefore,
    notAfterDate: notAfter,
    ...(extensions !== undefined && { extensions }),
    ...(issuer !== undefined && { ca: issuer }),
  });
  return { cert: cert.replaceAll('\r\n', '\n'), key: key.replaceAll('\r\n', '\n') };
}

export const issueAuthority = (name: string, options: Issuing = {}): Promise<Issued> =>
  issue(name, [{ name: 'basicConstraints', cA: true, critical: true }, { name: 'keyUsage', keyCertSign: true, cRLSign: true }], options);

/** For 127.0.0.1. */
export const issueServer = (name: string, options: Issuing & { readonly use?: 'server' | 'client' } = {}): Promise<Issued> =>
  issue(
    name,
    [
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', serverAuth: options.use !== 'client', clientAuth: options.use === 'client' },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }, { type: 7, ip: '127.0.0.1' }] },
    ],
    options,
  );
