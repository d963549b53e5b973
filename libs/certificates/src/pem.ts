import { X509Certificate } from 'node:crypto';
import { ApiError } from '@multiconnect/contract';

export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, … */
  readonly label: string;
  readonly text: string;
}

const block = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n[A-Za-z0-9+/=\s:,-]*?-----END \1-----/g;

export const refused = (details: string) => new ApiError('parameterInvalid', details);

/** The blocks of a text (RFC 7468); what stands between them is explanation. Throws {@link ApiError} parameterMissing. */
export function pemBlocks(text: string): readonly PemBlock[] {
  const blocks = Array.from(text.matchAll(block), ([whole, label = '']) => ({ label, text: `${whole.replaceAll('\r\n', '\n')}\n` }));
  if (blocks.length === 0) throw text.trim() === '' ? new ApiError('parameterMissing', 'The request has no PEM') : refused('The body is no PEM');
  return blocks;
}

/** Throws {@link ApiError} unless it is a certificate that is valid now. `what` names it to the caller. */
export function certificateOf({ label, text }: PemBlock, what: string, nowMs: number): X509Certificate {
  if (label !== 'CERTIFICATE') throw refused(`The ${what} is no certificate`);
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(text);
  } catch {
    throw refused(`The ${what} cannot be read`);
  }
  if (Date.parse(certificate.validFrom) > nowMs) throw refused(`The ${what} is not valid yet`);
  if (Date.parse(certificate.validTo) <= nowMs) throw refused(`The ${what} has expired`);
  return certificate;
}
