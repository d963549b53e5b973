import { readFileSync } from 'node:fs';
import type { Business } from './business.ts';

export interface Draft {
  readonly name: string;
  readonly language: string;
  readonly components: readonly object[];
}

type Owner = Pick<Business, 'cluster' | 'number'>;

async function operate({ cluster, number }: Owner, method: string, path: string, body?: object): Promise<unknown> {
  const operatorToken = readFileSync(cluster.secrets.operatorTokenFile, 'utf8').trim();
  const answer = await fetch(`${cluster.registryUrl}${path}?number=${number}`, {
    method,
    headers: { authorization: `Bearer ${operatorToken}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

/** Submits templates for the business and approves them; answers the business's namespace. */
export async function approveTemplates(business: Owner, drafts: readonly Draft[]): Promise<string> {
  for (const draft of drafts) await operate(business, 'POST', '/v1/configs/templates', { category: 'UTILITY', ...draft });
  for (const { name, language } of drafts) await operate(business, 'POST', `/v1/configs/templates/${name}/approve`, { language });
  return ((await operate(business, 'GET', '/v1/configs/namespace')) as { namespace: string }).namespace;
}
