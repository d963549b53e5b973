export { describePackSource, type PackSourceFixture } from './pack-source-conformance.ts';
