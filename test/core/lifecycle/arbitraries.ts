import fc from 'fast-check';
import { COUNT_TYPES, CountType, KEEP_COUNT, KEEP_DAYS, Rule, Selection, StorageClass } from '../../../src/core/lifecycle/rule';
import { DAY, Decision, SimulatedImage } from '../../../src/core/lifecycle/simulate';

export const NOW = Date.UTC(2026, 5, 1);

export const check = <Ts extends [unknown, ...unknown[]]>(property: fc.IProperty<Ts>, numRuns = 500) =>
  fc.assert(property, { seed: 1, numRuns });

export const inAnyOrder = <T>(values: readonly T[]): fc.Arbitrary<T[]> => fc.shuffledSubarray([...values], { minLength: values.length });

const wordOf = (letters: string, maxLength: number) =>
  fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength }).map(word => word.join(''));

/** Few letters, so that patterns meet tags, and each other, often. */
export const patterns = wordOf('aab-**', 4).filter(pattern => pattern.split('*').length <= 5);
/** Without a wildcard: what ECR makes of one in a prefix is a test of its own. */
const prefixes = wordOf('ab-', 2);
export const tags = fc.tuple(fc.constantFrom('a', 'b', 'x'), fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 3 }))
  .map(parts => parts.join(''));

type Listed = Pick<Selection, 'tagStatus' | 'tagPatternList' | 'tagPrefixList'>;

/** As ECR compares them: equal lists of one kind collide. */
function setOf({ tagPatternList, tagPrefixList }: Listed): string {
  return JSON.stringify([tagPatternList ? 'pattern' : 'prefix', ...[...tagPatternList ?? tagPrefixList ?? []].sort()]);
}

const tagged: fc.Arbitrary<Listed> = fc.oneof(
  fc.uniqueArray(patterns, { minLength: 1, maxLength: 3 }).map(tagPatternList => ({ tagStatus: 'tagged' as const, tagPatternList })),
  fc.uniqueArray(prefixes, { minLength: 1, maxLength: 2 }).map(tagPrefixList => ({ tagStatus: 'tagged' as const, tagPrefixList })),
);

const selected: fc.Arbitrary<Listed[]> = fc.tuple(
  fc.uniqueArray(tagged, { maxLength: 4, selector: setOf }),
  fc.option(fc.constant<Listed>({ tagStatus: 'untagged' }), { nil: undefined }),
  fc.option(fc.constant<Listed>({ tagStatus: 'any' }), { nil: undefined }),
).map(([lists, ...others]) => [...lists, ...others.filter(one => one !== undefined)]);

type Counted = Pick<Rule, 'action'> & { readonly count: Omit<Selection, keyof Listed> };

const EXPIRE = { type: 'expire' } as const;
const TRANSITION = { type: 'transition', targetStorageClass: 'archive' } as const;

const archiveDays = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 90, max: 94 }) }, { weight: 1, arbitrary: fc.constant(KEEP_DAYS) });

/** What a rule of each count type may be. A new count type does not compile until its rules are generated too. */
const OF_COUNT_TYPE: Readonly<Record<CountType, fc.Arbitrary<Counted>>> = {
  imageCountMoreThan: fc.record({
    count: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 4 }) }, { weight: 1, arbitrary: fc.constantFrom(9_999, KEEP_COUNT) })
      .map(countNumber => ({ countType: 'imageCountMoreThan' as const, countNumber })),
    action: fc.constantFrom(EXPIRE, TRANSITION),
  }),
  sinceImagePushed: fc.record({
    count: fc.oneof({ weight: 7, arbitrary: fc.integer({ min: 1, max: 6 }) }, { weight: 1, arbitrary: fc.constantFrom(3_650, KEEP_DAYS) })
      .map(countNumber => ({ countType: 'sinceImagePushed' as const, countNumber, countUnit: 'days' as const })),
    action: fc.constantFrom(EXPIRE, TRANSITION),
  }),
  sinceImagePulled: fc.record({
    count: fc.integer({ min: 1, max: 6 })
      .map(countNumber => ({ countType: 'sinceImagePulled' as const, countNumber, countUnit: 'days' as const })),
    action: fc.constant(TRANSITION),
  }),
  sinceImageTransitioned: archiveDays.map(countNumber => ({
    count: { countType: 'sinceImageTransitioned', countNumber, countUnit: 'days', storageClass: 'archive' },
    action: EXPIRE,
  })),
};
const ofClass = (storageClass: StorageClass) => (Object.keys(OF_COUNT_TYPE) as CountType[])
  .filter(countType => COUNT_TYPES[countType].storageClass === storageClass).map(countType => OF_COUNT_TYPE[countType]);
const ofStandard = fc.oneof(...ofClass('standard'));
const ofArchive = fc.oneof(...ofClass('archive'));

