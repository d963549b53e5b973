import { readFileSync } from 'node:fs';
import type { Cluster } from '@multiconnect/local';
import type { Route } from '@multiconnect/xmpp';

/** How a phone reaches the chat server of a cluster. */
export function networkOf({ services }: Cluster): { routes: readonly Route[]; ca?: string } {
  const { host, port, caFile } = services.xmpp;
  const routes: readonly Route[] = [{ host, port, security: 'starttls' }];
  return caFile === undefined ? { routes } : { routes, ca: readFileSync(caFile, 'utf8') };
}
