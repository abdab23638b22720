import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { byPriority, check, inAnyOrder, isActing, isSelectedBy, NOW, patterns, policies, repositories, withIndexes } from './arbitraries';
import { KEEP_COUNT, KEEP_DAYS, keeps, Rule, Selection } from '../../../src/core/lifecycle/rule';
import { DAY, Decision, SimulatedImage, simulateLifecycle } from '../../../src/core/lifecycle/simulate';
import { simulate } from '../../local-ecr/lifecycle-simulation';

interface Vector {
  readonly name: string;
  readonly images: ReadonlyArray<{
    readonly id: string;
    readonly tags: string[];
    readonly storageClass?: 'archive';
    readonly pushedDaysAgo: number;
    readonly pulledDaysAgo?: number;
    readonly archivedDaysAgo?: number;
    readonly activatedDaysAgo?: number;
  }>;
  readonly rules: Rule[];
  readonly expected: Record<string, [string, number]>;
}

const VECTORS = JSON.parse(readFileSync(join(__dirname, '../../local-ecr/lifecycle-vectors.json'), 'utf8')) as Vector[];
const EXPIRE = { type: 'expire' } as const;
const ARCHIVE = { type: 'transition', targetStorageClass: 'archive' } as const;
const ago = (days: number) => NOW - days * DAY;

const image = (digest: string, daysAgo: number, more: Partial<SimulatedImage> = {}): SimulatedImage =>
  ({ digest, tags: [], storageClass: 'standard', pushedAt: ago(daysAgo), ...more });
const archived = (digest: string, daysAgo: number, more: Partial<SimulatedImage> = {}) =>
  image(digest, 1_000, { storageClass: 'archive', lastArchivedAt: ago(daysAgo), ...more });
const rule = (rulePriority: number, selection: Partial<Selection>, action: Rule['action'] = EXPIRE): Rule =>
  ({ rulePriority, selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1, ...selection }, action });
const older = (countNumber: number, more: Partial<Selection> = {}): Partial<Selection> =>
  ({ countType: 'sinceImagePushed', countUnit: 'days', countNumber, ...more });
const longArchived = (countNumber: number): Partial<Selection> =>
  ({ countType: 'sinceImageTransitioned', countUnit: 'days', storageClass: 'archive', countNumber });
const tagged = (...tagPatternList: string[]): Partial<Selection> => ({ tagStatus: 'tagged', tagPatternList });

const actionOf = (decision: Decision) => [decision.action, decision.rule?.rulePriority];
const withoutOthers = ({ action, rule: by, reason, dueAt }: Decision) => ({ action, by: by?.rulePriority, reason, dueAt });

/** What the fake of ECR, written apart from this, says of each image. */
const byLocalEcr = (rules: readonly Rule[], images: readonly SimulatedImage[]) => {
  const applied = simulate(images, rules, NOW);
  return images.map(one => applied.get(one)?.rulePriority);
};

/** The vectors have the words of ECR's previews. */
const inOurWords = (expected: Vector['expected']) => Object.fromEntries(Object.entries(expected)
  .map(([id, [action, priority]]) => [id, [action === 'TRANSITION' ? 'ARCHIVE' : action, priority]]));

test.each(VECTORS.map(vector => [vector.name, vector] as const))('documented: %s', (_name, { images, rules, expected }) => {
  const ofVector = images.map(({
    id, tags, storageClass = 'standard' as const, pushedDaysAgo, pulledDaysAgo, archivedDaysAgo, activatedDaysAgo,
  }): SimulatedImage => ({
    digest: id,
    tags,
    storageClass,
    pushedAt: ago(pushedDaysAgo),
    ...pulledDaysAgo === undefined ? {} : { lastRecordedPullTime: ago(pulledDaysAgo) },
    ...archivedDaysAgo === undefined ? {} : { lastArchivedAt: ago(archivedDaysAgo) },
    ...activatedDaysAgo === undefined ? {} : { lastActivatedAt: ago(activatedDaysAgo) },
  }));
  const decisions = simulateLifecycle(rules, ofVector, NOW);
  const acted = ofVector.flatMap(({ digest }, index) => isActing(decisions[index]) ? [[digest, actionOf(decisions[index])]] : []);
  expect(Object.fromEntries(acted)).toEqual(inOurWords(expected));
});

