import type { ApiErrorKind } from '@multiconnect/contract';
import { errorAnswer, errorBody, errorCatalogue, meta } from '@multiconnect/contract';
import { type Answer, answersOf, isRaw, type Raw } from '../http/describe.ts';
import { errorsByStatus, errorsOf } from './errors.ts';
import type { DeclaredRoute } from './routes.ts';
import type { JsonSchema, Schemas } from './schemas.ts';

interface Content {
  readonly schema: JsonSchema;
  readonly examples?: Readonly<Record<string, Reference>>;
}

export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly $ref: string }>>;
  readonly content?: Readonly<Record<string, Content>>;
}

type Reference = { readonly $ref: string };

/** The responses of one document; those that are a single error once and by reference. */
export interface Responses {
  of(route: DeclaredRoute): Readonly<Record<string, Response | Reference>>;
  readonly named: Readonly<Record<string, Response>>;
  /** An answer with each error. */
  readonly examples: Readonly<Record<string, Example>>;
}

interface Example {
  readonly summary: string;
  readonly value: unknown;
}

const headerRef = (name: string) => ({ [name]: { $ref: `#/components/headers/${name}` } });

export const headers = {
  'X-Internal-Request-IDS': { description: 'Names the calls behind the API', required: true, schema: { type: 'string' } },
  'X-Request-ID': { description: 'Names the request in the logs', required: true, schema: { type: 'string', pattern: '^[0-9a-f]{32}$' } },
  'Retry-After': { description: 'Seconds after which the same request may pass', required: true, schema: { type: 'integer', minimum: 1 } },
  'WWW-Authenticate': { description: 'How to authorize', required: true, schema: { type: 'string', const: 'Basic realm="Secured"' } },
} as const;

function headersOf(status: number): NonNullable<Response['headers']> {
  return {
    ...headerRef('X-Request-ID'),
    ...headerRef('X-Internal-Request-IDS'),
    ...(status === 401 && headerRef('WWW-Authenticate')),
    ...((status === 429 || status === 503) && headerRef('Retry-After')),
  };
}

export const rawSchema = ({ form }: Raw): JsonSchema => (form === 'binary' ? { type: 'string', format: 'binary' } : { type: 'string' });

const titleOf = (kind: ApiErrorKind) => `${errorCatalogue[kind].code} ${errorCatalogue[kind].title}`;

export function createResponses(schemas: Schemas): Responses {
  const named: Record<string, Response> = {};
  const examples: Record<string, Example> = {};

  function exampleOf(kind: ApiErrorKind): Reference {
    examples[kind] = { summary: titleOf(kind), value: { meta, errors: [errorBody(kind)] } };
    return { $ref: `#/components/examples/${kind}` };
  }

  function contentOf(body: Answer): Response['content'] {
    if (body === 'empty') return {};
    if (isRaw(body)) return { [body.mediaType]: { schema: rawSchema(body) } };
    return { 'application/json': { schema: schemas.output(body) } };
  }

  function answer(status: number, bodies: readonly Answer[]): Response {
    const content = Object.assign({}, ...bodies.map(contentOf)) as NonNullable<Response['content']>;
    const described = { description: status < 300 ? 'Done' : 'Not there', headers: headersOf(status) };
    return Object.keys(content).length === 0 ? described : { ...described, content };
  }

  function refusal(status: number, kinds: readonly ApiErrorKind[]): Response {
    return {
      description: [...new Set(kinds.map(titleOf))].join(', '),
      headers: headersOf(status),
      content: { 'application/json': { schema: schemas.output(errorAnswer), examples: Object.fromEntries(kinds.map((kind) => [kind, exampleOf(kind)])) } },
    };
  }

  function refusalOrReference(status: number, kinds: readonly ApiErrorKind[]): Response | Reference {
    const [kind, ...more] = kinds;
    if (kind === undefined || more.length > 0) return refusal(status, kinds);
    named[kind] = refusal(status, kinds);
    return { $ref: `#/components/responses/${kind}` };
  }

  return {
    named,
    examples,
    of(route) {
      const refusals = [...errorsByStatus(errorsOf(route))].map(([status, kinds]) => [String(status), refusalOrReference(status, kinds)] as const);
      const answers = Object.keys(route.description.answers).map((status) => [status, answer(Number(status), answersOf(route.description, Number(status)))] as const);
      // An answer stands in place of the error of its status.
      return Object.fromEntries([...refusals, ...answers]);
    },
  };
}
