/** Nobody answers at the address, or the connection broke before the answer came: the call may have been carried out. */
export class RpcUnreachable extends Error {
  override readonly name = 'RpcUnreachable';
  constructor(readonly address: string, options?: ErrorOptions) {
    super(`${address} cannot be reached`, options);
  }
}

/** Connected, but no answer in time: the call may have been carried out. */
export class RpcTimeout extends Error {
  override readonly name = 'RpcTimeout';
  constructor(readonly address: string, readonly pattern: string, readonly timeoutMs: number) {
    super(`${address} did not answer ${pattern} within ${timeoutMs} ms`);
  }
}

/** The two sides do not trust each other (another secret, clocks too far apart), or the other one has no such call. */
export class RpcRefused extends Error {
  override readonly name = 'RpcRefused';
  constructor(readonly address: string, readonly pattern: string) {
    super(`${pattern} and ${address} refuse each other: check the cluster secret, the clocks and the versions`);
  }
}
