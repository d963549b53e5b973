import type { Clock } from '@multiconnect/clock';
import type { Certificates } from '@multiconnect/message-store';
import { type ServedCertificate, storedCertificate } from './certificate.ts';

export interface CertificateFollowerOptions {
  readonly certificates: Pick<Certificates, 'find'>;
  readonly clock: Pick<Clock, 'every'>;
  readonly serve: (certificate: ServedCertificate) => void;
  readonly onError: (error: unknown) => void;
}

const pollEveryMs = 1_000;

/** Serves whatever certificate the store has, a second after it came there at most. One that cannot be served changes nothing. */
export function followCertificate(initial: ServedCertificate, { certificates, clock, serve, onError }: CertificateFollowerOptions): () => void {
  let served = initial.cert;
  const look = async () => {
    const stored = await storedCertificate(certificates);
    if (stored === undefined || stored.cert === served) return;
    served = stored.cert;
    serve(stored);
  };
  return clock.every(pollEveryMs, () => {
    look().catch(onError);
  });
}
