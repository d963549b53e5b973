import { ApiError, type LanguagePack, type PackedTemplate } from '@multiconnect/contract';
import { fill } from './fill.ts';
import { packMissing, richTemplate, StructureUnavailable, templateMissing } from './refusals.ts';
import type { RenderedTemplate } from './rendered.ts';
import type { TemplateRequest } from './request.ts';

export interface RenderOptions {
  /** Of the recipient's phone, as `de` or `de_AT`; decides under the fallback policy only. */
  readonly recipientLanguage?: string | undefined;
  /** That timestamps are shown in; UTC when absent. */
  readonly timeZone?: string | undefined;
}

/** Packs by language code. */
export type Packs = ReadonlyMap<string, LanguagePack>;

/** The languages whose packs {@link renderTemplate} looks at. */
export function languagesFor({ policy, language }: TemplateRequest, { recipientLanguage }: RenderOptions): readonly string[] {
  if (policy === 'deterministic' || recipientLanguage === undefined) return [language];
  const code = recipientLanguage.replaceAll('-', '_');
  return [...new Set([code, code.split('_')[0] ?? code, language])];
}

const named = (pack: LanguagePack, name: string) => pack.templates.find((template) => template.name === name);

const isRich = (template: PackedTemplate) => template.components.some(({ type }) => type !== 'BODY');

/** The pack that a phone reads the template from: its own language's where there is one, else the one that was asked for. */
function packShown(packs: Packs, request: TemplateRequest, options: RenderOptions): LanguagePack | undefined {
  const language = languagesFor(request, options).find((each) => packs.has(each));
  return language === undefined ? undefined : packs.get(language);
}

function renderForPhone(pack: LanguagePack, request: TemplateRequest, timeZone: string): RenderedTemplate {
  const translation = named(pack, request.name);
  if (!translation) throw new StructureUnavailable('template-missing', pack.language);
  try {
    return fill(pack, translation, request, timeZone);
  } catch (error) {
    if (error instanceof ApiError) throw new StructureUnavailable('parameters-differ', pack.language);
    throw error;
  }
}

/**
 * What is sent for a template message. Under the deterministic policy it is in the language asked for; under fallback in the
 * recipient's, if there is a pack for that. Throws {@link ApiError} 2000 to 2012 for what the caller can put right, judged by
 * the language asked for, and then {@link StructureUnavailable} for what only the recipient's phone would find.
 */
export function renderTemplate(packs: Packs, request: TemplateRequest, options: RenderOptions = {}): RenderedTemplate {
  const { timeZone = 'UTC' } = options;
  const pack = packs.get(request.language);
  if (!pack || pack.templates.length === 0) throw packMissing(request.language);
  const template = named(pack, request.name);
  if (!template) throw templateMissing(request.name, request.language);
  if (request.kind === 'hsm' && isRich(template)) throw richTemplate(template);
  const rendered = fill(pack, template, request, timeZone);
  const shown = packShown(packs, request, options);
  return shown === undefined || shown.language === pack.language ? rendered : renderForPhone(shown, request, timeZone);
}
