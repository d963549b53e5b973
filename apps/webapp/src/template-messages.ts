import type { Clock } from '@multiconnect/clock';
import { ApiError, type HsmPayload, type TemplatePayload } from '@multiconnect/contract';
import {
  createLanguagePacks,
  createTemplates,
  type LanguagePacksLog,
  PacksUnavailable,
  type RegistryPackSource,
  type RenderedTemplate,
  requestOfHsm,
  requestOfTemplate,
  StructureUnavailable,
  type TemplateRequest,
} from '@multiconnect/templates';
import type { RegisteredAccount } from './account-reader.ts';

/** What is stored of a template message: the template as it will be shown, or why no phone will show it. */
export type ComposedTemplate =
  | {
      readonly template: Omit<RenderedTemplate, 'plainText' | 'category'>;
      /** The kind of conversation that it opens; undefined for the categories of old. */
      readonly category?: TemplateCategory;
    }
  | { readonly refused: 'structureUnavailable' };

const openingCategories = ['marketing', 'utility', 'authentication'] as const;
type TemplateCategory = (typeof openingCategories)[number];

export interface TemplateMessages {
  /** Throws {@link ApiError} 2000 to 2012. */
  ofTemplate(account: RegisteredAccount, to: string, payload: TemplatePayload): Promise<ComposedTemplate>;
  ofHsm(account: RegisteredAccount, to: string, payload: HsmPayload): Promise<ComposedTemplate>;
  close(): Promise<void>;
}

export interface TemplateMessagesOptions {
  readonly source: RegistryPackSource;
  readonly clock: Clock;
  readonly log: LanguagePacksLog;
  /** Of a customer's phone, as far as it is known; decides under the policy `fallback`. */
  readonly languageOf: (account: number, waId: string) => Promise<string | undefined>;
}

const retryAfterS = 5;

export function createTemplateMessages({ source, clock, log, languageOf }: TemplateMessagesOptions): TemplateMessages {
  const packs = createLanguagePacks({ source, clock, log });
  const templates = createTemplates(packs);
  const ending = new AbortController();
  const namespaces = new Map<string, string>();
  const following: Promise<void>[] = [];

  /** The business's own; it never changes. Its templates are followed from now on. */
  const namespaceOf = async (certificate: string): Promise<string> => {
    const known = namespaces.get(certificate);
    if (known !== undefined) return known;
    const namespace = await source.namespaceOf(certificate);
    if (!namespaces.has(certificate)) following.push(packs.follow(namespace, ending.signal));
    namespaces.set(certificate, namespace);
    return namespace;
  };

  const ownNamespace = async ({ certificate }: RegisteredAccount): Promise<string> => {
    if (certificate === undefined) throw new ApiError('notReady', 'The number has no verified name');
    try {
      return await namespaceOf(certificate);
    } catch (error) {
      if (error instanceof PacksUnavailable) throw new ApiError('templateFetchFailed', undefined, retryAfterS);
      throw error;
    }
  };

  const compose = async (account: RegisteredAccount, to: string, request: TemplateRequest): Promise<ComposedTemplate> => {
    const recipientLanguage = request.policy === 'fallback' ? await languageOf(account.id, to) : undefined;
    try {
      const { plainText: _, category, ...template } = await templates.render(await ownNamespace(account), request, { recipientLanguage });
      const opens = openingCategories.find((one) => one === category.toLowerCase());
      return { template, ...(opens !== undefined && { category: opens }) };
    } catch (error) {
      // Only the phone would find this: the message is accepted, and its status tells.
      if (error instanceof StructureUnavailable) return { refused: 'structureUnavailable' };
      throw error;
    }
  };

  return {
    ofTemplate: (account, to, payload) => compose(account, to, requestOfTemplate(payload)),
    ofHsm: (account, to, payload) => compose(account, to, requestOfHsm(payload)),
    async close() {
      ending.abort();
      await Promise.all(following);
      await source.close();
    },
  };
}
