/** What better is: more of it or less. */
export type Direction = 'at least' | 'at most';

export interface Row {
  readonly title: string;
  readonly unit: string;
  readonly direction: Direction;
  readonly must: number;
  /** What the parts allow. */
  readonly aim?: number;
}

/** The table of targets, on two cores with everything on the one machine. */
export const rows = {
  'sustained-text': { title: 'sustained, texts to established customers', unit: 'msg/s', direction: 'at least', must: 400, aim: 1_000 },
  'new-recipients': { title: 'sustained, every recipient new', unit: 'msg/s', direction: 'at least', must: 200, aim: 500 },
  templates: { title: 'sustained, templates, 10 % with media of 100 kB', unit: 'msg/s', direction: 'at least', must: 150, aim: 400 },
  inbound: { title: 'sustained, from phones to callback', unit: 'msg/s', direction: 'at least', must: 400, aim: 1_000 },
  cpu: { title: 'CPU of the gateway a delivered message', unit: 'ms', direction: 'at most', must: 2, aim: 1 },
  floor: { title: 'CPU of the gateway against the floor of bare parts', unit: 'times', direction: 'at most', must: 2, aim: 1.3 },
  accepted: { title: 'at 100 msg/s: POST to 201, p99', unit: 'ms', direction: 'at most', must: 30, aim: 10 },
  sent: { title: 'at 100 msg/s: POST to server acknowledgement, p99', unit: 'ms', direction: 'at most', must: 150, aim: 50 },
  delivered: { title: 'at 100 msg/s: POST to delivered, p99', unit: 'ms', direction: 'at most', must: 250, aim: 100 },
  database: { title: 'CPU a message with a full database against an empty one', unit: 'times', direction: 'at most', must: 1.15, aim: 1 },
  shards: { title: 'CPU a message with 32 shards against 1', unit: 'times', direction: 'at most', must: 1.25, aim: 1.05 },
  'idle-memory': { title: 'resident memory of an idle coreapp', unit: 'MB', direction: 'at most', must: 120 },
  'memory-growth': { title: 'growth of a coreapp after the first tenth of the messages', unit: 'MB', direction: 'at most', must: 10 },
  start: { title: 'cluster start to first message sent', unit: 's', direction: 'at most', must: 5, aim: 2 },
} as const satisfies Readonly<Record<string, Row>>;

export type RowName = keyof typeof rows;

export const rowNames = Object.keys(rows) as readonly RowName[];

export const isRowName = (name: string): name is RowName => Object.hasOwn(rows, name);

/** What a row has been told in one run. */
export type Figures = Readonly<Partial<Record<RowName, number>>>;

export const reaches = ({ direction }: Row, value: number, target: number): boolean => (direction === 'at least' ? value >= target : value <= target);
