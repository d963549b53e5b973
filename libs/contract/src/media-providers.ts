import { z } from 'zod';
import { shortText } from './text.ts';

/** What is shown in place of a provider's secret, and refused as one. */
export const hiddenSecret = '********';

const secret = shortText(1024)
  .regex(/^[^\r\n]*$/)
  .refine((value) => value !== hiddenSecret);
const username = shortText(256).regex(/^[^\r\n:]*$/);

const mediaProvider = z.strictObject({
  name: shortText(64),
  type: z.literal('www').default('www'),
  config: z.union([z.strictObject({ bearer: secret }), z.strictObject({ basic: z.strictObject({ username, password: secret }) })]),
});

const maxProviders = 100;

/** `POST /v1/settings/application/media/providers`. */
export const mediaProvidersRequest = z
  .array(mediaProvider)
  .min(1)
  .max(maxProviders)
  .refine((providers) => new Set(providers.map(({ name }) => name)).size === providers.length);
