/** A store that can be made to fail, or never to answer. */
export type FaultMode = 'none' | 'throws' | 'silent';

export class InjectedFault extends Error {
  override readonly name = 'InjectedFault';
}

export function faulty<T extends object>(store: T): { readonly store: T; set(mode: FaultMode): void } {
  let mode: FaultMode = 'none';
  const proxy = new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        if (mode === 'throws') return Promise.reject(new InjectedFault(String(name)));
        if (mode === 'silent') return new Promise<never>(() => undefined);
        return Reflect.apply(member, target, args);
      };
    },
  });
  return {
    store: proxy,
    set: (next) => {
      mode = next;
    },
  };
}
