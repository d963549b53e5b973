import { parseTemplateDraft } from '@multiconnect/contract';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refused } from '../errors.ts';
import { parseBody } from '../requests.ts';
import type { CatalogueTemplate, TemplateCatalogue } from '../template-catalogue.ts';
import type { TemplateChanges } from '../template-changes.ts';
import {
  approval,
  changesQuery,
  languageParam,
  languageQuery,
  namespaceParam,
  rejection,
  templateListQuery,
  templateNameParam,
} from '../template-requests.ts';
import { OperatorGuard } from './operator-guard.ts';
import { TemplateAccess } from './template-access.ts';
import { TEMPLATE_CATALOGUE, TEMPLATE_CHANGES } from './tokens.ts';

const shown = ({ number: _, rejectedReason = 'NONE', ...template }: CatalogueTemplate) => ({ ...template, rejected_reason: rejectedReason });
const shownToOperator = (template: CatalogueTemplate) => ({ number: template.number, ...shown(template) });

@Controller('v1/configs')
export class TemplatesController {
  constructor(
    @Inject(TEMPLATE_CATALOGUE) private readonly catalogue: TemplateCatalogue,
    @Inject(TemplateAccess) private readonly access: TemplateAccess,
  ) {}

  @Get('namespace')
  async namespace(@Req() request: FastifyRequest) {
    return { namespace: await this.catalogue.namespaceOf(this.access.requiredNumberOf(request)) };
  }

  @Post('templates')
  @HttpCode(201)
  async create(@Req() request: FastifyRequest, @Body() body: unknown) {
    const number = this.access.requiredNumberOf(request);
    return shown(await this.catalogue.create(number, parseTemplateDraft(body)));
  }

  @Get('templates')
  async list(@Req() request: FastifyRequest, @Query() query: unknown) {
    const number = this.access.numberOf(request);
    const { limit, offset, filters } = parseBody(templateListQuery, query);
    const { 'business_templates.name': longName, name = longName, ...others } = filters;
    const { templates, total } = await this.catalogue.list({ ...others, name, number }, { limit, offset });
    return {
      count: templates.length,
      filters,
      limit,
      offset,
      sort: ['name', 'language'],
      total,
      waba_templates: templates.map(number === undefined ? shownToOperator : shown),
    };
  }

  @Delete('templates/:name')
  async remove(@Req() request: FastifyRequest, @Param('name') name: string, @Query() query: unknown) {
    const number = this.access.requiredNumberOf(request);
    await this.catalogue.remove({ number, name: parseBody(templateNameParam, name), ...parseBody(languageQuery, query) });
    return { meta: { success: true, http_code: 200 } };
  }

  @Post('templates/:name/approve')
  @HttpCode(200)
  @UseGuards(OperatorGuard)
  async approve(@Req() request: FastifyRequest, @Param('name') name: string, @Body() body: unknown) {
    const key = { number: this.access.requiredNumberOf(request), name: parseBody(templateNameParam, name), ...parseBody(approval, body ?? undefined) };
    return { waba_templates: (await this.catalogue.decide(key, { status: 'approved' })).map(shownToOperator) };
  }

  @Post('templates/:name/reject')
  @HttpCode(200)
  @UseGuards(OperatorGuard)
  async reject(@Req() request: FastifyRequest, @Param('name') name: string, @Body() body: unknown) {
    const number = this.access.requiredNumberOf(request);
    const { reason, language } = parseBody(rejection, body);
    const key = { number, name: parseBody(templateNameParam, name), language };
    return { waba_templates: (await this.catalogue.decide(key, { status: 'rejected', reason })).map(shownToOperator) };
  }
}

@Controller('v1/language-packs')
export class LanguagePacksController {
  constructor(@Inject(TEMPLATE_CATALOGUE) private readonly catalogue: TemplateCatalogue) {}

  @Get(':namespace/:language')
  async pack(
    @Param('namespace') namespace: string,
    @Param('language') language: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (!namespaceParam.safeParse(namespace).success || !languageParam.safeParse(language).success) throw new Refused('not-found');
    const pack = await this.catalogue.pack(namespace, language);
    if (!pack) throw new Refused('not-found');
    const etag = `"${pack.version}"`;
    void reply.header('etag', etag).header('cache-control', 'private, no-cache');
    if (request.headers['if-none-match'] !== etag) return pack;
    void reply.status(304);
    return undefined;
  }
}

@Controller('v1/template-changes')
export class TemplateChangesController {
  constructor(@Inject(TEMPLATE_CHANGES) private readonly changes: TemplateChanges) {}

  @Get()
  after(@Query() query: unknown) {
    const { namespace, since, wait_s: waitS } = parseBody(changesQuery, query);
    return this.changes.after(namespace, since, waitS * 1000);
  }
}
