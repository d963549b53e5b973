import { Controller, Delete, Get, Inject, Patch, Req } from '@nestjs/common';
import { applicationSettingsAnswer, applicationSettingsPatch, meta, metaAnswer } from '@multiconnect/contract';
import type { ApplicationSettingsService } from '@multiconnect/settings';
import type { FastifyRequest } from 'fastify';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
import type { ClusterCalls } from '../cluster-calls.ts';
import { tokens } from '../services.ts';

@Controller('v1/settings/application')
export class SettingsController {
  constructor(
    @Inject(tokens.settings) private readonly settings: ApplicationSettingsService,
    @Inject(tokens.clusterCalls) private readonly cluster: ClusterCalls,
    @Inject(tokens.accountId) private readonly accountId: number,
  ) {}

  @Get()
  @Allow('admin')
  @Describe({ summary: 'Read the application settings', tag: 'settings', answers: { 200: applicationSettingsAnswer } })
  async read(): Promise<object> {
    return { settings: { application: await this.settings.read(this.accountId) }, meta };
  }

  @Patch()
  @Allow('admin')
  @Describe({
    summary: 'Change some of the application settings',
    notes: 'What is not named stays as it is.',
    tag: 'settings',
    body: applicationSettingsPatch,
    answers: { 200: metaAnswer },
  })
  async patch(@Req() request: FastifyRequest): Promise<object> {
    await this.settings.patch(this.accountId, request.body);
    await this.cluster.toEveryCoreapp('settings.changed', { account: this.accountId });
    return { meta };
  }

  @Delete()
  @Allow('admin')
  @Describe({ summary: 'Set the application settings back to their defaults', tag: 'settings', answers: { 200: metaAnswer } })
  async reset(): Promise<object> {
    await this.settings.reset(this.accountId);
    await this.cluster.toEveryCoreapp('settings.changed', { account: this.accountId });
    return { meta };
  }
}
