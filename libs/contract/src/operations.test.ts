import { describe, expect, it } from 'vitest';
import { defaultApplicationSettings, renderCallback, reportedStatuses } from './index.ts';

describe('the statuses that the back end is told of', () => {
  it('leave out `read` under pass_through, whatever its own switch says [settings.pass_through.no_read] [faq.pass_through_read]', () => {
    expect([...reportedStatuses(defaultApplicationSettings)]).toEqual(['sent', 'delivered', 'read']);
    expect([...reportedStatuses({ ...defaultApplicationSettings, pass_through: true })]).toEqual(['sent', 'delivered']);
  });
});

describe('a service notice', () => {
  it('is a callback with `services` alone', () => {
    const services = [{ message: { gc: { node: 'wacore2:9dfe77618dba', messages_deleted: 11, status: 'complete' } } }] as const;
    expect(renderCallback({ kind: 'service', services })).toEqual({ services });
  });
});
