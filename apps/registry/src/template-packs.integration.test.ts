import { systemClock } from '@multiconnect/clock';
import { createRegistryPackSource } from '@multiconnect/templates';
import { describePackSource } from '@multiconnect/templates/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshNumber, operatorToken, startTestRegistry, type TestRegistry } from './testing/registry.ts';

let registry: TestRegistry;
const closers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  registry = await startTestRegistry();
});
afterAll(async () => {
  await Promise.all(closers.map((close) => close()));
  await registry.stop();
});

const newSource = () => {
  const source = createRegistryPackSource({ url: registry.url, timeoutMs: 5000, clock: systemClock });
  closers.push(() => source.close());
  return source;
};

async function newBusiness() {
  const number = freshNumber();
  const { certificate } = (await registry.operate('/v1/certificates', { number, name: 'Shop' })).body as { certificate: string };
  return { number, certificate };
}

const remove = (number: string, name: string) =>
  fetch(`${registry.url}/v1/configs/templates/${name}?number=${number}&language=de`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${operatorToken}` },
  });

describePackSource('the registry', async () => {
  const source = newSource();
  const { number, certificate } = await newBusiness();
  return {
    source,
    namespace: await source.namespaceOf(certificate),
    async put(language, templates) {
      for (const { name, category, components } of templates) {
        await registry.operate(`/v1/configs/templates?number=${number}`, { name, category, language, components });
        await registry.operate(`/v1/configs/templates/${name}/approve?number=${number}`, { language });
      }
      if (templates.length === 0) for (const name of ['hello', 'bye']) await remove(number, name);
    },
  };
});

it('a business has one namespace, whoever asks first and however often', async () => {
  const source = newSource();
  const { certificate } = await newBusiness();
  const answers = await Promise.all(Array.from({ length: 10 }, () => source.namespaceOf(certificate)));
  expect(new Set(answers).size).toBe(1);
});
