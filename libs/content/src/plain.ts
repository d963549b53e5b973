import type { CaptionedFile, InboundContent, OutboundContent, PostedInteractive, SentFile, SentInteractive, SentTemplate } from '@multiconnect/contract';

const lines = (...parts: readonly (string | undefined)[]) => parts.filter((part) => part !== undefined && part !== '').join('\n');

type Template = Pick<SentTemplate, 'body' | 'buttons' | 'footer'>;

/** What can be answered, in the order it is numbered for clients that show text only. */
export interface Choice {
  readonly title: string;
  readonly description?: string | undefined;
  readonly section?: string | undefined;
  readonly reply: object;
}

/** The choices of an interactive message; none when it is answered otherwise. */
export function choicesOf(interactive: PostedInteractive | SentInteractive): readonly Choice[] {
  switch (interactive.type) {
    case 'button':
      return interactive.action.buttons.map(({ reply }) => ({ title: reply.title, reply: { type: 'button_reply', button_reply: reply } }));
    case 'list':
      return interactive.action.sections.flatMap((section) =>
        section.rows.map((row) => ({
          title: row.title,
          description: row.description,
          section: section.title,
          reply: { type: 'list_reply', list_reply: row },
        })),
      );
    case 'product':
    case 'product_list':
    case 'flow':
      return [];
  }
}

/** The quick replies of a template. */
export function templateChoices(template: Template): readonly Choice[] {
  return template.buttons.flatMap((button) => {
    if (button.type !== 'quick_reply') return [];
    const { text, payload } = button;
    return [{ title: text, reply: { type: 'button', button: { payload, text } } }];
  });
}

function numbered(choices: readonly Choice[]): string {
  let section: string | undefined;
  return choices
    .map((choice, index) => {
      const heading = choice.section === section ? undefined : choice.section;
      section = choice.section;
      const line = `${index + 1}) ${choice.title}${choice.description === undefined ? '' : ` – ${choice.description}`}`;
      return lines(heading, line);
    })
    .join('\n');
}

function pointer(interactive: SentInteractive): string | undefined {
  switch (interactive.type) {
    case 'product':
      return interactive.action.product_retailer_id;
    case 'product_list':
      return interactive.action.sections
        .map((section) => lines(section.title, ...section.product_items.map((item) => item.product_retailer_id)))
        .join('\n');
    case 'flow':
      return interactive.action.parameters.flow_cta;
    case 'button':
    case 'list':
      return undefined;
  }
}

const plainFile = (file: CaptionedFile | SentFile) => lines(file.url, 'caption' in file ? file.caption : undefined);

type Header = NonNullable<SentTemplate['header']>;

function plainHeader(header: Header | undefined): string | undefined {
  switch (header?.type) {
    case 'text':
      return header.text;
    case 'image':
      return header.image.url;
    case 'video':
      return header.video.url;
    case 'document':
      return header.document.url;
    case undefined:
      return undefined;
  }
}

function plainInteractive(interactive: SentInteractive): string {
  const header = interactive.type === 'product' ? undefined : plainHeader(interactive.header);
  const choices = choicesOf(interactive);
  return lines(header, interactive.body?.text, numbered(choices), pointer(interactive), interactive.footer?.text);
}

type Contact = Extract<OutboundContent, { type: 'contacts' }>['contacts'][number];

function plainContact(contact: Contact): string {
  const details = [
    ...(contact.phones ?? []).map((phone) => phone.phone),
    ...(contact.emails ?? []).map((email) => email.email),
    ...(contact.urls ?? []).map((url) => url.url),
    ...(contact.addresses ?? []).map((address) => [address.street, address.zip, address.city, address.country].filter(Boolean).join(', ')),
  ];
  return lines(contact.name.formatted_name, contact.org?.company, ...details);
}

type InteractiveReply = Extract<InboundContent, { type: 'interactive' }>['interactive'];

function plainReply(reply: InteractiveReply): string {
  switch (reply.type) {
    case 'button_reply':
      return reply.button_reply.title;
    case 'list_reply':
      return reply.list_reply.title;
    case 'nfm_reply':
      return reply.nfm_reply.body;
  }
}

function plainTemplate(template: SentTemplate): string {
  const links = template.buttons.flatMap((button) => {
    if (button.type === 'quick_reply') return [];
    return [`${button.text}: ${button.type === 'url' ? button.url : button.phone_number}`];
  });
  const sections = [plainHeader(template.header), template.body, template.footer, lines(numbered(templateChoices(template)), ...links)];
  return sections.filter((section) => section !== undefined && section !== '').join('\n\n');
}

const isReply = (interactive: SentInteractive | InteractiveReply): interactive is InteractiveReply => !('action' in interactive);

type Content = OutboundContent | InboundContent;
const fileTypes = ['image', 'video', 'audio', 'voice', 'document', 'sticker'] as const;
type FileContent = Extract<Content, { type: (typeof fileTypes)[number] }>;

const isFile = (content: Content): content is FileContent => fileTypes.some((type) => type === content.type);

function fileOf(content: FileContent): CaptionedFile | SentFile {
  switch (content.type) {
    case 'image':
      return content.image;
    case 'video':
      return content.video;
    case 'audio':
      return content.audio;
    case 'voice':
      return content.voice;
    case 'document':
      return content.document;
    case 'sticker':
      return content.sticker;
  }
}

/** A message as people with a client that knows nothing of ours read it (geo: is RFC 5870). */
export function plainRendering(content: Content): string {
  if (isFile(content)) return plainFile(fileOf(content));
  switch (content.type) {
    case 'text':
      return content.text.body;
    case 'location': {
      const { name, address, latitude, longitude } = content.location;
      return lines(name, address, `geo:${latitude},${longitude}`);
    }
    case 'contacts':
      return content.contacts.map(plainContact).join('\n\n');
    case 'interactive':
      return isReply(content.interactive) ? plainReply(content.interactive) : plainInteractive(content.interactive);
    case 'template':
      return plainTemplate(content.template);
    case 'button':
      return content.button.text;
    case 'order':
      return lines(content.order.text, ...content.order.product_items.map((item) => `${item.quantity} × ${item.product_retailer_id}`));
    case 'reaction':
      return content.reaction.emoji || '–';
  }
}

/** The choice that a typed answer means: its number, or its title in any case. */
export function typedChoice(choices: readonly Choice[], answer: string): Choice | undefined {
  const typed = answer.trim();
  const number = /^([0-9]{1,2})\)?$/.exec(typed)?.[1];
  if (number !== undefined) return choices[Number(number) - 1];
  const matches = choices.filter((choice) => choice.title.toLowerCase() === typed.toLowerCase());
  return matches.length === 1 ? matches[0] : undefined;
}
