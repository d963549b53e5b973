export { BadSealKey, readSealKey, sealKeyBytes } from './seal-key.ts';
export { BadSeal, createSeal, type Seal } from './seal.ts';
