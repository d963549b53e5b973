import { Controller, Delete, Get, HttpCode, Inject, Patch, Post, Query, Req, Res } from '@nestjs/common';
import {
  about,
  aboutAnswer,
  ApiError,
  businessProfile,
  businessProfileAnswer,
  complianceInfo,
  complianceInfoAnswer,
  meta,
  metaAnswer,
  photoFormat,
  photoLinkAnswer,
} from '@multiconnect/contract';
import { maxPhotoBytes, type ProfileAdministration } from '@multiconnect/profile';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ClusterCalls } from '../cluster-calls.ts';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
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
  @Describe({ summary: 'Read the business profile', tag: 'settings', answers: { 200: businessProfileAnswer } })
  async business(): Promise<object> {
    return { settings: { business: { profile: await this.profile.business(this.accountId) } }, meta };
  }

  @Post('business/profile')
  @HttpCode(200)
  @Allow('admin')
  @Describe({
    summary: 'Change the business profile',
    notes: 'What is not named stays as it is; `""` and `[]` clear.',
    tag: 'settings',
    body: businessProfile,
    answers: { 200: metaAnswer },
  })
  async changeBusiness(@Req() { body }: FastifyRequest): Promise<object> {
    return this.changed(this.profile.changeBusiness(this.accountId, body));
  }

  @Get('business/compliance_info')
  @Allow('admin')
  @Describe({ summary: 'Read the compliance information', tag: 'settings', answers: { 200: complianceInfoAnswer } })
  async compliance(): Promise<object> {
    return { settings: { business: { compliance_info: await this.profile.compliance(this.accountId) } }, meta };
  }

  @Post('business/compliance_info')
  @HttpCode(200)
  @Allow('admin')
  @Describe({
    summary: 'Change the compliance information',
    notes: 'For shops in India. What is not named stays as it is.',
    tag: 'settings',
    body: complianceInfo,
    answers: { 200: metaAnswer },
  })
  async changeCompliance(@Req() { body }: FastifyRequest): Promise<object> {
    await this.profile.changeCompliance(this.accountId, body);
    return { meta };
  }

  @Get('profile/about')
  @Allow('admin')
  @Describe({ summary: 'Read what the number says about itself', tag: 'settings', answers: { 200: aboutAnswer } })
  async about(): Promise<object> {
    return { settings: { profile: { about: await this.profile.about(this.accountId) } }, meta };
  }

  @Patch('profile/about')
  @Allow('admin')
  @Describe({ summary: 'Change what the number says about itself', tag: 'settings', body: about, answers: { 200: metaAnswer } })
  async changeAbout(@Req() { body }: FastifyRequest): Promise<object> {
    return this.changed(this.profile.changeAbout(this.accountId, body));
  }

  @Get('profile/photo')
  @Allow('admin')
  @Describe({
    summary: 'Read the picture, or a link to it',
    tag: 'settings',
    query: photoFormat,
    answers: { 200: [{ mediaType: 'image/*', form: 'binary' }, photoLinkAnswer] },
    errors: ['notFound'],
  })
  async photo(@Query('format') format: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (format !== undefined && format !== 'link') throw new ApiError('parameterInvalid', 'format');
    const { mimeType, content } = await this.profile.photo(this.accountId);
    if (format === 'link') void reply.send({ settings: { profile: { photo: { link: `https://${request.host}/v1/settings/profile/photo` } } }, meta });
    else void reply.headers({ 'content-type': mimeType, 'x-content-type-options': 'nosniff' }).send(Buffer.from(content));
  }

  @Post('profile/photo')
  @HttpCode(201)
  @Allow('admin', { body: 'stream' })
  @Describe({
    summary: 'Set the picture',
    notes: 'A JPEG or PNG of at most 5 MB: its bytes, or a form with the field `file`.',
    tag: 'settings',
    body: { mediaType: 'image/*', form: 'binary' },
    answers: { 201: metaAnswer },
    errors: ['parameterMissing', 'parameterInvalid'],
  })
  async changePhoto(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const body = await readRawBody(request, reply, maxPhotoBytes + maxFormBytes);
    const content = await fileIn(body, request.headers['content-type']);
    return this.changed(this.profile.changePhoto(this.accountId, content));
  }

  @Delete('profile/photo')
  @Allow('admin')
  @Describe({ summary: 'Remove the picture', tag: 'settings', answers: { 200: metaAnswer }, errors: ['notFound'] })
  async removePhoto(): Promise<object> {
    return this.changed(this.profile.removePhoto(this.accountId));
  }

  private async changed(change: Promise<void>): Promise<object> {
    await change;
    await this.cluster.toEveryCoreapp('settings.changed', { account: this.accountId });
    return { meta };
  }
}
