import type { Compose } from '@multiconnect/load';
import type { World } from './world.ts';

const mediaBytes = 100_000;
/** Different files, so that the upload to the chat network is paid for more than once. */
const mediaCount = 50;
const mediaEvery = 10;
const language = { policy: 'deterministic', code: 'en' };

/** A JPEG as far as its headers are read (640 x 480, three components), and the bytes of a number behind them. */
function picture(number: number): Buffer {
  const headers = Buffer.from('ffd8 ffe1 0006 45786966 ffffc0 0011 08 01e0 0280 03 010203'.replaceAll(' ', ''), 'hex');
  return Buffer.concat([headers, Buffer.alloc(mediaBytes - headers.length, number)]);
}

async function operate({ target, business }: World, path: string, body: object): Promise<unknown> {
  const answer = await fetch(`${target.registryUrl}${path}?number=${business}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${target.operatorToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

async function namespaceOf({ target, business }: World): Promise<string> {
  const answer = await fetch(`${target.registryUrl}/v1/configs/namespace?number=${business}`, { headers: { authorization: `Bearer ${target.operatorToken}` } });
  return ((await answer.json()) as { readonly namespace: string }).namespace;
}

async function uploadPictures({ gateway, token }: World): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let index = 0; index < mediaCount; index++) {
    const { body } = await gateway.upload(token, '/v1/media', picture(index), 'image/jpeg');
    ids.push((body as { readonly media: [{ readonly id: string }] }).media[0].id);
  }
  return ids;
}

/** Template messages, every tenth of them with a picture above its text. */
export async function templateMessages(world: World): Promise<Compose> {
  const drafts = [
    { name: 'plain', components: [{ type: 'BODY', text: '{{1}}' }] },
    { name: 'pictured', components: [{ type: 'HEADER', format: 'IMAGE' }, { type: 'BODY', text: '{{1}}' }] },
  ];
  for (const { name, components } of drafts) {
    await operate(world, '/v1/configs/templates', { category: 'UTILITY', language: 'en', name, components });
    await operate(world, `/v1/configs/templates/${name}/approve`, { language: 'en' });
  }
  const [namespace, pictures] = [await namespaceOf(world), await uploadPictures(world)];
  return (to, text, index) => {
    const body = { type: 'body', parameters: [{ type: 'text', text }] };
    const id = pictures[Math.floor(index / mediaEvery) % pictures.length];
    const isPictured = index % mediaEvery === 0;
    const components = isPictured ? [{ type: 'header', parameters: [{ type: 'image', image: { id } }] }, body] : [body];
    return { to, type: 'template', template: { namespace, name: isPictured ? 'pictured' : 'plain', language, components } };
  };
}
