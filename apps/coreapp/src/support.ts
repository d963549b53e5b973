import type { NodeConfig } from '@multiconnect/config';
import type { NodeHealth, NodeSupport } from '@multiconnect/contract';
import { describeNode, freeBytesAt } from '@multiconnect/health';
import type { Connections } from './connections.ts';

/** The answer to `support.get`. */
export async function readCoreappSupport(accountId: number, config: NodeConfig, { clock, store }: Connections, health: NodeHealth): Promise<NodeSupport> {
  const [account, versions] = await Promise.all([store.accounts.read(accountId), store.housekeeping.versions()]);
  return describeNode({
    env: process.env,
    nowMs: clock.nowMs(),
    health,
    account,
    versions,
    directories: { data: config.dataDir, logs: config.logDir ?? process.cwd(), media: config.mediaDir },
    freeBytes: freeBytesAt,
  });
}