test('the local ECR, written apart, decides the same for thousands of repositories', () => {
  check(fc.property(policies, repositories, (rules, images) => {
    const decisions = simulateLifecycle(rules, images, NOW);
    expect(decisions.map(one => isActing(one) ? one.rule!.rulePriority : undefined)).toEqual(byLocalEcr(rules, images));
  }), 3_000);
});

describe('every image', () => {
  test('has one decision, in the order given, of the first rule that selects it, with the action of that rule', () => {
    check(fc.property(policies, repositories, (rules, images) => {
      const decisions = simulateLifecycle(rules, images, NOW);
      expect(decisions).toHaveLength(images.length);
      decisions.forEach((decision, index) => {
        const selecting = rules.filter(one => isSelectedBy(one, images[index])).sort((one, other) => one.rulePriority - other.rulePriority);
        expect(decision.rule).toBe(selecting[0]);
        expect(decision.action === 'KEEP' || decision.action === (decision.rule!.action.type === 'expire' ? 'EXPIRE' : 'ARCHIVE'))
          .toBe(true);
        expect(decision.reason).toMatch(selecting[0] === undefined ? /^no rule selects it$/
          : new RegExp(`^rule ${selecting[0].rulePriority}: `));
        expect(decision.blockedBy).toEqual([]);
      });
    }), 300);
  });

  test('has the decision that it has in any order of images and of rules, when no two are of the same moment', () => {
    const apart = repositories.map(images => images.map((one, index) =>
      ({ ...one, pushedAt: one.pushedAt + index, lastActivatedAt: one.lastActivatedAt && one.lastActivatedAt + index })));
    const both = fc.tuple(byPriority, apart)
      .chain(([rules, images]) => fc.tuple(fc.constant({ rules, images }), inAnyOrder(rules), inAnyOrder(images)));
    check(fc.property(both, ([{ rules, images }, otherRules, otherImages]) => {
      const decisions = simulateLifecycle(rules, images, NOW);
      const others = simulateLifecycle(otherRules, otherImages, NOW);
      expect(otherImages.map((_, index) => others[index])).toEqual(otherImages.map(one => decisions[images.indexOf(one)]));
    }));
  });

  test('is left as it is: neither rules nor images are changed', () => {
    check(fc.property(policies, withIndexes, (rules, images) => {
      const before = JSON.stringify([rules, images]);
      simulateLifecycle(rules, images, NOW);
      expect(JSON.stringify([rules, images])).toBe(before);
    }), 200);
  });

  test('of another storage class, that is added, changes nothing', () => {
    check(fc.property(policies, repositories, fc.nat(), (rules, images, at) => {
      const added = images.length === 0 ? image('sha256:added', 3, { tags: ['a'] }) : images[at % images.length];
      const other: SimulatedImage = { ...added, digest: 'sha256:added', storageClass: 'archive', lastArchivedAt: ago(93) };
      const standard = images.filter(one => one.storageClass === 'standard');
      const position = at % (standard.length + 1);
      const more = simulateLifecycle(rules, [...standard.slice(0, position), other, ...standard.slice(position)], NOW);
      expect([...more.slice(0, position), ...more.slice(position + 1)]).toEqual(simulateLifecycle(rules, standard, NOW));
    }));
  });
});

