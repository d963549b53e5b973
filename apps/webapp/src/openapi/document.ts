import { apiVersion } from '@multiconnect/contract';
import type { z } from 'zod';
import { isRaw, maxPathParameterLength, tags } from '../http/describe.ts';
import { createResponses, headers, rawSchema, type Responses } from './responses.ts';
import { type Controller, type DeclaredRoute, routesOf } from './routes.ts';
import { createSchemas, type JsonSchema, type Schemas } from './schemas.ts';

/** An OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.1). */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

export interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

const securityOf = ({ access, description: { credentials } }: DeclaredRoute): readonly object[] => {
  if (credentials === 'basic') return [{ basic: [] }];
  if (access === 'public') return [];
  return access === 'monitoring' ? [{ bearer: [] }, { apiKey: [] }] : [{ bearer: [] }];
};

const callers: Readonly<Record<DeclaredRoute['access'], string>> = {
  public: 'Anyone may call it.',
  user: 'Any user may call it.',
  admin: 'The admin may call it.',
  'admin-or-self': 'The admin may call it, and the user it is about.',
  monitoring: 'Any user may call it, and who has the API key.',
};

type Place = 'path' | 'query' | 'header';

function parametersIn(place: Place, shape: z.ZodObject, schemas: Schemas): object[] {
  const { properties = {}, required = [] } = schemas.input(shape) as { properties?: Record<string, JsonSchema>; required?: string[] };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: place, required: place === 'path' || required.includes(name), schema }));
}

function parametersOf({ path, description }: DeclaredRoute, schemas: Schemas): object[] {
  const described = description.path === undefined ? [] : parametersIn('path', description.path, schemas);
  const known = new Set(Object.keys(description.path?.shape ?? {}));
  const plain = [...path.matchAll(/:(\w+)/g)]
    .map(([, name]) => name as string)
    .filter((name) => !known.has(name))
    .map((name) => ({ name, in: 'path', required: true, schema: { type: 'string', minLength: 1, maxLength: maxPathParameterLength } }));
  return [
    ...described,
    ...plain,
    ...(description.query === undefined ? [] : parametersIn('query', description.query, schemas)),
    ...(description.headers === undefined ? [] : parametersIn('header', description.headers, schemas)),
  ];
}

/** `messages.send` -> `MessagesSendBody`. */
const bodyNameOf = (operationId: string) => `${operationId.replaceAll(/(?:^|\.)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Body`;

function requestBodyOf({ operationId, description: { body, optionalBody } }: DeclaredRoute, schemas: Schemas): object | undefined {
  if (body !== undefined && isRaw(body)) return { required: true, content: { [body.mediaType]: { schema: rawSchema(body) } } };
  const schema = body ?? optionalBody;
  if (schema === undefined) return undefined;
  return { required: optionalBody === undefined, content: { 'application/json': { schema: schemas.namedInput(bodyNameOf(operationId), schema) } } };
}

function operationOf(route: DeclaredRoute, schemas: Schemas, responses: Responses): Operation {
  const { summary, notes, tag } = route.description;
  const requestBody = requestBodyOf(route, schemas);
  return {
    operationId: route.operationId,
    summary,
    description: [notes, callers[route.access]].filter((text) => text !== undefined).join('\n\n'),
    tags: [tag],
    security: securityOf(route),
    parameters: parametersOf(route, schemas),
    ...(requestBody !== undefined && { requestBody }),
    responses: responses.of(route),
  };
}

const about = `The WhatsApp Business On-Premises API, served by Multiconnect.

Answers are JSON with \`meta\`; what is refused has \`errors\`, each with \`code\`, \`title\` and mostly \`details\`. Fields that an
endpoint does not know are refused (1010). A trailing slash changes nothing. Every answer has an \`X-Request-ID\`.

Limits, over all webapps together: \`/v1/messages\` takes 50 requests a second and 150 at once, each other endpoint 20 and 60,
unless the operator has set others; health is free. Beyond, 429 (1015) with \`Retry-After\`. 503 has a \`Retry-After\` as well:
the same request may pass later.`;

const securitySchemes = {
  basic: { type: 'http', scheme: 'basic', description: 'For `POST /v1/users/login` alone' },
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The token of a login; valid for 7 days' },
  apiKey: { type: 'apiKey', in: 'header', name: 'Authorization', description: '`Apikey ` and the key that the operator has set; for monitoring' },
};

/** Sorted by name, so that the document does not depend on who asked first. */
const sorted = <Value>(record: Readonly<Record<string, Value>>) => Object.fromEntries(Object.entries(record).toSorted(([one], [other]) => (one < other ? -1 : 1)));

/** The document of the routes that the controllers declare. Throws RouteUndescribed and SchemaUndescribed. */
export function openApiDocument(controllers: readonly Controller[]): OpenApiDocument {
  const schemas = createSchemas();
  const responses = createResponses(schemas);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routesOf(controllers)) {
    const operations = (paths[route.path.replaceAll(/:(\w+)/g, '{$1}')] ??= {});
    operations[route.method] = operationOf(route, schemas, responses);
  }
  const used = new Set(routesOf(controllers).map(({ description }) => description.tag));
  return {
    openapi: '3.1.1',
    info: { title: 'Multiconnect', version: apiVersion, description: about, license: { name: 'GPL-3.0-only', identifier: 'GPL-3.0-only' } },
    servers: [{ url: '/' }],
    tags: Object.entries(tags)
      .filter(([name]) => used.has(name as keyof typeof tags))
      .map(([name, description]) => ({ name, description })),
    paths: sorted(paths),
    components: { securitySchemes, headers, responses: sorted(responses.named), examples: sorted(responses.examples), schemas: sorted(schemas.named) },
  };
}
