import type { Pool } from 'pg';
import { type NodeRegistry, type NodeRole, registrationLapsesMs } from './membership.ts';
import { statement } from './statement.ts';

interface NodeRow {
  readonly id: string;
  readonly role: NodeRole;
  readonly host: string;
  readonly port: number;
  readonly started_at: Date;
  readonly age_ms: string;
}

const register = statement('node-register');
const list = statement('node-list');
const remove = statement('node-remove');

/** The `node` table. */
export function createPostgresNodeRegistry(pool: Pool): NodeRegistry {
  return {
    register: async (node) => {
      await pool.query(register, [node.id, node.role, node.host, node.port, new Date(node.startedAt), registrationLapsesMs]);
    },
    listNodes: async (maxAgeMs) => {
      const { rows } = await pool.query<NodeRow>(list, [maxAgeMs]);
      return rows.map(({ id, role, host, port, started_at, age_ms }) => ({
        id,
        role,
        host,
        port,
        startedAt: started_at.getTime(),
        ageMs: Number(age_ms),
      }));
    },
    remove: async (node) => {
      await pool.query(remove, [node.id, new Date(node.startedAt)]);
    },
  };
}
