import { z } from 'zod';
import { freeText } from './text.ts';

/** Text of at most `max` characters as people count them: an emoji of two UTF-16 units is one. */
const textUpTo = (max: number) => freeText.refine((value) => value.length <= max || Array.from(value).length <= max);

const none = z.literal('');
/** With a local part of at most 64 characters (RFC 5321). */
const email = z.union([none, z.email().regex(/^[^@]{1,64}@/).max(128)]);
const website = z.union([none, z.url({ protocol: /^https?$/ }).max(256)]);

/** `POST /v1/settings/business/profile`: what is named is set, `""` and `[]` clear, the rest stays. */
export const businessProfile = z
  .strictObject({
    address: textUpTo(256),
    description: textUpTo(512),
    email,
    /** One of the documented list, or the business's own word. */
    vertical: textUpTo(128),
    websites: z.array(website).max(2),
  })
  .partial();
export type BusinessProfile = z.output<typeof businessProfile>;

const entityTypes = ['Limited liability partnership', 'Sole proprietorship', 'Partnership', 'Public Company', 'Private Company', 'Other'] as const;
const contactDetails = { email, landline_number: textUpTo(32), mobile_number: textUpTo(32) };

/** `POST /v1/settings/business/compliance_info`, for shops in India. */
export const complianceInfo = z
  .strictObject({
    entity_name: textUpTo(128),
    entity_type: z.enum(entityTypes),
    entity_type_custom: textUpTo(128),
    is_registered: z.boolean(),
    customer_care_details: z.strictObject(contactDetails).partial(),
    grievance_officer_details: z.strictObject({ name: textUpTo(128), ...contactDetails }).partial(),
  })
  .partial();
export type ComplianceInfo = z.output<typeof complianceInfo>;

/** `PATCH /v1/settings/profile/about`. */
export const about = z.strictObject({ text: textUpTo(139) });
export type About = z.output<typeof about>;

/** What a number that never said anything about itself shows. */
export const defaultAbout: About = { text: 'Hey there! I am using WhatsApp.' };