describe('a limit', () => {
  test('that is raised never makes its rule act on an image more', () => {
    check(fc.property(policies, repositories, fc.nat(), fc.integer({ min: 1, max: 5 }), (rules, images, of, by) => {
      const raised = rules[of % rules.length];
      const higher = { ...raised, selection: { ...raised.selection, countNumber: raised.selection.countNumber + by } };
      const [before, after] = [rules, rules.map(one => one === raised ? higher : one)].map(list => simulateLifecycle(list, images, NOW));
      after.forEach((decision, index) => {
        if (isActing(decision)) expect(actionOf(before[index])).toEqual(actionOf(decision));
      });
    }));
  });

  test('in days that is passed stays so', () => {
    check(fc.property(policies, repositories, fc.integer({ min: 1, max: 40 * DAY }), (rules, images, later) => {
      const after = simulateLifecycle(rules, images, NOW + later);
      simulateLifecycle(rules, images, NOW).forEach((decision, index) => {
        if (isActing(decision)) expect(actionOf(after[index])).toEqual(actionOf(decision));
      });
    }));
  });

  test('in days is passed right after dueAt, not at it', () => {
    check(fc.property(policies, repositories, (rules, images) => {
      simulateLifecycle(rules, images, NOW).forEach(({ rule: by, dueAt }, index) => {
        if (by === undefined || by.selection.countType === 'imageCountMoreThan' || keeps(by)) return;
        expect(dueAt).toEqual(expect.any(Number));
        expect(isActing(simulateLifecycle(rules, images, dueAt!)[index])).toBe(false);
        expect(isActing(simulateLifecycle(rules, images, dueAt! + 1)[index])).toBe(true);
      });
    }), 300);
  });

  test('in numbers is due at once or at no known time', () => {
    check(fc.property(policies, repositories, (rules, images) => {
      simulateLifecycle(rules, images, NOW).forEach(decision => {
        if (decision.rule?.selection.countType === 'imageCountMoreThan') expect(decision.dueAt).toBe(isActing(decision) ? NOW : undefined);
        if (decision.rule === undefined) expect('dueAt' in decision).toBe(false);
      });
    }), 200);
  });

  test('in numbers keeps that many of what its rule selects, also of what other rules decide', () => {
    check(fc.property(policies, repositories, (rules, images) => {
      const decisions = simulateLifecycle(rules, images, NOW);
      for (const by of rules) {
        const { countType, countNumber } = by.selection;
        if (countType !== 'imageCountMoreThan') continue;
        const selecting = images.filter(one => isSelectedBy(by, one)).length;
        const acted = decisions.filter(one => isActing(one) && one.rule === by).length;
        expect(acted).toBeLessThanOrEqual(Math.max(0, selecting - countNumber));
      }
    }));
  });
});

test.each<[string, SimulatedImage[], Rule, Array<string | undefined>]>([
  ['what is exactly as old as the limit is kept', [image('A', 5), image('B', 5, { pushedAt: ago(5) - 1 })], rule(1, older(5)),
    ['KEEP', 'EXPIRE']],
  ['of one moment, what is listed later is newer', [image('A', 5), image('B', 5), image('C', 5)], rule(1, { countNumber: 1 }),
    ['EXPIRE', 'EXPIRE', 'KEEP']],
  ['restored is as good as pushed, for numbers', [image('A', 90, { lastActivatedAt: ago(1) }), image('B', 2)], rule(1, { countNumber: 1 }),
    ['KEEP', 'EXPIRE']],
  ['restored is as good as pushed, for ages', [image('A', 90, { lastActivatedAt: ago(1) })], rule(1, older(5)), ['KEEP']],
  ['never pulled ages from the push', [image('A', 6), image('B', 4)], rule(1, { ...older(5), countType: 'sinceImagePulled' }, ARCHIVE),
    ['ARCHIVE', 'KEEP']],
  ['pulled ages from the pull', [image('A', 9, { lastRecordedPullTime: ago(4) })],
    rule(1, { ...older(5), countType: 'sinceImagePulled' }, ARCHIVE), ['KEEP']],
  ['pulled before it was restored ages from that', [image('A', 9, { lastRecordedPullTime: ago(8), lastActivatedAt: ago(4) })],
    rule(1, { ...older(5), countType: 'sinceImagePulled' }, ARCHIVE), ['KEEP']],
  ['archived at an unknown time stays', [archived('A', 0, { lastArchivedAt: undefined })], rule(1, longArchived(90)), ['KEEP']],
  ['a rule for the standard class leaves the archive', [archived('A', 900)], rule(1, older(5)), ['KEEP']],
  ['a rule for the archive leaves the standard class', [image('A', 900, { lastArchivedAt: ago(900) })],
    rule(1, longArchived(90)), ['KEEP']],
  ['pushed in the future is young', [image('A', -3)], rule(1, older(1)), ['KEEP']],
])('%s', (_name, images, one, expected) => {
  expect(simulateLifecycle([one], images, NOW).map(({ action }) => action)).toEqual(expected);
});

