import { createReadStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { ApiError } from '@multiconnect/contract';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
import { page, pageScript } from '../openapi/page.ts';

/** Injection token of the API's OpenAPI document. */
export const descriptionToken = Symbol('description');

const packageDir = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));

/** The files of the page; nothing else of the package is served. */
const assets: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

/** Everything of the page comes from here, and nothing runs that is not a file of it. */
const pageHeaders = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

@Controller()
export class DescriptionController {
  constructor(@Inject(descriptionToken) private readonly document: object) {}

  @Get('v1/openapi.json')
  @Allow('public')
  @Describe({ summary: 'This API as an OpenAPI 3.1 document', tag: 'description', answers: { 200: z.looseObject({ openapi: z.string() }) } })
  openapi(): object {
    return this.document;
  }

  @Get('docs')
  @Allow('public')
  @Describe({ summary: 'This API as a page for people', tag: 'description', answers: { 200: { mediaType: 'text/html', form: 'text' } } })
  docs(@Res({ passthrough: true }) reply: FastifyReply): string {
    void reply.headers(pageHeaders).type('text/html; charset=utf-8');
    return page;
  }

  @Get('docs/:file')
  @Allow('public')
  @Describe({ summary: 'A file of the page', tag: 'description', answers: { 200: { mediaType: '*/*', form: 'binary' } }, errors: ['endpointNotFound'] })
  file(@Param('file') file: string, @Res() reply: FastifyReply): void {
    if (file === 'page.js') {
      void reply.headers(pageHeaders).type('text/javascript; charset=utf-8').send(pageScript);
      return;
    }
    const type = Object.hasOwn(assets, file) ? assets[file] : undefined;
    if (type === undefined) throw new ApiError('endpointNotFound', 'Endpoint not found');
    void reply.headers(pageHeaders).type(type).send(createReadStream(join(packageDir, file)));
  }
}
