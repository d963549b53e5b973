import type { Clock } from '@multiconnect/clock';
import { ApiError, type ReferencedFile } from '@multiconnect/contract';
import { type MediaLibrary, MediaRefused, MediaTooLarge } from '@multiconnect/media';
import type { MediaProviders } from '@multiconnect/message-store';
import { createCachedReader } from './cached-reader.ts';

/** Whether the files that messages name can be sent, as far as that can be told before a message is accepted. */
export interface SendableMedia {
  /**
   * Throws {@link ApiError} notFound (1006) for an id that is no file's, parameterInvalid (1009), or 2008 in a template, for a file
   * that a message of the type does not take, and parameterInvalid for a provider that is not known.
   */
  assertSendable(account: number, file: ReferencedFile): Promise<void>;
}

/** One file goes into many messages, and never changes. Of one that is deleted meanwhile the message's status tells. */
const checkedMaxAgeMs = 60_000;
const providersMaxAgeMs = 1000;
const maxChecked = 2000;

function refusal({ type, field }: ReferencedFile, error: MediaRefused | MediaTooLarge): ApiError {
  const fault = error instanceof MediaTooLarge ? `the file is larger than ${error.limitBytes} bytes` : `the file is no ${type} that can be sent`;
  return new ApiError(field.startsWith('template.') ? 'templateMediaUnsupported' : 'parameterInvalid', `${field}.id: ${fault}`);
}

export function createSendableMedia(media: Pick<MediaLibrary, 'sendable'>, providers: Pick<MediaProviders, 'list'>, clock: Clock): SendableMedia {
  const checkedAtMs = new Map<string, number>(); // oldest first
  const cachedProviders = createCachedReader((account: number) => providers.list(account), clock, providersMaxAgeMs);

  const remember = (key: string) => {
    checkedAtMs.delete(key);
    checkedAtMs.set(key, clock.monotonicMs());
    const oldest = checkedAtMs.keys().next();
    if (checkedAtMs.size > maxChecked && oldest.done !== true) checkedAtMs.delete(oldest.value);
  };

  const check = async (account: number, id: string, file: ReferencedFile) => {
    try {
      if ((await media.sendable(account, id, file.type)) === undefined) throw new ApiError('notFound', `${file.field}.id: no such media`);
    } catch (error) {
      if (error instanceof MediaTooLarge || error instanceof MediaRefused) throw refusal(file, error);
      throw error;
    }
  };

  return {
    async assertSendable(account, file) {
      const { id, provider } = file.reference;
      if (provider !== undefined) {
        const known = await cachedProviders.read(account);
        if (!known.some(({ name }) => name === provider.name)) throw new ApiError('parameterInvalid', `${file.field}.provider`);
      }
      if (id === undefined) return;
      const key = `${account}/${file.type}/${id}`;
      if (clock.monotonicMs() - (checkedAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < checkedMaxAgeMs) return;
      await check(account, id, file);
      remember(key);
    },
  };
}
