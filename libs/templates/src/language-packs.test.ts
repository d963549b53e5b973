import { createFakeClock } from '@multiconnect/clock';
import { ApiError } from '@multiconnect/contract';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLanguagePacks } from './language-packs.ts';
import { PacksUnavailable } from './pack-source.ts';
import type { TemplateRequest } from './request.ts';
import { createTemplates } from './templates.ts';
import { body, template } from './testing/packs.ts';
import { createScriptedSource } from './testing/scripted-source.ts';

const hello = template('hello', body('Hi'));
const later = template('later', body('Later'));
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

function setUp() {
  const clock = createFakeClock();
  const source = createScriptedSource();
  const warnings: string[] = [];
  const packs = createLanguagePacks({ source, clock, log: { warn: (_, message) => void warnings.push(message) } });
  source.put('ns', 'de', [hello]);
  const find = async (name = 'hello', language = 'de') => {
    const pack = await packs.find('ns', language, name);
    return pack?.templates.map((each) => each.name).join();
  };
  const follow = async () => {
    const aborter = new AbortController();
    const ended = packs.follow('ns', aborter.signal);
    onTestFinished(async () => {
      aborter.abort();
      await ended;
    });
    await clock.advance(200);
  };
  return { clock, source, warnings, packs, find, follow };
}

describe('a kept pack', () => {
  it('is fetched once for everybody who asks at once, and then kept', async () => {
    const { source, find } = setUp();
    expect(await Promise.all([find(), find(), find('later')])).toEqual(['hello', 'hello', 'hello']);
    expect(await find()).toBe('hello');
    expect(source.fetches).toEqual([undefined]);
  });

  it('shows a change that no notice told of after 20 minutes [faq.template_20_minutes]', async () => {
    const { clock, source, find } = setUp();
    await find();
    source.put('ns', 'de', []);
    await clock.advance(20 * minuteMs - 1);
    expect(await find()).toBe('hello');
    await clock.advance(1);
    expect(await find()).toBeUndefined();
  });

  it('is asked for again by version', async () => {
    const { clock, source, find } = setUp();
    await find();
    await clock.advance(20 * minuteMs);
    expect(await find()).toBe('hello');
    await clock.advance(20 * minuteMs - 1);
    await find();
    expect(source.fetches).toEqual([undefined, 1]);
  });

  it('without the template is believed for a minute only', async () => {
    const { clock, source, find } = setUp();
    await find('later');
    source.put('ns', 'de', [hello, later]);
    await clock.advance(minuteMs - 1);
    expect(await find('later')).toBe('hello');
    await clock.advance(1);
    expect(await find('later')).toBe('hello,later');
  });

  it('is fetched whole every seven days, even where nothing changed [faq.language_pack_cache]', async () => {
    const { clock, source, find, follow } = setUp();
    await find();
    await follow();
    for (let day = 0; day < 7; day += 1) {
      await clock.advance(dayMs);
      await find();
    }
    expect(source.fetches.filter((known) => known === undefined)).toHaveLength(2);
  });
});

describe('while the source is away', () => {
  it('what is kept serves for seven days, and no longer [faq.language_pack_cache]', async () => {
    const { clock, source, warnings, find } = setUp();
    await find();
    source.isAway = true;
    await clock.advance(7 * dayMs - 1);
    expect(await find()).toBe('hello');
    expect(warnings).toEqual(['a language pack cannot be fetched']);
    await clock.advance(1);
    await expect(find()).rejects.toThrow(PacksUnavailable);
  });

  it('what is not kept fails, and is not asked for more than once in five seconds', async () => {
    const { clock, source, find } = setUp();
    source.isAway = true;
    await expect(find()).rejects.toThrow(PacksUnavailable);
    await expect(find()).rejects.toThrow(PacksUnavailable);
    expect(source.fetches).toHaveLength(1);
    source.isAway = false;
    await clock.advance(5000);
    expect(await find()).toBe('hello');
  });
});

describe('following', () => {
  it('shows approved and deleted templates at once', async () => {
    const { clock, source, find, follow } = setUp();
    await find();
    await follow();
    source.put('ns', 'de', [hello, later]);
    await clock.advance(200);
    expect(await find('later')).toBe('hello,later');
    source.put('ns', 'de', []);
    await clock.advance(200);
    expect(await find()).toBeUndefined();
  });

  it('looks again at what was kept before it began', async () => {
    const { source, find, follow } = setUp();
    await find();
    source.put('ns', 'de', [later]);
    await follow();
    expect(await find()).toBe('later');
  });

  it('does not take an answer that was under way for what a notice told of', async () => {
    const { clock, source, find, follow } = setUp();
    await follow();
    const release = source.hold();
    const underWay = find();
    await clock.settle();
    source.put('ns', 'de', [later]);
    await clock.advance(200);
    release();
    expect(await underWay).toBe('hello');
    expect(await find()).toBe('later');
  });

  it('goes on after the source was away, missing nothing', async () => {
    const { clock, source, find, follow } = setUp();
    await find();
    await follow();
    source.isAway = true;
    source.put('ns', 'de', [hello, later]);
    await clock.advance(minuteMs);
    source.put('ns', 'de', [later]);
    source.isAway = false;
    await clock.advance(minuteMs);
    expect(await find()).toBe('later');
  });
});

describe('templates', () => {
  const request = (more: Partial<TemplateRequest> = {}): TemplateRequest => ({
    kind: 'template',
    namespace: undefined,
    name: 'hello',
    policy: 'deterministic',
    language: 'de',
    header: [],
    body: [],
    buttons: [],
    ...more,
  });
  const codeOf = async (rendering: Promise<unknown>) => {
    const error: unknown = await rendering.catch((rejection: unknown) => rejection);
    return error instanceof ApiError ? error.body.code : error;
  };

  it('render by the kept packs', async () => {
    const { packs } = setUp();
    expect(await createTemplates(packs).render('ns', request({ namespace: 'ns' }))).toMatchObject({ language: 'de', body: 'Hi' });
    const inGerman = createTemplates(packs).render('ns', request({ policy: 'fallback' }), { recipientLanguage: 'de-CH' });
    expect((await inGerman).language).toBe('de');
  });

  it('find nothing in another namespace', async () => {
    const { source, packs } = setUp();
    source.put('other', 'de', [hello]);
    expect(await codeOf(createTemplates(packs).render('ns', request({ namespace: 'other' })))).toBe(2003);
  });

  it('that cannot be fetched are told apart from templates that are not there', async () => {
    const { source, packs } = setUp();
    source.isAway = true;
    expect(await codeOf(createTemplates(packs).render('ns', request()))).toBe(2002);
    source.isAway = false;
    expect(await codeOf(createTemplates(packs).render('ns', request({ language: 'fr' })))).toBe(2003);
  });
});

it('languages that do not exist do not fill the memory', async () => {
  const { source, find } = setUp();
  await find();
  for (let index = 0; index < 2500; index += 1) await find('hello', `x${index}`);
  expect(await find()).toBe('hello');
  expect(source.fetches).toHaveLength(2501);
});
