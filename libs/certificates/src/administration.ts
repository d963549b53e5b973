import type { Clock } from '@multiconnect/clock';
import { ApiError } from '@multiconnect/contract';
import type { Certificates } from '@multiconnect/message-store';
import { readAuthorities } from './authorities.ts';
import { authorityOf, readServerBundle } from './server-bundle.ts';

/** Names in the store. */
export const certificateNames = { server: 'web-server', webhookAuthorities: 'webhook-ca' } as const;

/** The certificates that an administrator gives. A bad one is refused with {@link ApiError}, and the former one stays. */
export interface CertificateAdministration {
  /** Key, certificate, intermediates as PEM: what every webapp serves from then on. */
  saveServer(pem: string): Promise<void>;
  /** PEM of what issued the served certificate; undefined when there is none. */
  serverAuthority(): Promise<string | undefined>;
  /** PEM of the authorities that callbacks trust besides the system's. */
  saveWebhookAuthorities(pem: string): Promise<void>;
  /** Throws {@link ApiError} notFound. */
  webhookAuthorities(): Promise<string>;
  /** Throws {@link ApiError} notFound. */
  removeWebhookAuthorities(): Promise<void>;
}

const noAuthorities = () => new ApiError('notFound', 'No webhook CA certificates found');

export function createCertificateAdministration(certificates: Certificates, clock: Pick<Clock, 'nowMs'>): CertificateAdministration {
  return {
    saveServer: async (pem) => certificates.save(certificateNames.server, readServerBundle(pem, clock.nowMs())),
    async serverAuthority() {
      const server = await certificates.find(certificateNames.server);
      return server && authorityOf(server);
    },
    saveWebhookAuthorities: async (pem) => certificates.save(certificateNames.webhookAuthorities, { pem: readAuthorities(pem, clock.nowMs()) }),
    async webhookAuthorities() {
      const found = await certificates.find(certificateNames.webhookAuthorities);
      if (found === undefined) throw noAuthorities();
      return found.pem;
    },
    async removeWebhookAuthorities() {
      if (!(await certificates.remove(certificateNames.webhookAuthorities))) throw noAuthorities();
    },
  };
}
