import fc from 'fast-check';
import { SHIELDED } from './policies';
import { arrivalsOn, concerns, foresee, outcomeOn, sizesOn, tallyOn } from '../../cli/page/future';
import type { Rule } from '../../src/core/lifecycle/rule';
import { DAY } from '../../src/core/lifecycle/simulate';
import { statesUntil } from '../browser/oracle';
import { repository } from '../browser/repositories';
import { byPriority, check, NOW, repositories } from '../core/lifecycle/arbitraries';

const standard = repositories.map(images => images.map((image, index) => ({ ...image, sizeInBytes: 10 ** (index % 4) })));
const subjectOf = fc.array(fc.nat({ max: 99 }), { minLength: 10, maxLength: 10 });
/** Every other image is a reference artifact of an earlier image. */
const withSubjects = fc.tuple(standard, subjectOf).map(([images, references]) => images.map((image, index) =>
  index === 0 || references[index] % 2 === 0 ? image : { ...image, subject: images[references[index] % index].digest }));
const DAYS = [0, 1, 2, 5, 80, 100, 400, 4_000];
const places = (rules: readonly Rule[]) => [...rules.keys(), rules.length];

describe('the report predicts', () => {
  test('the results of daily simulations, including reference artifacts', () => {
    check(fc.property(byPriority, withSubjects, (rules, images) => {
      const fates = foresee(rules, images, NOW);
      const states = statesUntil({ title: '', policyText: '', rules, images, at: NOW }, 130);
      states.forEach(({ expired, archived, acted }, day) => {
        const tally = tallyOn(fates, rules.length, day);
        const rows = tally.rules.map(({ expires, archives }) => expires + archives);
        expect([day, tally.expiredCount, tally.archivedCount, ...rows])
          .toEqual([day, expired, archived, ...rules.map(({ rulePriority }) => acted.get(rulePriority) ?? 0), 0]);
      });
    }), 120);
  });

  test('that an image in use is kept, and that the first rule that selects a released image acts on it', () => {
    const rules = SHIELDED.rules as Rule[];
    const image = (tags: string[], daysAgo: number) => ({
      digest: tags.join(), tags, storageClass: 'standard' as const, pushedAt: NOW - daysAgo * DAY, sizeInBytes: 1,
    });
    const fates = foresee(rules, [
      image(['dev-1', 'in-use-1'], 400), image(['dev-2', 'was-in-use-2'], 5), image(['was-in-use-3'], 5), image(['v1', 'was-in-use-4'], 5),
    ], NOW);
    expect(fates.map(({ expiryDay }) => expiryDay)).toEqual([Infinity, 3, 26, 26]);
    expect(tallyOn(fates, rules.length, 4_000).rules.map(({ expires, keeps }) => [expires, keeps]))
      .toEqual([[0, 1], [0, 0], [0, 0], [1, 0], [2, 0], [0, 0], [0, 0]]);
  });

  test('that a reference artifact expires no later than its subject', () => {
    check(fc.property(byPriority, withSubjects, (rules, images) => {
      const fates = foresee(rules, images, NOW);
      fates.forEach(({ expiryDay }, index) => {
        const subject = images.findIndex(({ digest }) => digest === images[index].subject);
        if (subject >= 0) expect(expiryDay).toBeLessThanOrEqual(fates[subject].expiryDay);
      });
    }), 300);
  });
});

describe('on each day, the numbers of the report agree: ', () => {
  const onEachDay = (expectation: (rules: readonly Rule[], images: Parameters<typeof sizesOn>[0], day: number) => void) =>
    check(fc.property(byPriority, withSubjects, fc.constantFrom(...DAYS), expectation), 300);

  test('the counts of a rule add up to the number of images in its view', () => {
    onEachDay((rules, images, day) => {
      const fates = foresee(rules, images, NOW);
      const { rules: rows } = tallyOn(fates, rules.length, day);
      for (const place of places(rules)) {
        const { expires, archives, keeps } = rows[place];
        // No rule archives and expires, so no image counts twice in a row.
        expect(expires + archives + keeps).toBe(fates.filter(fate => concerns(fate, place, rules.length, day)).length);
      }
    });
  });

  test('the counts in the label of a band equal the counts of its rule', () => {
    onEachDay((rules, images, day) => {
      const fates = foresee(rules, images, NOW);
      const { rules: rows } = tallyOn(fates, rules.length, day);
      const arrivals = arrivalsOn(fates, new Uint8Array(images.length).fill(1), rules.length, day);
      for (const place of places(rules)) {
        const { expires, archives, keeps } = rows[place];
        expect(fates.filter(({ rule }) => rule === place).length + (arrivals[place] ?? 0)).toBe(expires + archives + keeps);
      }
    });
  });

  test('the row for no rule counts the images that no rule selects, on every day', () => {
    onEachDay((rules, images, day) => {
      const fates = foresee(rules, images, NOW);
      const unselected = fates.filter(({ rule }) => rule === rules.length).length;
      expect(tallyOn(fates, rules.length, day).rules[rules.length]).toEqual({ expires: 0, archives: 0, keeps: unselected });
    });
  });

  test('sizes and counts cover the same images', () => {
    onEachDay((rules, images, day) => {
      const fates = foresee(rules, images, NOW);
      const sums = sizesOn(images, fates, day);
      for (const outcome of ['EXPIRE', 'ARCHIVE', 'KEEP'] as const) {
        expect(sums[outcome]).toBe(images.filter((_, index) => outcomeOn(fates[index], day) === outcome)
          .reduce((sum, { sizeInBytes = 0 }) => sum + sizeInBytes, 0));
      }
    });
  });

  test('the row for no rule counts no archived image if no rule expires images in the archive', () => {
    const { images, at } = repository(2_000);
    const rules = repository(2_000).rules.filter(({ selection }) => selection.storageClass !== 'archive');
    const fates = foresee(rules, images, at);
    const noRule = (day: number) => [
      tallyOn(fates, rules.length, day).rules[rules.length].keeps,
      fates.filter(fate => concerns(fate, rules.length, rules.length, day)).length,
      fates.filter(({ rule }) => rule === rules.length).length,
    ];
    expect(new Set(DAYS.flatMap(noRule)).size).toBe(1);
    expect(fates.some(({ archiveTime }) => archiveTime < at + 100 * DAY)).toBe(true);
  });
});
