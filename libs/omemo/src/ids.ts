const maxId = 2 ** 31 - 1;

/** XEP-0384 v0.3, 4.1: 1 to 2^31 - 1. */
export function isDeviceId(id: number): boolean {
  return Number.isInteger(id) && id >= 1 && id <= maxId;
}

/** A prekey's id, as libsignal writes it into a message. */
export function isKeyId(id: number): boolean {
  return Number.isInteger(id) && id >= 0 && id <= maxId;
}
