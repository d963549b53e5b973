const extensions: Readonly<Record<string, string>> = {
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/webp': '.webp',
  'image/gif': '.gif',
  'audio/aac': '.aac',
  'audio/mp4': '.m4a',
  'audio/amr': '.amr',
  'audio/mpeg': '.mp3',
  'audio/ogg': '.ogg',
  'video/mp4': '.mp4',
  'video/3gpp': '.3gp',
  'application/pdf': '.pdf',
  'text/plain': '.txt',
  'application/msword': '.doc',
  'application/vnd.ms-excel': '.xls',
  'application/vnd.ms-powerpoint': '.ppt',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': '.docx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': '.xlsx',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': '.pptx',
  'application/zip': '.zip',
};

/** `.jpg`; empty for a type that has none here. */
export function extensionOf(mimeType: string): string {
  return extensions[mimeType.split(';', 1)[0] ?? ''] ?? '';
}

const alsoNamed: Readonly<Record<string, string>> = {
  '.jpeg': 'image/jpeg',
  '.opus': 'audio/ogg',
  '.oga': 'audio/ogg',
  '.mov': 'video/quicktime',
  '.webm': 'video/webm',
  '.wav': 'audio/wav',
  '.csv': 'text/csv',
};
const typesByExtension: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(extensions).map(([mimeType, extension]) => [extension, mimeType])),
  ...alsoNamed,
};

/** What a file is called to be: `image/jpeg` for `photo.JPG`; undefined for a name that tells nothing. */
export function mimeTypeOfName(name: string): string | undefined {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? undefined : typesByExtension[name.slice(dot).toLowerCase()];
}
