import { describe, expect, it } from 'vitest';
import { refuseContracted, refuseOldServer } from './schema.ts';

describe('a database server', () => {
  it.each([
    [100_023, '10.23'],
    [90_624, '9.6.24'],
  ])('of version %i is too old, and told so [faq.old_database] [contradiction.9]', (version, shown) => {
    expect(() => refuseOldServer(version, shown)).toThrow(`Unable to initialize config store: PostgreSQL ${shown} is too old, 11 or later is needed`);
  });

  it.each([110_000, 120_022, 130_008, 170_002])('of version %i will do [contradiction.9]', (version) => {
    expect(() => refuseOldServer(version, '')).not.toThrow();
  });
});

describe('a schema that a newer version has migrated', () => {
  it('serves this version while its migrations only add', () => {
    expect(() => refuseContracted(['Reactions1999000000000'])).not.toThrow();
  });

  it('is refused once one of them takes away what this version uses', () => {
    expect(() => refuseContracted(['Reactions1999000000000', 'ContractBodies1999000000001'])).toThrow(
      'Unable to initialize config store: the schema belongs to a newer version (ContractBodies1999000000001)',
    );
  });
});
