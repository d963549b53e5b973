import { createFakeClock } from '@multiconnect/clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { watchFitness } from './fitness.ts';
import type { ShardService } from './shard-service.ts';

type Status = ShardService['status'];

describe('the fitness of a coreapp', () => {
  let clock: ReturnType<typeof createFakeClock>;
  let statuses: Status[];
  let database: 'answers' | 'fails' | 'is silent';
  let asked: number;
  let errors: unknown[];

  const watch = () =>
    watchFitness({
      clock,
      askDatabase() {
        asked += 1;
        if (database === 'answers') return Promise.resolve();
        return database === 'fails' ? Promise.reject(new Error('refused')) : new Promise(() => undefined);
      },
      services: () => statuses.map((status) => ({ status })),
      onError: (error) => errors.push(error),
    });

  beforeEach(() => {
    clock = createFakeClock();
    statuses = ['connected'];
    database = 'answers';
    asked = 0;
    errors = [];
  });

  it('is proven while the database answers and a chat connection stands, and unproven without one to show', async () => {
    const watched = watch();
    await clock.advance(5_000);
    expect(watched.fitness()).toBe('proven');
    statuses = [];
    expect(watched.fitness()).toBe('unproven');
  });

  it('is impaired a second after the database has gone silent, which it is asked no second time meanwhile', async () => {
    const watched = watch();
    await clock.advance(1_000);
    database = 'is silent';
    const before = asked;
    await clock.advance(1_000);
    expect(watched.fitness()).toBe('proven');
    await clock.advance(250);
    expect(watched.fitness()).toBe('impaired');
    expect(asked).toBe(before + 1);
  });

  it('is impaired while the database refuses, and proven again once it answers', async () => {
    const watched = watch();
    database = 'fails';
    await clock.advance(1_250);
    expect(watched.fitness()).toBe('impaired');
    expect(errors.length).toBeGreaterThan(0);
    database = 'answers';
    await clock.advance(250);
    expect(watched.fitness()).toBe('proven');
  });

  it('is impaired when a shard has had no chat connection for a second, not at a reconnection', async () => {
    const watched = watch();
    statuses = ['connected', 'connecting'];
    await clock.advance(1_000);
    expect(watched.fitness()).toBe('proven');
    await clock.advance(1_000);
    expect(watched.fitness()).toBe('impaired');
    statuses = ['connected', 'connected'];
    expect(watched.fitness()).toBe('proven');
  });

  it('takes no harm from a connection refused for good: no other owner would fare better', async () => {
    statuses = ['disconnected'];
    const watched = watch();
    await clock.advance(5_000);
    expect(watched.fitness()).toBe('unproven');
  });
});
