import { Controller, Delete, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { CertificateAdministration } from '@multiconnect/certificates';
import { meta, metaAnswer } from '@multiconnect/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ClusterCalls } from '../cluster-calls.ts';
import { Allow } from '../http/authorization-hook.ts';
import { Describe, type Raw } from '../http/describe.ts';
import { readRawBody } from '../http/raw-body.ts';
import { tokens } from '../services.ts';

const maxPemBytes = 262_144;
const pem: Raw = { mediaType: 'text/plain', form: 'text' };

@Controller('v1/certificates')
export class CertificatesController {
  constructor(
    @Inject(tokens.certificates) private readonly certificates: CertificateAdministration,
    @Inject(tokens.clusterCalls) private readonly cluster: ClusterCalls,
    @Inject(tokens.accountId) private readonly accountId: number,
  ) {}

  @Post('external')
  @HttpCode(200)
  @Allow('admin', { body: 'stream' })
  @Describe({
    summary: "Replace this API's certificate",
    notes: 'PEM: the private key, the certificate, at least one intermediate. Every webapp serves it within two seconds; one that could not be served is refused.',
    tag: 'certificates',
    body: pem,
    answers: { 200: metaAnswer },
    errors: ['parameterMissing', 'parameterInvalid'],
  })
  async saveServer(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    await this.certificates.saveServer(await this.pemIn(request, reply));
    return { meta };
  }

  @Get('external/ca')
  @Allow('admin')
  @Describe({
    summary: "Read the authority of this API's certificate",
    notes: '404 without a body when there is none.',
    tag: 'certificates',
    answers: { 200: pem, 404: 'empty' },
  })
  async serverAuthority(@Res() reply: FastifyReply): Promise<void> {
    const authority = await this.certificates.serverAuthority();
    if (authority === undefined) void reply.code(404).send();
    else void reply.header('content-disposition', 'attachment; filename="ca.pem"').type('text/plain').send(authority);
  }

  @Post('webhooks/ca')
  @HttpCode(200)
  @Allow('admin', { body: 'stream' })
  @Describe({
    summary: 'Trust the authorities of the back end',
    notes: 'PEM of one or several certificates. Callbacks trust them besides the well-known ones, at once.',
    tag: 'certificates',
    body: pem,
    answers: { 200: metaAnswer },
    errors: ['parameterMissing', 'parameterInvalid'],
  })
  async saveWebhookAuthorities(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    await this.certificates.saveWebhookAuthorities(await this.pemIn(request, reply));
    return this.told();
  }

  @Get('webhooks/ca')
  @Allow('admin')
  @Describe({ summary: 'Read the authorities of the back end', tag: 'certificates', answers: { 200: pem }, errors: ['notFound'] })
  async webhookAuthorities(@Res() reply: FastifyReply): Promise<void> {
    const authorities = await this.certificates.webhookAuthorities();
    void reply.type('text/plain').send(authorities);
  }

  @Delete('webhooks/ca')
  @Allow('admin')
  @Describe({ summary: 'Forget the authorities of the back end', tag: 'certificates', answers: { 200: metaAnswer }, errors: ['notFound'] })
  async removeWebhookAuthorities(): Promise<object> {
    await this.certificates.removeWebhookAuthorities();
    return this.told();
  }

  private async pemIn(request: FastifyRequest, reply: FastifyReply): Promise<string> {
    return (await readRawBody(request, reply, maxPemBytes)).toString();
  }

  private async told(): Promise<object> {
    await this.cluster.toEveryCoreapp('settings.changed', { account: this.accountId });
    return { meta };
  }
}
