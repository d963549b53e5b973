export { createLanguagePacks, type LanguagePacks, type LanguagePacksLog, type LanguagePacksOptions } from './language-packs.ts';
export { createMemoryPackSource, type MemoryPackSource } from './memory-source.ts';
export { type PackChanges, type PackSource, PacksUnavailable } from './pack-source.ts';
export { StructureUnavailable } from './refusals.ts';
export { createRegistryPackSource, type RegistryPackSource, type RegistryPackSourceOptions } from './registry-source.ts';
export { languagesFor, type Packs, type RenderOptions, renderTemplate } from './render.ts';
export type { RenderedButton, RenderedHeader, RenderedTemplate } from './rendered.ts';
export { requestOfHsm, requestOfTemplate, type TemplateRequest } from './request.ts';
export { createTemplates, type Templates } from './templates.ts';