const descriptions = fc.constantFrom(undefined, undefined, '', 'old ones', '"quoted\\\n', 'é😀\u0000');

function rulesOf(listed: readonly Listed[], counted: fc.Arbitrary<Counted>): fc.Arbitrary<Omit<Rule, 'rulePriority'>[]> {
  return fc.tuple(...listed.map(list => fc.tuple(counted, descriptions).map(([{ count, action }, description]) => ({
    ...description === undefined ? {} : { description },
    selection: { ...list, ...count },
    action,
  })))) as fc.Arbitrary<Omit<Rule, 'rulePriority'>[]>;
}

/** Rules with `any` last in each class, in order of priority, the classes mixed. */
function anyLast(rules: readonly Omit<Rule, 'rulePriority'>[]): Omit<Rule, 'rulePriority'>[] {
  const queues = (['archive', undefined] as const).map(storageClass => ({
    storageClass,
    queue: rules.filter(({ selection }) => selection.storageClass === storageClass)
      .sort((one, other) => Number(one.selection.tagStatus === 'any') - Number(other.selection.tagStatus === 'any')),
  }));
  return rules.map(({ selection }) => queues.find(({ storageClass }) => storageClass === selection.storageClass)!.queue.shift()!);
}

const gapsBetween = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 12, maxLength: 12 });

/** Rules that ECR takes together, in order of priority, which has gaps. */
export const byPriority: fc.Arbitrary<Rule[]> = fc.tuple(selected, selected)
  .filter(([standard, archive]) => standard.length + archive.length > 0)
  .chain(([standard, archive]) => fc.tuple(rulesOf(standard, ofStandard), rulesOf(archive, ofArchive)))
  .chain(([standard, archive]) => fc.tuple(inAnyOrder([...standard, ...archive]), gapsBetween))
  .map(([rules, gaps]) => {
    let rulePriority = 0;
    return anyLast(rules).map((rule, index) => ({ rulePriority: rulePriority += gaps[index], ...rule }));
  });

/** The same as they may stand in a text, in no order. */
export const policies: fc.Arbitrary<Rule[]> = byPriority.chain(inAnyOrder);

const halfDaysAgo = (min: number, max: number) => fc.integer({ min: 2 * min, max: 2 * max }).map(half => NOW - half * DAY / 2);

const described = fc.record({
  tags: fc.uniqueArray(tags, { maxLength: 3 }),
  pushedAt: halfDaysAgo(0, 8),
  lastActivatedAt: fc.option(halfDaysAgo(0, 8), { nil: undefined, freq: 3 }),
  lastArchivedAt: halfDaysAgo(88, 96),
  lastRecordedPullTime: fc.option(halfDaysAgo(0, 8), { nil: undefined, freq: 2 }),
  isArchived: fc.boolean(),
});

/** Images whose times are near the limits of the rules above, often at the same moment. */
export const repositories: fc.Arbitrary<SimulatedImage[]> = fc.array(described, { maxLength: 10 }).map(list =>
  list.map(({ isArchived, lastArchivedAt, ...image }, index) => ({
    digest: `sha256:${index}`,
    ...image,
    storageClass: isArchived ? 'archive' : 'standard',
    ...isArchived ? { lastArchivedAt } : {},
  })));

/** Any number of references, none of them back: a digest contains those that it refers to. */
export const withIndexes: fc.Arbitrary<SimulatedImage[]> = repositories.chain(images => fc.tuple(
  fc.constant(images),
  fc.array(fc.array(fc.nat({ max: 99 }), { maxLength: 3 }), { minLength: images.length, maxLength: images.length }),
)).map(([images, references]) => images.map((image, index) => {
  const later = images.slice(index + 1);
  const manifests = later.length === 0 ? [] : [...new Set(references[index].map(to => later[to % later.length].digest))];
  return manifests.length === 0 ? image : { ...image, manifests };
}));

/** The oracle for what a rule selects: regular expressions, and prefixes as they are. */
export function isSelectedBy({ selection }: Rule, { tags: own, storageClass }: SimulatedImage): boolean {
  if ((selection.storageClass ?? 'standard') !== storageClass) return false;
  if (selection.tagStatus !== 'tagged') return selection.tagStatus === 'any' || own.length === 0;
  return (selection.tagPrefixList ?? []).every(prefix => own.some(tag => tag.startsWith(prefix)))
    && (selection.tagPatternList ?? []).every(pattern => own.some(tag => regExpOf(pattern).test(tag)));
}

export function regExpOf(pattern: string): RegExp {
  const literals = pattern.split('*').map(literal => literal.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literals.join('.*')}$`, 's');
}

export const isActing = ({ action }: Decision) => action !== 'KEEP';
