import { Agent, type Dispatcher, request } from 'undici';

/** The API answered something else than was hoped for, or nothing. */
export class ApiFailed extends Error {
  override readonly name = 'ApiFailed';
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** What is changed of the settings for a run, and restored after it. */
export interface WebhookSettings {
  readonly url: string;
  readonly message: { readonly sent: boolean; readonly delivered: boolean; readonly read: boolean };
}

/** The On-Premises API, as a business's back end uses it: few connections, kept alive. */
export interface Api {
  webhooks(): Promise<WebhookSettings>;
  setWebhooks(settings: WebhookSettings): Promise<void>;
  /** Takes the body of `POST /v1/messages`. The new message's id. Throws {@link ApiFailed}. */
  post(message: object): Promise<string>;
  close(): Promise<void>;
}

type Method = 'GET' | 'POST' | 'PATCH';

const connections = 64;
const timeoutMs = 30_000;
const maxReasonLength = 200;

/** Logs in. The certificate may be self-signed. Throws {@link ApiFailed}. */
export async function openApi(url: string, { user, password }: Credentials): Promise<Api> {
  const agent = new Agent({
    connections,
    pipelining: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { rejectUnauthorized: false },
  });
  const call = async (method: Method, path: string, authorization: string, body?: object): Promise<unknown> => {
    const answer = await send(agent, `${url}${path}`, method, authorization, body);
    const text = await answer.body.text();
    if (answer.statusCode < 300) return text === '' ? {} : JSON.parse(text);
    throw new ApiFailed(`${method} ${path} was answered with ${answer.statusCode}: ${oneLine(text)}`);
  };
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const login = (await call('POST', '/v1/users/login', basic, {})) as { readonly users?: readonly { readonly token: string }[] };
  const bearer = `Bearer ${login.users?.[0]?.token ?? ''}`;
  return {
    webhooks: async () => {
      const answer = (await call('GET', '/v1/settings/application', bearer)) as {
        readonly settings: { readonly application: { readonly webhooks: WebhookSettings } };
      };
      const { webhooks } = answer.settings.application;
      return { url: webhooks.url, message: webhooks.message };
    },
    setWebhooks: async (webhooks) => {
      await call('PATCH', '/v1/settings/application', bearer, { webhooks });
    },
    post: async (message) => {
      const answer = (await call('POST', '/v1/messages', bearer, message)) as {
        readonly messages?: readonly { readonly id: string }[];
      };
      const id = answer.messages?.[0]?.id;
      if (id === undefined) throw new ApiFailed('POST /v1/messages was answered without an id');
      return id;
    },
    close: () => agent.destroy(),
  };
}

async function send(
  dispatcher: Dispatcher,
  url: string,
  method: Method,
  authorization: string,
  body?: object,
): Promise<Dispatcher.ResponseData> {
  try {
    return await request(url, {
      dispatcher,
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'no answer';
    throw new ApiFailed(`${method} ${new URL(url).pathname}: ${reason}`, { cause: error });
  }
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').slice(0, maxReasonLength);
