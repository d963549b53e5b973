import { Busboy } from '@fastify/busboy';
import { ApiError } from '@multiconnect/contract';

const isForm = (contentType: string | undefined): contentType is string => contentType !== undefined && /^\s*multipart\/form-data/i.test(contentType);

const undecodable = () => new ApiError('invalidRequest', 'Unable to decode the form');
const fieldNames = new Set(['file', 'File']);

function filesIn(body: Buffer, contentType: string): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const form = new Busboy({ headers: { 'content-type': contentType }, limits: { files: 4, fields: 16, parts: 20 } });
    const files: Buffer[] = [];
    form.on('file', (name, stream) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
        if (fieldNames.has(name)) files.push(Buffer.concat(chunks));
      });
      stream.on('error', reject);
    });
    form.on('finish', () => resolve(files)).on('error', reject);
    form.end(body);
  });
}

/** The file in a body: the whole of it, or of a form the field `file` or `File`. Throws {@link ApiError}. */
export async function fileIn(body: Buffer, contentType: string | undefined): Promise<Buffer> {
  if (!isForm(contentType)) return body;
  const [file] = await filesIn(body, contentType).catch(() => Promise.reject(undecodable()));
  if (file === undefined) throw new ApiError('parameterMissing', 'file');
  return file;
}
