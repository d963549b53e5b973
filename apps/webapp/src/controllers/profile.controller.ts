import { Controller, Delete, Get, HttpCode, Inject, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiError, meta } from '@multiconnect/contract';
import { maxPhotoBytes, type ProfileAdministration } from '@multiconnect/profile';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ClusterCalls } from '../cluster-calls.ts';
import { Allow } from '../http/authorization-hook.ts';
import { fileIn } from '../http/form-file.ts';
import { readRawBody } from '../http/raw-body.ts';
import { tokens } from '../services.ts';

/** What a form has around its file. */
const maxFormBytes = 65_536;

/** What customers see of the business; the chat network shows it as soon as it has changed. */
@Controller('v1/settings')
export class ProfileController {
  constructor(
    @Inject(tokens.profile) private readonly profile: ProfileAdministration,
    @Inject(tokens.clusterCalls) private readonly cluster: ClusterCalls,
    @Inject(tokens.accountId) private readonly accountId: number,
  ) {}

  @Get('business/profile')
  @Allow('admin')
  async business(): Promise<object> {
    return { settings: { business: { profile: await this.profile.business(this.accountId) } }, meta };
  }

  @Post('business/profile')
  @HttpCode(200)
  @Allow('admin')
  async changeBusiness(@Req() { body }: FastifyRequest): Promise<object> {
    return this.changed(this.profile.changeBusiness(this.accountId, body));
  }

  @Get('business/compliance_info')
  @Allow('admin')
  async compliance(): Promise<object> {
    return { settings: { business: { compliance_info: await this.profile.compliance(this.accountId) } }, meta };
  }

  @Post('business/compliance_info')
  @HttpCode(200)
  @Allow('admin')
  async changeCompliance(@Req() { body }: FastifyRequest): Promise<object> {
    await this.profile.changeCompliance(this.accountId, body);
    return { meta };
  }

  @Get('profile/about')
  @Allow('admin')
  async about(): Promise<object> {
    return { settings: { profile: { about: await this.profile.about(this.accountId) } }, meta };
  }

  @Patch('profile/about')
  @Allow('admin')
  async changeAbout(@Req() { body }: FastifyRequest): Promise<object> {
    return this.changed(this.profile.changeAbout(this.accountId, body));
  }

  @Get('profile/photo')
  @Allow('admin')
  async photo(@Query('format') format: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (format !== undefined && format !== 'link') throw new ApiError('parameterInvalid', 'format');
    const { mimeType, content } = await this.profile.photo(this.accountId);
    if (format === 'link') void reply.send({ settings: { profile: { photo: { link: `https://${request.host}/v1/settings/profile/photo` } } }, meta });
    else void reply.headers({ 'content-type': mimeType, 'x-content-type-options': 'nosniff' }).send(Buffer.from(content));
  }

  @Post('profile/photo')
  @HttpCode(201)
  @Allow('admin', { body: 'stream' })
  async changePhoto(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const body = await readRawBody(request, reply, maxPhotoBytes + maxFormBytes);
    const content = await fileIn(body, request.headers['content-type']);
    return this.changed(this.profile.changePhoto(this.accountId, content));
  }

  @Delete('profile/photo')
  @Allow('admin')
  async removePhoto(): Promise<object> {
    return this.changed(this.profile.removePhoto(this.accountId));
  }

  private async changed(change: Promise<void>): Promise<object> {
    await change;
    await this.cluster.toEveryCoreapp('settings.changed', { account: this.accountId });
    return { meta };
  }
}
