import { readFileSync } from 'node:fs';
import type { Cluster } from '@multiconnect/local';
import type { Route } from '@multiconnect/xmpp';

/** How a phone reaches the chat server of a cluster, and its files. */
export function networkOf({ services }: Cluster): { routes: readonly Route[]; uploadOrigins: readonly string[]; ca?: string } {
  const { host, port, caFile } = services.xmpp;
  const routes: readonly Route[] = [{ host, port, security: 'starttls' }];
  const uploadOrigins = [new URL(services.ejabberdApiUrl).origin];
  return caFile === undefined ? { routes, uploadOrigins } : { routes, uploadOrigins, ca: readFileSync(caFile, 'utf8') };
}
