/** Something that the inspector of a process refused. */
export class InspectorRefused extends Error {
  override readonly name = 'InspectorRefused';
}

interface Target {
  readonly webSocketDebuggerUrl: string;
}

interface Answer {
  readonly error?: { readonly message: string };
}

const evaluation = (expression: string) => JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } });

/** Evaluates the expression in the process whose inspector listens there, and resolves when it has been. Source: the Chrome DevTools protocol. */
export async function evaluateIn(port: number, expression: string): Promise<void> {
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as readonly Target[];
  if (target === undefined) throw new InspectorRefused(`nothing to inspect at port ${port}`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  const answered = Promise.withResolvers<Answer>();
  socket.onopen = () => socket.send(evaluation(expression));
  socket.onmessage = ({ data }) => answered.resolve(JSON.parse(String(data)) as Answer);
  socket.onclose = () => answered.reject(new InspectorRefused('the process has closed its inspector'));
  socket.onerror = () => answered.reject(new InspectorRefused('no connection to the inspector'));
  try {
    const { error } = await answered.promise;
    if (error !== undefined) throw new InspectorRefused(error.message);
  } finally {
    socket.close();
  }
}

/** Lets nothing else run in the process for so long. */
export const blockEventLoop = (port: number, lastsMs: number): Promise<void> =>
  evaluateIn(port, `{ const until = performance.now() + ${lastsMs}; while (performance.now() < until); }`);
