import type { Seal } from '@multiconnect/vault';
import type { DeviceSession } from '../ports/ratchets.ts';

function sessionContext(account: number, customer: string, deviceId: number): string {
  return `signal-session/${account}/${customer}/${deviceId}`;
}

export function sealSession(seal: Seal, account: number, session: DeviceSession): Buffer {
  return seal.seal(Buffer.from(session.record), sessionContext(account, session.customer, session.deviceId));
}

export function openSession(seal: Seal, account: number, customer: string, deviceId: number, sealed: Buffer): DeviceSession {
  const record = seal.open(sealed, sessionContext(account, customer, deviceId)).toString();
  return { customer, deviceId, record };
}
