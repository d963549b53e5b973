import { Agent, request } from 'undici';
import { ChatServerFailed } from './errors.ts';

/** The accounts of the chat server. Numbers are E.164 digits. */
export interface ChatServer {
  jidOf(number: string): string;
  /** Makes the account, or takes it over: the password changes and whoever is connected is thrown out. Throws {@link ChatServerFailed}. */
  claim(number: string, password: string): Promise<void>;
  /** Throws {@link ChatServerFailed}. */
  exists(number: string): Promise<boolean>;
  /** Whether that is the account's password; false where there is none. Throws {@link ChatServerFailed}. */
  hasPassword(number: string, password: string): Promise<boolean>;
  close(): Promise<void>;
}

export interface EjabberdOptions {
  /** Of mod_http_api, without a trailing slash. */
  readonly apiUrl: string;
  readonly domain: string;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

const timeoutMs = 5000;
const maxConnections = 32;
const conflict = 409;

/** ejabberd's HTTP API (mod_http_api, mod_admin_extra), from an address that its `api_permissions` trust. */
export function createEjabberd({ apiUrl, domain }: EjabberdOptions): ChatServer {
  const agent = new Agent({
    allowH2: false,
    connections: maxConnections,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { timeout: timeoutMs },
  });

  const call = async (command: string, fields: object): Promise<Answer> => {
    const headers = { 'content-type': 'application/json' };
    try {
      const answer = await request(`${apiUrl}/${command}`, {
        method: 'POST',
        dispatcher: agent,
        headers,
        body: JSON.stringify({ host: domain, ...fields }),
      });
      return { status: answer.statusCode, body: (await answer.body.text()).trim() };
    } catch (error) {
      throw new ChatServerFailed(`${command}: no answer`, { cause: error });
    }
  };

  const must = async (command: string, fields: object): Promise<string> => {
    const { status, body } = await call(command, fields);
    if (status !== 200) throw new ChatServerFailed(`${command}: HTTP ${status}`);
    return body;
  };

  const userOf = (number: string) => `+${number}`;

  return {
    jidOf: (number) => `${userOf(number)}@${domain}`,
    async claim(number, password) {
      const user = userOf(number);
      const { status } = await call('register', { user, password });
      if (status === 200) return;
      if (status !== conflict) throw new ChatServerFailed(`register: HTTP ${status}`);
      await must('change_password', { user, newpass: password });
      await must('kick_user', { user });
    },
    // The commands answer a shell's exit status: 0 for yes.
    exists: async (number) => (await must('check_account', { user: userOf(number) })) === '0',
    hasPassword: async (number, password) => (await must('check_password', { user: userOf(number), password })) === '0',
    close: () => agent.destroy(),
  };
}
