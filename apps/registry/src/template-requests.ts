import { templateCategories, templateLanguage, templateName } from '@multiconnect/contract';
import { z } from 'zod';

const status = z.enum(['submitted', 'approved', 'rejected']);
const wholeNumber = (min: number, max: number) => z.string().regex(/^[0-9]{1,16}$/).transform(Number).pipe(z.int().min(min).max(max));

/** As people read it: no control characters. */
const reason = z.string().trim().min(1).max(512).regex(/^\P{C}+$/u);

const filters = z
  .string()
  .max(2048)
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'no JSON' });
      return z.NEVER;
    }
  })
  .pipe(
    z
      .strictObject({
        'business_templates.name': templateName,
        name: templateName,
        language: templateLanguage,
        status,
        category: z.enum(templateCategories),
      })
      .partial(),
  );

/** Whose templates the operator means; businesses mean their own. */
export const businessQuery = z.object({ number: z.string().optional() });

export const templateListQuery = z.object({
  limit: wholeNumber(1, 1000).default(1000),
  offset: wholeNumber(0, 1_000_000).default(0),
  filters: filters.default({}),
});

export const templateNameParam = templateName;
export const languageQuery = z.object({ language: templateLanguage.optional() });
export const approval = z.strictObject({ language: templateLanguage.optional() }).default({});
export const rejection = z.strictObject({ language: templateLanguage.optional(), reason });

export const namespaceParam = z.string().regex(/^[0-9a-f_]{36}$/);
export const languageParam = templateLanguage;

const maxWaitS = 60;
export const changesQuery = z.object({
  namespace: namespaceParam,
  since: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0),
  wait_s: wholeNumber(0, maxWaitS).default(0),
});
