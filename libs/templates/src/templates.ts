import { ApiError, type LanguagePack } from '@multiconnect/contract';
import type { LanguagePacks } from './language-packs.ts';
import { PacksUnavailable } from './pack-source.ts';
import { packMissing } from './refusals.ts';
import { languagesFor, type RenderOptions, renderTemplate } from './render.ts';
import type { RenderedTemplate } from './rendered.ts';
import type { TemplateRequest } from './request.ts';

const retryAfterS = 5;

/** Template messages, from what is posted to what is sent. */
export interface Templates {
  /**
   * `namespace` is the business's own; a request that names another finds nothing there. Throws {@link ApiError} (2002 while
   * the packs cannot be had, else as {@link renderTemplate}) and {@link StructureUnavailable}.
   */
  render(namespace: string, request: TemplateRequest, options?: RenderOptions): Promise<RenderedTemplate>;
}

export function createTemplates(packs: LanguagePacks): Templates {
  const load = async (namespace: string, language: string, template: string) => {
    try {
      return await packs.find(namespace, language, template);
    } catch (error) {
      if (error instanceof PacksUnavailable) throw new ApiError('templateFetchFailed', undefined, retryAfterS);
      throw error;
    }
  };

  return {
    async render(namespace, request, options = {}) {
      if (request.namespace !== undefined && request.namespace !== namespace) throw packMissing(request.language);
      const found = await Promise.all(languagesFor(request, options).map((language) => load(namespace, language, request.name)));
      const byLanguage = new Map(found.filter((pack): pack is LanguagePack => pack !== undefined).map((pack) => [pack.language, pack]));
      return renderTemplate(byLanguage, request, options);
    },
  };
}
