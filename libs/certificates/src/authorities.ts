import { certificateOf, pemBlocks } from './pem.ts';

/** Certificates to trust, at least one, each valid now. Throws {@link ApiError} parameterMissing or parameterInvalid. */
export function readAuthorities(text: string, nowMs: number): string {
  const blocks = pemBlocks(text);
  for (const [index, block] of blocks.entries()) certificateOf(block, `certificate ${index + 1}`, nowMs);
  return blocks.map((block) => block.text).join('');
}
