/** A customer's number unlike those of other tests on the same chat server. */
export const freshNumber = (): string => `1631${String(Math.floor(Math.random() * 1e7)).padStart(7, '0')}`;
