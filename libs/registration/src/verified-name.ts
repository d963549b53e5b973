interface Payload {
  readonly expires_at?: unknown;
}

/** What signs and checks is the registry's; this reads it only. */
function payloadOf(certificate: string): Payload {
  const { payload } = JSON.parse(Buffer.from(certificate, 'base64').toString()) as { payload?: unknown };
  return JSON.parse(String(payload)) as Payload;
}

/** When a verified-name certificate expires, ms since 1970; undefined for one that does not say, or is none. */
export function verifiedNameExpiry(certificate: string): number | undefined {
  try {
    const { expires_at: expiresAtS } = payloadOf(certificate);
    return typeof expiresAtS === 'number' ? expiresAtS * 1000 : undefined;
  } catch {
    return undefined;
  }
}
