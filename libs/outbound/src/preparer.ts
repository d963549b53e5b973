import { fileIn, type OutboundContent, withFile } from '@multiconnect/contract';
import type { ReceivedMessages } from '@multiconnect/message-store';
import { aboutStanza, inboundIdIn } from './content.ts';
import type { Preparation, Preparer } from './ports.ts';
import { createSentFiles, type SentFilesOptions } from './sent-files.ts';

export interface PreparerOptions extends SentFilesOptions {
  readonly received: ReceivedMessages;
}

/** Uploads files by id, fetches and uploads files by link, and finds the stanzas of customers' messages. */
export function createPreparer(options: PreparerOptions): Preparer {
  const { account, received } = options;
  const sentFile = createSentFiles(options);
  return {
    async prepare({ row, content, signal }: Preparation): Promise<OutboundContent> {
      const inboundId = inboundIdIn(content);
      const stanzaId = inboundId === undefined ? undefined : await received.stanzaIdOf(account, row.customer, inboundId);
      const addressed = inboundId === undefined ? content : aboutStanza(content, stanzaId);
      const file = fileIn(addressed);
      if (file === undefined) return addressed as OutboundContent;
      return withFile(addressed, await sentFile({ ...file, acceptedAtMs: row.acceptedAtMs, signal }));
    },
  };
}
