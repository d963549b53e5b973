import type { Requester } from '@multiconnect/omemo';
import { type Element, IqError, xml } from '@multiconnect/xmpp';
import { UploadFailed, UploadRefused } from './errors.ts';

const uploadNamespace = 'urn:xmpp:http:upload:0';
const discoInfo = 'http://jabber.org/protocol/disco#info';
const discoItems = 'http://jabber.org/protocol/disco#items';

/** The chat network's upload service (XEP-0363). */
export interface UploadService {
  readonly jid: string;
  /** As announced. */
  readonly maxBytes?: number;
}

/** Where one file goes, and where it is fetched then. */
export interface UploadSlot {
  readonly putUrl: string;
  readonly getUrl: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface SlotRequest {
  readonly filename: string;
  readonly sizeBytes: number;
}

async function infoOf(requester: Requester, jid: string): Promise<Element | undefined> {
  try {
    return await requester.request({ type: 'get', to: jid, payload: xml('query', { xmlns: discoInfo }) });
  } catch (error) {
    // An item that does not answer is not the service that is looked for.
    if (error instanceof IqError) return undefined;
    throw error;
  }
}

function announcedMaxBytes(info: Element): number | undefined {
  const forms = info.getChildren('x', 'jabber:x:data').flatMap((form) => form.getChildren('field'));
  const text = forms.find((field) => field.attrs['var'] === 'max-file-size')?.getChildText('value');
  const value = Number(text ?? undefined);
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

async function serviceAt(requester: Requester, jid: string): Promise<UploadService | undefined> {
  const info = await infoOf(requester, jid);
  if (!info?.getChildren('feature').some((feature) => feature.attrs['var'] === uploadNamespace)) return undefined;
  const maxBytes = announcedMaxBytes(info);
  return { jid, ...(maxBytes !== undefined && { maxBytes }) };
}

/** Asks the domain's components, then the domain itself (XEP-0363, 4). Rejects with the stream's errors. */
export async function findUploadService(requester: Requester, domain: string): Promise<UploadService | undefined> {
  const answer = await requester.request({ type: 'get', to: domain, payload: xml('query', { xmlns: discoItems }) });
  const items = answer.getChildren('item').flatMap(({ attrs }) => (typeof attrs['jid'] === 'string' ? [attrs['jid']] : []));
  for (const jid of [...items, domain]) {
    const service = await serviceAt(requester, jid);
    if (service) return service;
  }
  return undefined;
}

/** The only ones that a service may ask for (XEP-0363, 5). */
const allowedHeaders = new Set(['authorization', 'cookie', 'expires']);

function headersOf(put: Element): Readonly<Record<string, string>> {
  const headers = put.getChildren('header').map((header) => [String(header.attrs['name']).toLowerCase(), header.getText().replace(/[\r\n]/g, '')] as const);
  return Object.fromEntries(headers.filter(([name]) => allowedHeaders.has(name)));
}

function urlOf(slot: Element, name: 'put' | 'get'): string {
  const url: unknown = slot.getChild(name)?.attrs['url'];
  if (typeof url !== 'string' || !/^https?:\/\//i.test(url) || !URL.canParse(url)) throw new UploadFailed('bad-slot');
  return url;
}

/** The file is too large (XEP-0363, 5.1). Whoever may not upload at all may do so once the operator has mended that. */
const tooLarge = 'not-acceptable';

/** Throws {@link UploadRefused} or {@link UploadFailed}; rejects with the stream's errors. */
export async function requestSlot(requester: Requester, service: UploadService, { filename, sizeBytes }: SlotRequest): Promise<UploadSlot> {
  if (service.maxBytes !== undefined && sizeBytes > service.maxBytes) throw new UploadRefused('file-too-large');
  const payload = xml('request', { xmlns: uploadNamespace, filename, size: sizeBytes, 'content-type': 'application/octet-stream' });
  try {
    const answer = await requester.request({ type: 'get', to: service.jid, payload });
    const slot = answer.is('slot') ? answer : answer.getChild('slot');
    const put = slot?.getChild('put');
    if (!slot || !put) throw new UploadFailed('bad-slot');
    return { putUrl: urlOf(slot, 'put'), getUrl: urlOf(slot, 'get'), headers: headersOf(put) };
  } catch (error) {
    if (!(error instanceof IqError)) throw error;
    if (error.condition === tooLarge) throw new UploadRefused('file-too-large');
    throw new UploadFailed(error.condition, { cause: error });
  }
}
