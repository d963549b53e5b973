import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiError, hiddenSecret, mediaProvidersAnswer, mediaProvidersRequest, meta, metaAnswer, parseRequest } from '@multiconnect/contract';
import type { MediaProviderConfig, MediaProviders } from '@multiconnect/message-store';
import type { FastifyRequest } from 'fastify';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
import { tokens } from '../services.ts';

function shown(config: MediaProviderConfig): MediaProviderConfig {
  if ('bearer' in config) return { bearer: hiddenSecret };
  return { basic: { username: config.basic.username, password: hiddenSecret } };
}

/** Coreapps read a provider when a message names it: a change needs no notice. */
@Controller('v1/settings/application/media/providers')
export class MediaProvidersController {
  constructor(
    @Inject(tokens.mediaProviders) private readonly providers: MediaProviders,
    @Inject(tokens.accountId) private readonly accountId: number,
  ) {}

  /** Secrets are not given back. */
  @Get()
  @Allow('admin')
  @Describe({ summary: 'List the media providers', notes: 'Their secrets are not shown.', tag: 'settings', answers: { 200: mediaProvidersAnswer } })
  async list(): Promise<object> {
    const providers = await this.providers.list(this.accountId);
    return { settings: { application: { media: { providers: providers.map((one) => ({ ...one, config: shown(one.config) })) } } }, meta };
  }

  @Post()
  @HttpCode(200)
  @Allow('admin')
  @Describe({
    summary: 'Add media providers, or change them',
    notes: 'Whose links a message names as `provider` are fetched with its authorization.',
    tag: 'settings',
    body: mediaProvidersRequest,
    answers: { 200: metaAnswer },
  })
  async save(@Req() request: FastifyRequest): Promise<object> {
    await this.providers.save(this.accountId, parseRequest(mediaProvidersRequest, request.body));
    return { meta };
  }

  @Delete(':provider')
  @Allow('admin')
  @Describe({ summary: 'Remove a media provider', tag: 'settings', answers: { 200: metaAnswer }, errors: ['notFound'] })
  async remove(@Param('provider') name: string): Promise<object> {
    const isKnown = !name.includes('\u0000') && (await this.providers.remove(this.accountId, name));
    if (!isKnown) throw new ApiError('notFound', 'Unknown media provider');
    return { meta };
  }
}
