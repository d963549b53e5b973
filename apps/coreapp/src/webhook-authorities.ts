import { certificateNames } from '@multiconnect/certificates';
import type { Connections } from './connections.ts';

/** Callbacks trust what the store says, two seconds after it came there at most. */
export interface WebhookAuthorities {
  /** Reads them now. */
  refresh(): Promise<void>;
  stop(): void;
}

const pollEveryMs = 2_000;

export function followWebhookAuthorities({ store, sender, clock }: Connections, onError: (error: unknown) => void): WebhookAuthorities {
  const refresh = async () => {
    sender.trust((await store.certificates.find(certificateNames.webhookAuthorities))?.pem);
  };
  const refreshSafely = () => void refresh().catch(onError);
  refreshSafely();
  return { refresh, stop: clock.every(pollEveryMs, refreshSafely) };
}
