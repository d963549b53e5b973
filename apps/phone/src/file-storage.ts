import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PhoneRecord } from './record.ts';
import type { PhoneStorage } from './storage.ts';

/** The file is no phone's record. Move it away to start with a new device. */
export class UnreadableRecord extends Error {
  override readonly name = 'UnreadableRecord';
}

const bytesTag = 'base64';

function encode(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { [bytesTag]: Buffer.from(value).toString('base64') } : value;
}

function decode(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const text = (value as Record<string, unknown>)[bytesTag];
  return typeof text === 'string' ? new Uint8Array(Buffer.from(text, 'base64')) : value;
}

// A Buffer turns itself into something else before a replacer sees it.
const plain = (record: PhoneRecord): PhoneRecord => {
  const pair = ({ publicKey, privateKey }: PhoneRecord['signedPreKey']['keyPair']) => ({
    publicKey: new Uint8Array(publicKey),
    privateKey: new Uint8Array(privateKey),
  });
  return {
    ...record,
    identity: { ...record.identity, identityKeyPair: pair(record.identity.identityKeyPair) },
    signedPreKey: {
      ...record.signedPreKey,
      keyPair: pair(record.signedPreKey.keyPair),
      signature: new Uint8Array(record.signedPreKey.signature),
    },
    preKeys: record.preKeys.map((key) => ({ ...key, keyPair: pair(key.keyPair) })),
  };
};

function parse(file: string, text: string): PhoneRecord {
  let record: Partial<PhoneRecord> | null;
  try {
    record = JSON.parse(text, decode) as Partial<PhoneRecord> | null;
  } catch (error) {
    throw new UnreadableRecord(`${file} is not JSON`, { cause: error });
  }
  if (record?.account === undefined || record.identity === undefined) throw new UnreadableRecord(`${file} is no phone's record`);
  return record as PhoneRecord;
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** One JSON file, readable by its owner alone, replaced as a whole. `load` throws {@link UnreadableRecord}. */
export function fileStorage(file: string): PhoneStorage {
  const temporary = join(dirname(file), `.${process.pid}.${Date.now().toString(36)}.tmp`);
  return {
    load: async () => {
      try {
        return parse(file, await readFile(file, 'utf8'));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    save: async (record) => {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeDurably(temporary, JSON.stringify(plain(record), encode));
      await rename(temporary, file);
    },
  };
}
