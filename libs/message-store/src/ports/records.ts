/** Contact check results, kept 7 days by the caller's rule. */
export interface ContactRecord {
  readonly waId: string;
  readonly status: 'valid' | 'invalid';
  readonly chatJid?: string;
  /** What the customer's phone is set to, such as "pt_BR"; undefined when the network does not know. */
  readonly language?: string;
  readonly checkedAtMs: number;
}

export interface Contacts {
  read(account: number, waIds: readonly string[]): Promise<readonly ContactRecord[]>;
  save(account: number, contacts: readonly ContactRecord[]): Promise<void>;
}

export type Role = 'ROLE_ADMIN' | 'ROLE_USER';

export interface UserRecord {
  readonly username: string;
  readonly role: Role;
  readonly passwordHash: string;
  readonly tokenSecret: string;
  readonly mustChange: boolean;
}

export interface Users {
  find(username: string): Promise<UserRecord | undefined>;
  /** False when the name is taken. */
  create(user: UserRecord): Promise<boolean>;
  /** Changes the given fields. False when there is no such user. */
  update(username: string, change: Partial<Omit<UserRecord, 'username'>>): Promise<boolean>;
  remove(username: string): Promise<boolean>;
}

/** Settings by name, each a JSON value. */
export interface Settings {
  read(account: number): Promise<Readonly<Record<string, unknown>>>;
  /** Writes the given names; `undefined` values are left alone. */
  write(account: number, values: Readonly<Record<string, unknown>>): Promise<void>;
  /** Removes every setting of the account. */
  clear(account: number): Promise<void>;
}

export interface CertificateRecord {
  readonly pem: string;
  readonly privateKey?: string;
}

export interface Certificates {
  find(name: string): Promise<CertificateRecord | undefined>;
  /** Keeps an existing one: the answer is what is stored, so that webapps that start together share one. */
  saveIfAbsent(name: string, certificate: CertificateRecord): Promise<CertificateRecord>;
  /** In place of one that is there. */
  save(name: string, certificate: CertificateRecord): Promise<void>;
  /** False when there was none. */
  remove(name: string): Promise<boolean>;
}
