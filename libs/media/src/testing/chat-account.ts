import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { testServices } from '@multiconnect/local/testing';
import { openStream } from '@multiconnect/xmpp';

/** A stream of a fresh account at the test run's chat server, and where that server keeps uploads. */
export async function connectAccount() {
  const { xmpp, ejabberdApiUrl } = testServices();
  const user = `t${randomUUID().replaceAll('-', '')}`;
  const password = randomUUID();
  const answer = await fetch(`${ejabberdApiUrl}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user, host: xmpp.domain, password }),
  });
  if (!answer.ok) throw new Error(`registration failed: ${answer.status}`);
  const stream = await openStream({
    account: { jid: `${user}@${xmpp.domain}`, password },
    routes: [{ host: xmpp.host, port: xmpp.port, security: 'starttls' }],
    ...(xmpp.caFile !== undefined && { ca: readFileSync(xmpp.caFile, 'utf8') }),
    ...{ connectTimeoutMs: 10_000, keepAliveIntervalMs: 10_000, maxUnhandledStanzas: 500 },
    onStanza: () => undefined,
    onClosed: () => undefined,
  });
  return { stream, domain: xmpp.domain, uploadOrigin: new URL(ejabberdApiUrl).origin };
}
