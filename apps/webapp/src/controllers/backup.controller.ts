import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import type { BackupService } from '@multiconnect/backup';
import { backupAnswer, backupRequest, maxRestoreBytes, meta, metaAnswer, restoreRequest } from '@multiconnect/contract';
import type { FastifyRequest } from 'fastify';
import type { AccountReader } from '../account-reader.ts';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
import { tokens } from '../services.ts';

@Controller('v1/settings')
export class BackupController {
  constructor(
    @Inject(tokens.backups) private readonly backups: BackupService,
    @Inject(tokens.accountReader) private readonly accountReader: AccountReader,
    @Inject(tokens.accountId) private readonly accountId: number,
  ) {}

  @Post('backup')
  @HttpCode(200)
  @Allow('admin')
  @Describe({
    summary: 'Back the number up',
    notes: 'Registration, identity and settings, encrypted with the password; no messages and no callbacks. Whoever has both can act as the number.',
    tag: 'settings',
    body: backupRequest,
    answers: { 200: backupAnswer },
    errors: ['notReady'],
  })
  async backup(@Req() request: FastifyRequest): Promise<object> {
    return { settings: { data: await this.backups.create(this.accountId, request.body) }, meta };
  }

  /** The leading master finds the number by itself, as it does after a registration that another has led. */
  @Post('restore')
  @HttpCode(200)
  @Allow('admin', { maxBodyBytes: maxRestoreBytes })
  @Describe({
    summary: 'Restore a number from a backup',
    notes: 'Only where no number is registered: this cluster then serves it, with its identity and shard count. Stop the cluster that it comes from first.',
    tag: 'settings',
    body: restoreRequest,
    answers: { 200: metaAnswer },
  })
  async restore(@Req() request: FastifyRequest): Promise<object> {
    await this.backups.restore(this.accountId, request.body);
    this.accountReader.forget(this.accountId);
    return { meta };
  }
}
