import { setTimeout as delay } from 'node:timers/promises';
import { type BusinessNumber, type Gateway, GatewayRefused } from '@multiconnect/local';

/** The number of shards as the operator has it. */
export interface Resharding {
  /** As it was set last. */
  readonly count: number;
  /** Asks until it is granted: while masters change there is nobody to grant it. */
  set(count: number): Promise<void>;
}

export interface ReshardingOptions {
  readonly gateway: Gateway;
  readonly token: string;
  /** The number's certificate. */
  readonly cert: string;
  readonly number: BusinessNumber;
  readonly shardCount: number;
}

const pauseMs = 250;
const isForGood = (error: unknown) => error instanceof GatewayRefused && error.status >= 400 && error.status < 500;

export function openResharding({ gateway, token, cert, number, shardCount }: ReshardingOptions): Resharding {
  let count = shardCount;
  const ask = async (shards: number): Promise<boolean> => {
    try {
      await gateway.call(token, 'POST', '/v1/account/shards', { cc: number.cc, phone_number: number.phoneNumber, shards, cert });
      return true;
    } catch (error) {
      if (isForGood(error)) throw error;
      return false;
    }
  };
  return {
    get count() {
      return count;
    },
    async set(shards) {
      while (!(await ask(shards))) await delay(pauseMs);
      count = shards;
    },
  };
}
