import type { TemplateParameter } from '@multiconnect/contract';

type MediaParameter = Extract<TemplateParameter, { type: 'image' | 'video' | 'document' }>;

/** A media header holds what the business named: a media id, or a link to fetch. */
export type RenderedHeader = { readonly type: 'text'; readonly text: string } | MediaParameter;

export type RenderedButton =
  | { readonly type: 'quick_reply'; readonly text: string; readonly payload: string | null }
  | { readonly type: 'url'; readonly text: string; readonly url: string }
  | { readonly type: 'phone_number'; readonly text: string; readonly phone_number: string };

/** A template with its parameters in place, as a phone shows it. */
export interface RenderedTemplate {
  readonly namespace: string;
  readonly name: string;
  /** As the catalogue has it, such as "MARKETING". */
  readonly category: string;
  /** That it is shown in. */
  readonly language: string;
  readonly header?: RenderedHeader;
  readonly body: string;
  readonly footer?: string;
  readonly buttons: readonly RenderedButton[];
  /** All of it but media, for clients that show text only: quick replies are numbered. */
  readonly plainText: string;
}

function plainButton(button: RenderedButton, number: number): string {
  switch (button.type) {
    case 'quick_reply':
      return `${number}) ${button.text}`;
    case 'url':
      return `${button.text}: ${button.url}`;
    case 'phone_number':
      return `${button.text}: ${button.phone_number}`;
  }
}

export function plainTextOf({ header, body, footer, buttons }: Pick<RenderedTemplate, 'header' | 'body' | 'footer' | 'buttons'>): string {
  let replies = 0;
  const lines = buttons.map((button) => {
    if (button.type === 'quick_reply') replies += 1;
    return plainButton(button, replies);
  });
  const sections = [header?.type === 'text' ? header.text : undefined, body, footer, lines.length === 0 ? undefined : lines.join('\n')];
  return sections.filter((section) => section !== undefined).join('\n\n');
}
