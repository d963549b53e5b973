export { type BackupService, createBackupService } from './backup-service.ts';
