import type { Socket } from 'node:net';
import { ClientTCP } from '@nestjs/microservices';
import { RpcRefused, RpcTimeout, RpcUnreachable } from './errors.ts';

export interface RpcAddress {
  readonly host: string;
  readonly port: number;
}

export function textOf({ host, port }: RpcAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Nest's transport; what breaks is told to the callers, not to the log. */
class QuietClient extends ClientTCP {
  override handleError(): void {
    // Every call under way ends with RpcUnreachable.
  }
}

/** One connection to one address. Once retired it takes no new call and closes with its last one. */
export class Connection {
  private readonly client: QuietClient;
  private pending = 0;
  private isRetired = false;

  constructor(private readonly address: RpcAddress) {
    this.client = new QuietClient({ host: address.host, port: address.port });
  }

  /** What the other side answers, unchecked. Rejects with RpcUnreachable, RpcTimeout or RpcRefused. */
  async exchange(pattern: string, data: object, timeoutMs: number): Promise<unknown> {
    this.pending++;
    try {
      return await this.answered(pattern, data, timeoutMs);
    } finally {
      this.pending--;
      if (this.isRetired && this.pending === 0) this.destroy();
    }
  }

  retire(): void {
    this.isRetired = true;
    if (this.pending === 0) this.destroy();
  }

  /** Ends every call under way. */
  destroy(): void {
    this.isRetired = true;
    try {
      this.client.unwrap<Socket>().destroy();
    } catch {
      // It was never connected, or is closed already.
    }
    this.client.close();
  }

  private answered(pattern: string, data: object, timeoutMs: number): Promise<unknown> {
    const address = textOf(this.address);
    let isConnected = false;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        subscription?.unsubscribe();
        reject(isConnected ? new RpcTimeout(address, pattern, timeoutMs) : new RpcUnreachable(address));
      }, timeoutMs);
      const failed = (cause: unknown) => {
        clearTimeout(timer);
        // Nest answers a text where no handler is registered; everything else is the connection's.
        reject(typeof cause === 'string' ? new RpcRefused(address, pattern) : new RpcUnreachable(address, { cause }));
      };
      let subscription: { unsubscribe(): void } | undefined;
      this.client.connect().then(() => {
        isConnected = true;
        subscription = this.client.send<unknown>(pattern, data).subscribe({
          next: (answer) => {
            clearTimeout(timer);
            resolve(answer);
          },
          error: failed,
        });
      }, failed);
    });
  }
}
