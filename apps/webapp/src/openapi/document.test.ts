import { readFileSync } from 'node:fs';
import { Controller, Get } from '@nestjs/common';
import { checkContactsRequest, setShardsRequest } from '@multiconnect/contract';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppModule, controllers } from '../app.module.ts';
import type { Services } from '../services.ts';
import { committedDocument, documentText } from './committed.ts';
import { openApiDocument } from './document.ts';
import { RouteUndescribed, routesOf } from './routes.ts';
import { createSchemas, SchemaUndescribed } from './schemas.ts';

describe('the OpenAPI document', () => {
  it('describes every route that is served', () => {
    expect(AppModule.with({} as Services).controllers).toBe(controllers);
    const described = Object.values(openApiDocument(controllers).paths).flatMap((operations) => Object.values(operations));
    expect(described).toHaveLength(routesOf(controllers).length);
    const ids = described.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is refused for a route without a description', () => {
    class SecretController {
      plan(): string {
        return '';
      }
    }
    Controller('v1/secret')(SecretController);
    Get('plan')(SecretController.prototype, 'plan', Object.getOwnPropertyDescriptor(SecretController.prototype, 'plan') as TypedPropertyDescriptor<unknown>);
    expect(() => openApiDocument([SecretController])).toThrow(new RouteUndescribed('GET /v1/secret/plan'));
  });

  it('is the committed one: after a change run `npm run openapi`', () => {
    expect(documentText(openApiDocument(controllers))).toBe(readFileSync(committedDocument, 'utf8'));
  });

  it('is valid OpenAPI 3.1', async () => {
    const outcome = await new Validator().validate(JSON.parse(documentText(openApiDocument(controllers))) as Record<string, unknown>);
    expect(outcome).toEqual({ valid: true });
  });

  it('answers each route with the status that its handler answers with', () => {
    for (const { operationId, status, description } of routesOf(controllers)) {
      expect(Object.keys(description.answers), operationId).toContain(String(status));
    }
  });
});

describe('schemas', () => {
  it('say what a client may send, not what becomes of it', () => {
    const schemas = createSchemas();
    const shards = (schemas.input(setShardsRequest) as { properties: { shards: unknown } }).properties.shards;
    expect(shards).toEqual({ anyOf: [{ type: 'number', enum: [1, 2, 4, 8, 16, 32] }, { type: 'string', pattern: '^[0-9]{1,2}$' }] });
    expect(schemas.input(checkContactsRequest)).toMatchObject({ required: ['contacts'], properties: { force_check: { default: false } } });
  });

  it('are refused when one takes more than it shows', () => {
    const schemas = createSchemas();
    expect(() => schemas.input(z.strictObject({ a: z.preprocess(Number, z.number()) }))).toThrow(SchemaUndescribed);
  });

  it('have one name each', () => {
    const schemas = createSchemas();
    schemas.input(z.string().meta({ id: 'Twice' }));
    expect(() => schemas.input(z.number().meta({ id: 'Twice' }))).toThrow(/Twice/);
  });
});
