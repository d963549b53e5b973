import { SetMetadata } from '@nestjs/common';
import type { ApiErrorKind } from '@multiconnect/contract';
import type { z } from 'zod';

/** What the API's description groups routes by. */
export const tags = {
  users: 'Users and their tokens',
  account: 'Registration of the number, and its shards',
  contacts: 'Contacts and their identities',
  messages: 'Messages to customers',
  media: 'Files of messages',
  settings: 'Settings of the application and the business',
  templates: 'Templates and their approval',
  stickerpacks: 'Stickers',
  certificates: 'Certificates of this API and of the back end',
  operations: 'Health, statistics and upkeep',
  description: 'This description',
} as const;
export type Tag = keyof typeof tags;

/** A longer one names nothing: 404. */
export const maxPathParameterLength = 512;

/** A body that is not JSON. */
export interface Raw {
  /** Such as `text/plain`; a range such as `image/*` where there are several. */
  readonly mediaType: string;
  readonly form: 'text' | 'binary';
}

/** A body: JSON that a schema checks, another media type, or none. */
export type Answer = z.ZodType | Raw | 'empty';

export interface Description {
  /** A few words, without a full stop. */
  readonly summary: string;
  /** What a caller must know besides, in Markdown. */
  readonly notes?: string;
  readonly tag: Tag;
  /** Of a public route that checks a user and password by itself. */
  readonly credentials?: 'basic';
  /** The very schema that checks the body; `{}` and no body at all are two things. */
  readonly body?: z.ZodType | Raw;
  /** A body that may be left out. */
  readonly optionalBody?: z.ZodType;
  /** Of the path's parameters; any text where it says nothing. */
  readonly path?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  /** By HTTP status; several bodies where the query or `Accept` chooses. */
  readonly answers: Readonly<Record<number, Answer | readonly Answer[]>>;
  /** What it refuses with, besides what every route of its kind does: no access, bad JSON, a schema's refusals, limits, outages. */
  readonly errors?: readonly ApiErrorKind[];
}

export const descriptionMetadata = 'multiconnect:description';

/** Describes a route, for the API's OpenAPI document. Every route has one. */
export const Describe = (description: Description): MethodDecorator => SetMetadata(descriptionMetadata, description);

export function answersOf({ answers }: Description, status: number): readonly Answer[] {
  const given = answers[status] ?? [];
  return Array.isArray(given) ? (given as readonly Answer[]) : [given as Answer];
}

export const isRaw = (body: Answer): body is Raw => typeof body === 'object' && 'mediaType' in body;