describe('prefixes', () => {
  test('select what their pattern selects', () => {
    const images = [
      image('A', 9, { tags: ['prod'] }), image('B', 9, { tags: ['prod-1', 'x'] }), image('C', 9, { tags: ['dev-prod'] }), image('D', 9),
    ];
    const [one, other] = [{ tagPrefixList: ['prod'] }, { tagPatternList: ['prod*'] }]
      .map(list => simulateLifecycle([rule(1, { ...older(5), tagStatus: 'tagged', ...list })], images, NOW).map(({ action }) => action));
    expect(one).toEqual(['EXPIRE', 'EXPIRE', 'KEEP', 'KEEP']);
    expect(other).toEqual(one);
  });

  // Wildcards are documented for tagPatternList only, and no tag has a `*`: such a rule selects nothing, here it expires.
  test.each(['*', 'p*', '*d'])('know no wildcard: %j selects nothing', prefix => {
    const images = [image('A', 9, { tags: ['prod'] })];
    const rules = [rule(1, { ...older(5), tagStatus: 'tagged', tagPrefixList: [prefix] })];
    expect(byLocalEcr(rules, images)).toEqual([undefined]);
    expect(simulateLifecycle(rules, images, NOW)).toMatchObject([{ action: 'KEEP', reason: 'no rule selects it' }]);
  });
});

describe('a rule that keeps', () => {
  const keepsAll = (images: readonly SimulatedImage[], rules: readonly Rule[], keep: Rule) => {
    const after = rules.map(one => ({ ...one, rulePriority: one.rulePriority + 1 }));
    simulateLifecycle([keep, ...after], images, NOW).forEach((decision, index) => {
      if (!isSelectedBy(keep, images[index])) return;
      expect(decision).toMatchObject({ action: 'KEEP', rule: keep, reason: expect.stringMatching(/^rule 1: keeps it/) });
    });
  };

  test('protects all that it selects, whatever the rules after it ask', () => {
    check(fc.property(byPriority, repositories, patterns, fc.constantFrom(9_999, KEEP_COUNT), (rules, images, pattern, countNumber) => {
      const keep = rule(1, { ...tagged(pattern), countNumber });
      keepsAll(images, rules, keep);
    }));
  });

  test('protects in the archive too', () => {
    check(fc.property(byPriority, repositories, patterns, (rules, images, pattern) => {
      const keep = rule(1, { ...longArchived(KEEP_DAYS), ...tagged(pattern) });
      keepsAll(images, rules, keep);
    }));
  });
});

describe('the reason', () => {
  test.each<[string, SimulatedImage, Rule[], string]>([
    ['the place and the limit', image('A', 9), [rule(3, { countNumber: 2 })],
      'rule 3: number 1 of 1 from the newest, within the limit of 2'],
    ['the age, rounded down', image('A', 13.96), [rule(3, older(14))], 'rule 3: pushed 13.9 days ago, limit 14'],
    ['one day', image('A', 1), [rule(3, older(1))], 'rule 3: pushed 1 day ago, limit 1'],
    ['that it was restored', image('A', 99, { lastActivatedAt: ago(2) }), [rule(3, older(5))], 'rule 3: restored 2 days ago, limit 5'],
    ['that it was never pulled', image('A', 9), [rule(3, { ...older(5), countType: 'sinceImagePulled' }, ARCHIVE)],
      'rule 3: never pulled, pushed 9 days ago, limit 5'],
    ['that it was not pulled since it was restored', image('A', 99, { lastRecordedPullTime: ago(50), lastActivatedAt: ago(9) }),
      [rule(3, { ...older(5), countType: 'sinceImagePulled' }, ARCHIVE)], 'rule 3: not pulled since, restored 9 days ago, limit 5'],
    ['that it is archived', archived('A', 91), [rule(3, longArchived(90))], 'rule 3: archived 91 days ago, limit 90'],
    ['that nobody knows since when', archived('A', 0, { lastArchivedAt: undefined }), [rule(3, longArchived(90))],
      'rule 3: archived at an unknown time'],
    ['a rule that would expire it, but for the one before', image('A', 9, { tags: ['v1'] }), [rule(9, older(5)), rule(3, tagged('v*'))],
      'rule 3: number 1 of 1 from the newest, within the limit of 1; therefore rule 9, which would expire it, cannot act'],
    ['a rule that would archive it, but for the one that keeps', image('A', 9, { tags: ['v1'] }),
      [rule(3, { ...tagged('v*'), countNumber: 9_999 }), rule(9, older(5), ARCHIVE)],
      'rule 3: keeps it; therefore rule 9, which would archive it, cannot act'],
    ['the first of two that would', image('A', 9, { tags: ['v1', 'w'] }),
      [rule(1, tagged('v*')), rule(2, { ...older(5), ...tagged('w') }), rule(3, older(5))],
      'rule 1: number 1 of 1 from the newest, within the limit of 1; therefore rule 2, which would expire it, cannot act'],
    ['no rule that would not act either', image('A', 9, { tags: ['v1'] }), [rule(3, tagged('v*')), rule(9, older(50))],
      'rule 3: number 1 of 1 from the newest, within the limit of 1'],
    ['no other rule when the first one acts',
      image('A', 9, { tags: ['v1'] }), [rule(3, { ...older(5), ...tagged('v*') }), rule(9, older(5))],
      'rule 3: pushed 9 days ago, limit 5'],
  ])('says %s', (_name, one, rules, reason) => {
    expect(simulateLifecycle(rules, [one], NOW)[0].reason).toBe(reason);
  });

  test('names a rule that cannot act exactly if it would act alone', () => {
    check(fc.property(byPriority, repositories, (rules, images) => {
      const alone = rules.map(one => simulateLifecycle([one], images, NOW));
      simulateLifecycle(rules, images, NOW).forEach((decision, index) => {
        const shielded = rules.find((one, of) => one !== decision.rule && isActing(alone[of][index]));
        const named = /therefore rule (\d+), which would (expire|archive) it, cannot act/.exec(decision.reason)?.slice(1);
        expect(named).toEqual(isActing(decision) || shielded === undefined
          ? undefined : [String(shielded.rulePriority), shielded.action.type === 'expire' ? 'expire' : 'archive']);
      });
    }));
  });

  test('counts from the newest what the rule selects', () => {
    const images = [image('A', 3), image('B', 1), image('C', 2, { tags: ['v1'] })];
    const reasons = simulateLifecycle([rule(1, { ...tagged('v*'), countNumber: 9 }), rule(2, { countNumber: 2 })], images, NOW)
      .map(one => one.reason);
    expect(reasons).toEqual([
      'rule 2: number 3 of 3 from the newest, beyond the limit of 2',
      'rule 2: number 1 of 3 from the newest, within the limit of 2',
      'rule 1: number 1 of 1 from the newest, within the limit of 9',
    ]);
  });
});

