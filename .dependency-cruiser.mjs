// Boundaries come from the `layer:` tag of each package's nx section: apps -> features -> engines -> ground.
import { readdirSync, readFileSync } from 'node:fs';

const order = ['ground', 'engine', 'feature', 'app'];
const packages = ['libs', 'apps'].flatMap((kind) =>
  readdirSync(kind).map((name) => {
    const manifest = JSON.parse(readFileSync(`${kind}/${name}/package.json`, 'utf8'));
    const layer = manifest.nx.tags.find((tag) => tag.startsWith('layer:')).slice('layer:'.length);
    return { path: `^${kind}/${name}/`, layer };
  }),
);
const pathsOf = (layers) => packages.filter((p) => layers.includes(p.layer)).map((p) => p.path);

// Tests may stand on everything: they start real services and whole processes.
const tests = ['\\.(test|bench)\\.ts$', '/testing/'];

const layerRules = order.slice(0, -1).map((layer, index) => ({
  name: `${layer}-imports-nothing-above-it`,
  severity: 'error',
  from: { path: pathsOf([layer]), pathNot: tests },
  to: { path: pathsOf(order.slice(index + 1)) },
}));

export default {
  forbidden: [
    ...layerRules,
    { name: 'no-circular-imports', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'engines-know-no-framework',
      severity: 'error',
      from: { path: pathsOf(['ground', 'engine', 'feature']) },
      to: { path: 'node_modules/@nestjs/', pathNot: 'node_modules/@nestjs/microservices/' },
    },
    {
      name: 'products-know-no-tests',
      severity: 'error',
      from: { path: '^(apps|libs)/[^/]+/src/', pathNot: tests },
      to: { path: '/src/testing/' },
    },
    {
      name: 'packages-meet-at-their-index',
      severity: 'error',
      from: { path: '^(apps|libs)/([^/]+)/' },
      to: { path: '^(apps|libs)/[^/]+/src/', pathNot: ['^(apps|libs)/$2/', '^(apps|libs)/[^/]+/src/(testing/)?index\\.ts$'] },
    },
    {
      name: 'declared-dependencies-only',
      severity: 'error',
      from: { path: '^(apps|libs)/[^/]+/src/', pathNot: tests },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules/\\.cache)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.lint.json' },
    enhancedResolveOptions: { conditionNames: ['source', 'import', 'node', 'default'], exportsFields: ['exports'] },
  },
};
