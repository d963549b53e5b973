import type { LanguagePack, PackedTemplate, TemplateComponent } from '@multiconnect/contract';

export const body = (text: string): TemplateComponent => ({ type: 'BODY', text });

export const template = (name: string, ...components: readonly TemplateComponent[]): PackedTemplate => ({
  name,
  category: 'UTILITY',
  components: [...components],
});

export const packOf = (language: string, ...templates: readonly PackedTemplate[]): LanguagePack => ({
  namespace: 'ns',
  language,
  version: 1,
  templates: [...templates],
});

export const packsOf = (...packs: readonly LanguagePack[]) => new Map(packs.map((pack) => [pack.language, pack]));
