import { ApiError, backupRequest, parseRequest, restoreRequest } from '@multiconnect/contract';
import type { Backups } from '@multiconnect/message-store';
import { decodeBackup, encodeBackup } from './codec.ts';
import { NotOpened, openWithPassword, sealWithPassword } from './password-seal.ts';

/** Moves a number to another cluster. Bodies are checked as `parseRequest` does. */
export interface BackupService {
  /** The encrypted backup in base64. Throws {@link ApiError} notReady unless a number is registered. */
  create(account: number, body: unknown): Promise<string>;
  /**
   * Makes the backup's number this cluster's, with its identity and shard count. Throws {@link ApiError} parameterInvalid (wrong
   * password or damaged data, which cannot be told apart) or forbidden (a number is registered here), and nothing has changed.
   */
  restore(account: number, body: unknown): Promise<void>;
}

const notOpened = () => new ApiError('parameterInvalid', 'data: it does not open with this password');

async function open(password: string, data: string) {
  try {
    return decodeBackup(await openWithPassword(password, Buffer.from(data, 'base64')));
  } catch (error) {
    if (error instanceof NotOpened) throw notOpened();
    throw error;
  }
}

export function createBackupService(backups: Backups): BackupService {
  return {
    async create(account, body) {
      const { password } = parseRequest(backupRequest, body);
      const backup = await backups.read(account);
      if (backup === undefined) throw new ApiError('notReady', 'The number is not registered yet');
      return (await sealWithPassword(password, encodeBackup(backup))).toString('base64');
    },
    async restore(account, body) {
      const { password, data } = parseRequest(restoreRequest, body);
      const backup = await open(password, data);
      if (backup === undefined) throw notOpened();
      if (!(await backups.restore(account, backup))) throw new ApiError('forbidden', 'This cluster has a registered number already');
    },
  };
}
