import type { Seal } from '@multiconnect/vault';
import type { MediaProviderConfig, MediaProviders } from '../ports/media-providers.ts';
import type { Database } from './database.ts';
import { statement } from './statements.ts';

const list = statement('media-providers-list');
const save = statement('media-providers-save');
const remove = statement('media-providers-remove');

interface ProviderColumns {
  readonly name: string;
  readonly type: string;
  readonly config: Buffer;
}

const contextOf = (account: number, name: string) => `media-provider/${account}/${name}`;

export function createMediaProviders(database: Database, seal: Seal): MediaProviders {
  return {
    async list(account) {
      const rows = await database.run<ProviderColumns>(list, [account]);
      return rows.map(({ name, type, config }) => ({
        name,
        type,
        config: JSON.parse(seal.open(config, contextOf(account, name)).toString()) as MediaProviderConfig,
      }));
    },
    async save(account, providers) {
      await database.run(save, [
        account,
        providers.map(({ name }) => name),
        providers.map(({ type }) => type),
        providers.map(({ name, config }) => seal.seal(Buffer.from(JSON.stringify(config)), contextOf(account, name))),
      ]);
    },
    remove: async (account, name) => (await database.run(remove, [account, name])).length > 0,
  };
}