/**
 * "If an image is referenced by a manifest list, it cannot be expired or archived without the manifest list being deleted or archived
 * first."
 */
describe('the child of an index', () => {
  const UNTAGGED = rule(1, { ...older(5), tagStatus: 'untagged' });
  const OLD = rule(2, older(20));
  const index = (digest: string, daysAgo: number, ...manifests: string[]) => image(digest, daysAgo, { tags: [digest], manifests });
  const blockers = (images: readonly SimulatedImage[], rules: readonly Rule[] = [UNTAGGED, OLD]) =>
    Object.fromEntries(simulateLifecycle(rules, images, NOW)
      .map((decision, at) => [images[at].digest, [decision.action, ...decision.blockedBy]]));

  test.each<[string, SimulatedImage[], Record<string, string[]>]>([
    ['is blocked by an index that stays', [index('I', 9, 'A'), image('A', 9)], { I: ['KEEP'], A: ['EXPIRE', 'I'] }],
    ['is not blocked by an index that goes', [index('I', 30, 'A'), image('A', 30)], { I: ['EXPIRE'], A: ['EXPIRE'] }],
    ['that is to stay anyway is not blocked', [index('I', 9, 'A'), image('A', 3)], { I: ['KEEP'], A: ['KEEP'] }],
    ['of two indexes is blocked by that which stays', [index('I', 30, 'A'), index('J', 9, 'A'), image('A', 30)],
      { I: ['EXPIRE'], J: ['KEEP'], A: ['EXPIRE', 'J'] }],
    ['is blocked by both that stay', [image('A', 9), index('I', 9, 'A'), index('J', 9, 'A')],
      { A: ['EXPIRE', 'I', 'J'], I: ['KEEP'], J: ['KEEP'] }],
    ['of an index that is itself blocked is blocked', [image('A', 9), image('I', 9, { manifests: ['A'] }), index('O', 9, 'I')],
      { A: ['EXPIRE', 'I'], I: ['EXPIRE', 'O'], O: ['KEEP'] }],
    ['goes with all the indexes above it', [index('O', 30, 'I'), image('I', 30, { manifests: ['A'] }), image('A', 30)],
      { O: ['EXPIRE'], I: ['EXPIRE'], A: ['EXPIRE'] }],
    ['that is not in the repository blocks nothing', [index('I', 9, 'gone'), image('A', 9)], { I: ['KEEP'], A: ['EXPIRE'] }],
    ['in the archive is blocked by an index that is not', [index('I', 9, 'A'), archived('A', 100)], { I: ['KEEP'], A: ['EXPIRE', 'I'] }],
  ])('%s', (_name, images, expected) => {
    expect(blockers(images, [UNTAGGED, OLD, rule(3, longArchived(90))])).toEqual(expected);
  });

  test('is not blocked by an index that is to be archived', () => {
    expect(blockers([index('I', 9, 'A'), image('A', 9)], [UNTAGGED, rule(2, older(5), ARCHIVE)]))
      .toEqual({ I: ['ARCHIVE'], A: ['EXPIRE'] });
  });

  // "… or archived first": the index is in the archive already, and no rule decides it there
  test('is not blocked by an index that is archived', () => {
    const images = [archived('I', 9, { tags: ['I'], manifests: ['A'] }), image('A', 9)];
    expect(blockers(images, [rule(1, older(5), ARCHIVE)])).toEqual({ I: ['KEEP'], A: ['ARCHIVE'] });
  });

  // an index may list one manifest for two platforms: https://github.com/opencontainers/image-spec/blob/main/image-index.md
  test('that an index lists twice is blocked by it once', () => {
    expect(blockers([index('I', 9, 'A', 'A'), image('A', 9)])).toEqual({ I: ['KEEP'], A: ['EXPIRE', 'I'] });
  });

  test('has this reason, with the first kept index', () => {
    expect(simulateLifecycle([UNTAGGED], [index('I', 9, 'A'), image('A', 9)], NOW)[1].reason)
      .toBe('rule 1: pushed 9 days ago, limit 5; but ECR cannot do so while an index that is kept refers to it (I)');
  });

  test('is blocked exactly by indexes that are kept or blocked, and decided as if there were no indexes', () => {
    check(fc.property(policies, withIndexes.map(images => images.filter(one => one.storageClass === 'standard')), (rules, images) => {
      const plain = simulateLifecycle(rules, images.map(({ manifests: _, ...one }) => one), NOW);
      const blocking = (of: SimulatedImage): SimulatedImage[] => !isActing(plain[images.indexOf(of)]) ? [] : images.filter(parent =>
        parent.manifests?.includes(of.digest) && (!isActing(plain[images.indexOf(parent)]) || blocking(parent).length > 0));
      const decisions = simulateLifecycle(rules, images, NOW);
      decisions.forEach((decision, at) => {
        const blockedBy = blocking(images[at]).map(one => one.digest);
        expect(decision.blockedBy).toEqual(blockedBy);
        expect({ ...withoutOthers(decision), reason: '' }).toEqual({ ...withoutOthers(plain[at]), reason: '' });
        expect(decision.reason.includes('but ECR cannot do so')).toBe(blockedBy.length > 0);
      });
    }));
  });

  test('that refers back to its index, which no digest can, ends', () => {
    const images = [image('A', 9, { manifests: ['B'] }), image('B', 9, { manifests: ['C'] }), image('C', 9, { manifests: ['A', 'C'] })];
    expect(blockers(images)).toEqual({ A: ['EXPIRE'], B: ['EXPIRE'], C: ['EXPIRE'] });
  });

  test('is found below a hundred indexes', () => {
    const chain = Array.from({ length: 101 }, (_, at) =>
      image(`I${at}`, 9, { tags: at === 0 ? ['I0'] : [], manifests: [`I${at + 1}`] })).reverse();
    expect(blockers(chain)).toMatchObject({ I0: ['KEEP'], I1: ['EXPIRE', 'I0'], I100: ['EXPIRE', 'I99'] });
  });
});

test('a repository of 100,000 images, the quota, is decided within seconds', () => {
  const images = Array.from({ length: 100_000 }, (_, at) =>
    image(`sha256:${at}`, at % 400, { tags: at % 3 === 0 ? [] : [`v${at}`, `build-${at}`] }));
  const rules = Array.from({ length: 19 }, (_, at) => rule(at + 1, { ...tagged(`*${at}-x*`), countNumber: 5 }));
  const start = Date.now();
  const decisions = simulateLifecycle([...rules, rule(20, older(14))], images, NOW);
  expect(Date.now() - start).toBeLessThan(10_000);
  expect(decisions.filter(isActing)).toHaveLength(images.filter(one => one.pushedAt < ago(14)).length);
});
