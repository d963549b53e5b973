import { Readable } from 'node:stream';
import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiError, mediaAnswer, meta, metaAnswer } from '@multiconnect/contract';
import type { MediaLibrary, Upload } from '@multiconnect/media';
import { maxMediaBytes, MediaTooLarge, SourceEnded } from '@multiconnect/media';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccountReader } from '../account-reader.ts';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
import { tokens } from '../services.ts';

/** The connection outlives a refusal, for the answer. */
async function* arriving(body: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* body.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Uint8Array>;
  } catch (error) {
    throw new SourceEnded({ cause: error });
  }
}

function uploadOf({ headers, body }: FastifyRequest): Upload {
  const contentType = headers['content-type'];
  if (contentType === undefined || contentType === '') throw new ApiError('parameterMissing', 'Content-Type');
  if (/^\s*multipart\//i.test(contentType)) throw new ApiError('parameterInvalid', 'Content-Type: multipart is not accepted');
  if (!(body instanceof Readable)) throw new ApiError('parameterMissing', 'The request has no body');
  const length = headers['content-length'];
  if (length === undefined) return { contentType, source: arriving(body) };
  if (Number(length) > maxMediaBytes) throw new MediaTooLarge(maxMediaBytes);
  return { contentType, source: arriving(body), expectedBytes: Number(length) };
}

@Controller('v1/media')
export class MediaController {
  constructor(
    @Inject(tokens.media) private readonly media: MediaLibrary,
    @Inject(tokens.accountReader) private readonly accounts: AccountReader,
    @Inject(tokens.accountId) private readonly accountId: number,
  ) {}

  /** INVARIANT: resolves only once the file and its row are durable, so no 201 stands for a file that is not there. */
  @Post()
  @Allow('user', { body: 'stream' })
  @Describe({
    summary: 'Upload a file',
    notes: 'The bytes themselves, of the Content-Type that they are; no multipart. At most 100 MB.',
    tag: 'media',
    body: { mediaType: '*/*', form: 'binary' },
    answers: { 201: mediaAnswer },
    errors: ['parameterMissing', 'parameterInvalid', 'alreadyExists', 'forbidden', 'notReady', 'internal'],
  })
  async upload(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    try {
      const account = await this.accounts.registered(this.accountId);
      const { id } = await this.media.accept(account.id, uploadOf(request));
      return { media: [{ id }], meta };
    } finally {
      // What still comes of a refused body is no next request.
      if (!request.raw.complete) void reply.header('Connection', 'close');
    }
  }

  @Get(':id')
  @Allow('user')
  @Describe({
    summary: 'Download a file',
    tag: 'media',
    answers: { 200: { mediaType: '*/*', form: 'binary' }, 404: 'empty' },
    errors: ['notReady'],
  })
  async download(@Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const account = await this.accounts.registered(this.accountId);
    const found = await this.media.open(account.id, id);
    if (found === undefined) {
      // Documented without a body, unlike every other error.
      void reply.code(404).send();
      return;
    }
    const { record, file } = found;
    void reply
      .code(200)
      .headers({ 'content-type': record.mimeType, 'content-length': file.sizeBytes, 'x-content-type-options': 'nosniff' })
      .send(file.stream());
  }

  @Delete(':id')
  @HttpCode(200)
  @Allow('user')
  @Describe({ summary: 'Delete a file', tag: 'media', answers: { 200: metaAnswer }, errors: ['notFound', 'notReady'] })
  async remove(@Param('id') id: string): Promise<object> {
    const account = await this.accounts.registered(this.accountId);
    if (!(await this.media.remove(account.id, id))) throw new ApiError('notFound', 'Unknown media');
    return { meta };
  }
}
