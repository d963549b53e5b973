import { createMemoryPackSource } from './memory-source.ts';
import { describePackSource } from './testing/index.ts';

describePackSource('memory', () => {
  const source = createMemoryPackSource();
  const namespace = 'ns';
  return Promise.resolve({
    source,
    namespace,
    put(language, templates) {
      source.put(namespace, language, templates);
      return Promise.resolve();
    },
  });
});
