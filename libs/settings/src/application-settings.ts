import type { ApplicationSettings } from '@multiconnect/contract';
import { ApiError, applicationSettingsPatch, defaultApplicationSettings, parseRequest } from '@multiconnect/contract';
import type { EgressRule } from '@multiconnect/egress';
import type { Accounts, Settings } from '@multiconnect/message-store';
import { leavesOf, withLeaves, withOtherNames } from './names.ts';

export type SettingsSource = Pick<Settings, 'read'>;

/** The settings of an account, defaults in place of what was never set. */
export async function readSettings(store: SettingsSource, account: number): Promise<ApplicationSettings> {
  const stored = leavesOf(await store.read(account));
  return withLeaves({ ...defaultApplicationSettings }, stored) as unknown as ApplicationSettings;
}

/** `GET /v1/settings/application`. */
export type SettingsAnswer = ApplicationSettings & { readonly wa_id: string };

export interface ApplicationSettingsService {
  /** With `wa_id`, `""` until a number is registered. */
  read(account: number): Promise<SettingsAnswer>;
  /**
   * Sets what the body names, nested objects leaf by leaf. Throws what {@link parseRequest} throws, and
   * {@link ApiError} parameterInvalid when the body names nothing, or a webhook that cannot be called.
   */
  patch(account: number, body: unknown): Promise<void>;
  /** Back to the defaults. */
  reset(account: number): Promise<void>;
}

const notPublic = 'webhooks.url: the address is not public. The operator may allow it with MULTICONNECT_ALLOW_PRIVATE_ADDRESSES';

/** What a name leads to shows at each call; an address is known now. */
function assertReachable(url: string | undefined, egress: EgressRule): void {
  if (url === undefined || url === '') return;
  if (egress.refusesHost(new URL(url).hostname)) throw new ApiError('parameterInvalid', notPublic);
}

export function createApplicationSettings(store: Settings, accounts: Pick<Accounts, 'read'>, egress: EgressRule): ApplicationSettingsService {
  return {
    async read(account) {
      const [settings, { state, waId }] = await Promise.all([readSettings(store, account), accounts.read(account)]);
      return { ...settings, wa_id: state === 'registered' ? (waId ?? '') : '' };
    },

    async patch(account, body) {
      const patch = parseRequest(applicationSettingsPatch, body);
      assertReachable(patch.webhooks?.url, egress);
      const leaves = withOtherNames(leavesOf(patch));
      if (Object.keys(leaves).length === 0) throw new ApiError('parameterInvalid', 'No setting given');
      await store.write(account, leaves);
    },

    reset: (account) => store.clear(account),
  };
}
