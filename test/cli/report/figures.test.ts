import { AT, generatedReading, OPTIONS } from './generated-readings';
import { foresee, NEVER } from '../../../cli/page/future';
import { figuresOf, ReportedImage } from '../../../cli/report/figures/image-figures';
import { policyFigures } from '../../../cli/report/figures/policy-figures';
import { quotasOf } from '../../../cli/report/figures/quotas';
import { totalsOf } from '../../../cli/report/figures/registry-totals';
import { repositoryRecord } from '../../../cli/report/figures/repository-figures';
import { sampleOf, thin } from '../../../cli/report/figures/sample';
import type { RepositoryRecord } from '../../../cli/report/repository-record';
import { parseLifecyclePolicy } from '../../../src/core/lifecycle/parse';
import { DAY } from '../../../src/core/lifecycle/simulate';
import { statesUntil } from '../../browser/oracle';

const readings = Array.from({ length: 400 }, (_, seed) => generatedReading(seed));
const records = readings.map(reading => repositoryRecord(reading, OPTIONS));
const imagesOf = (place: number) => readings[place].images ?? [];
const reportOf = (repositories: readonly RepositoryRecord[]) =>
  ({ account: '111111111111', at: AT, notPulledForDays: 90, registries: [], repositories, notes: [] });

const image = (details: Partial<ReportedImage> = {}): ReportedImage =>
  ({ digest: 'sha256:1', tags: [], storageClass: 'standard', pushedAt: AT - 100 * DAY, ...details });
const FIGURE_OPTIONS = { ...OPTIONS, isPublic: false };

/** Sums in the plainest way. */
function shareOf(images: readonly ReportedImage[], isCounted: (image: ReportedImage) => boolean) {
  const counted = images.filter(isCounted);
  return { count: counted.length, bytes: counted.map(({ sizeInBytes }) => sizeInBytes!).reduce((one, other) => one + other, 0) };
}

describe('the figures of a repository', () => {
  test('equal sums over its images', () => {
    records.forEach(({ images: figures }, place) => {
      const images = imagesOf(place);
      const { inUse } = readings[place];
      const times = (values: ReadonlyArray<number | undefined>) => values.filter(value => value !== undefined).sort((a, b) => a - b);
      expect(figures).toMatchObject({
        all: shareOf(images, () => true),
        archived: shareOf(images, ({ storageClass }) => storageClass === 'archive'),
        untagged: shareOf(images, ({ tags }) => tags.length === 0),
        notPulled: shareOf(images, ({ storageClass, pushedAt, lastActivatedAt = 0, lastRecordedPullTime = 0 }) =>
          storageClass === 'standard' && [pushedAt, lastActivatedAt, lastRecordedPullTime].every(time => time < AT - 90 * DAY)),
        mostTags: images.map(({ tags }) => tags.length).sort((a, b) => b - a)[0] ?? 0,
        aheadOfClock: 0,
      });
      expect(figures!.inUse).toBe(inUse === undefined ? undefined : images.filter(({ digest }) => inUse.has(digest)).length);
      expect(figures!.oldestPush).toBe(times(images.map(({ pushedAt }) => pushedAt))[0]);
      expect(figures!.newestPush).toBe(times(images.map(({ pushedAt }) => pushedAt)).pop());
      expect(figures!.lastPull).toBe(times(images.map(({ lastRecordedPullTime }) => lastRecordedPullTime)).pop());
    });
  });

  test('have months in order that add up to all images, each with the images of its calendar month in UTC', () => {
    records.forEach(({ images: figures }, place) => {
      const { months, all } = figures!;
      expect(months.map(({ month }) => month)).toEqual([...months.map(({ month }) => month)].sort());
      expect(months.reduce((sum, { count, bytes }) => ({ count: sum.count + count, bytes: sum.bytes + bytes }), { count: 0, bytes: 0 }))
        .toEqual(all);
      for (const { month, ...share } of months) {
        expect(share).toEqual(shareOf(imagesOf(place), ({ pushedAt }) => new Date(pushedAt).toISOString().startsWith(month)));
      }
    });
  });

  test('have the findings of the scanned image that was pushed last', () => {
    const old = image({ digest: 'old', findings: { HIGH: 5 } });
    const scanned = image({ digest: 'new', pushedAt: AT - DAY, findings: {} });
    const { scans } = figuresOf([scanned, image({ pushedAt: AT }), old], FIGURE_OPTIONS);
    expect(scans).toEqual({ scanned: 2, newest: { digest: 'new', findings: {} } });
    expect(figuresOf([image()], FIGURE_OPTIONS).scans).toEqual({ scanned: 0 });
  });

  test('of ECR Public have no pulls', () => {
    expect(figuresOf([image()], FIGURE_OPTIONS)).toHaveProperty('notPulled', { count: 1, bytes: 0 });
    expect(figuresOf([image()], { ...FIGURE_OPTIONS, isPublic: true })).not.toHaveProperty('notPulled');
  });

  test('count images that are ahead of the clock by more than 5 minutes when they are read', () => {
    const minutes = (count: number) => AT + count * 60_000;
    const images = [
      image({ pushedAt: minutes(4) }), image({ pushedAt: minutes(6) }), image({ lastRecordedPullTime: minutes(64) }),
      image({ lastRecordedPullTime: minutes(66) }),
    ];
    expect(figuresOf(images, FIGURE_OPTIONS).aheadOfClock).toBe(3);
    expect(figuresOf(images, { ...FIGURE_OPTIONS, readAt: minutes(60) }).aheadOfClock).toBe(1);
  });
});

describe('the effect of a policy', () => {
  test('equals daily simulations', () => {
    records.forEach(({ policy }, place) => {
      if (policy?.kind !== 'policy') return;
      const { rules } = parseLifecyclePolicy(policy.text);
      const states = statesUntil({ title: '', policyText: '', rules, images: imagesOf(place), at: AT }, 30);
      const { expiresNow, expiresWithin30Days, archivesWithin30Days } = policy.effect;
      expect([expiresNow.count, expiresWithin30Days.count, archivesWithin30Days.count])
        .toEqual([states[0].expired, states[30].expired, states[30].archived]);
    });
  });

  test('counts the images in use or pulled within 30 days that leave within 30 days', () => {
    const text = JSON.stringify({
      rules: [{
        rulePriority: 1,
        selection: { tagStatus: 'any', countType: 'sinceImagePushed', countNumber: 120, countUnit: 'days' },
        action: { type: 'expire' },
      }],
    });
    const images = [
      image({ digest: 'running' }), image({ lastRecordedPullTime: AT - 30 * DAY }), image({ lastRecordedPullTime: AT - 31 * DAY }),
      image({ pushedAt: AT - 80 * DAY, lastRecordedPullTime: AT }),
    ];
    const { figures } = policyFigures(text, images, { ...FIGURE_OPTIONS, inUse: new Set(['running']) });
    expect(figures).toMatchObject({
      endangered: 2,
      effect: { expiresNow: { count: 0 }, expiresWithin30Days: { count: 3 }, nextDay: 21 },
      warnings: [{ code: 'lifecycle-expires-everything' }],
    });
  });

  test('is unknown for a policy that this version cannot parse, and absent without a policy', () => {
    const selection = { tagStatus: 'any', countType: 'sinceNew', countNumber: 1 };
    const text = JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: 'expire' } }] });
    expect(policyFigures(text, [], FIGURE_OPTIONS).figures)
      .toMatchObject({ kind: 'unknown', text, reason: expect.stringContaining('sinceNew') });
    expect(policyFigures(undefined, [], FIGURE_OPTIONS)).toEqual({ figures: { kind: 'none' } });
    const unread = { ...readings[0], images: undefined };
    expect(repositoryRecord({ ...unread, policyText: null }, OPTIONS).policy).toEqual({ kind: 'none' });
    expect(repositoryRecord({ ...unread, policyText: undefined }, OPTIONS)).not.toHaveProperty('policy');
    expect(repositoryRecord(unread, OPTIONS)).not.toHaveProperty('recommendation');
  });

  test('is unknown if the images could not be read', () => {
    const selection = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 };
    const text = JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: 'expire' } }] });
    expect(repositoryRecord({ ...readings[0], images: undefined, policyText: text }, OPTIONS).policy)
      .toEqual({ kind: 'unknown', text, reason: 'The images could not be read.' });
  });
});

describe('a sample', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => image({ digest: `${index}`, pushedAt: AT - index * DAY }));
  const inUse = new Set(['3', '501', '998']);
  const digests = (sample: ReadonlyArray<{ readonly digest: string }>) => sample.map(({ digest }) => digest);

  test('has all images by push if they are not too many, with what the policies do to them', () => {
    records.forEach(({ images: figures, policy, recommendation }, place) => {
      const expected = [...imagesOf(place)].sort((one, other) => one.pushedAt - other.pushedAt);
      expect(digests(figures!.sample)).toEqual(digests(expected));
      const fates = figures!.sample.flatMap(({ fate }) => fate?.expiryDay === 0 ? [fate] : []);
      expect(fates.length).toBe(policy?.kind === 'policy' ? policy.effect.expiresNow.count : 0);
      const next = figures!.sample.filter(({ recommendedFate: { archiveDay = 99, expiryDay = 99 } = {} }) =>
        Math.min(archiveDay, expiryDay) <= 30);
      const { expiresWithin30Days: expires, archivesWithin30Days: archives } = recommendation?.kind === 'policy' ? recommendation.effect
        : { expiresWithin30Days: { count: 0 }, archivesWithin30Days: { count: 0 } };
      expect(next.length).toBe(expires.count + archives.count);
    });
  });

  test('has every fourth of too many images, the newest one, and all in use', () => {
    const sample = digests(sampleOf(many, { inUse, at: AT }, 300));
    const others = many.filter(({ digest }) => !inUse.has(digest)).filter((_, index) => index % 4 === 0);
    const expected = many.filter(each => others.includes(each) || inUse.has(each.digest));
    expect(sample).toEqual(digests(expected).reverse());
  });

  test('has all images in use even if they are more than the limit', () => {
    const all = new Set(digests(many));
    expect(sampleOf(many, { inUse: all, at: AT }, 10)).toHaveLength(1_000);
  });

  test('has the images that a policy endangers', () => {
    const live = many.map((_, index) => ({ ...foresee([], [many[index]], AT)[0], expiryDay: index % 100 === 7 ? 5 : NEVER }));
    const pulled = many.map(each => ({ ...each, lastRecordedPullTime: AT - 29 * DAY }));
    const endangered = digests(many.filter((_, index) => index % 100 === 7));
    expect(digests(sampleOf(pulled, { live, at: AT }, 20))).toEqual(expect.arrayContaining(endangered));
    expect(digests(sampleOf(pulled, { live, at: AT + 2 * DAY }, 20))).not.toEqual(expect.arrayContaining(endangered));
  });

  test('has at most three tags of an image, and their number', () => {
    expect(sampleOf([image({ tags: ['a', 'b', 'c', 'd'] })], { at: AT }, 1)).toMatchObject([{ tags: ['a', 'b', 'c'], tagCount: 4 }]);
  });
});

describe('thinning', () => {
  const sampleSize = (list: readonly RepositoryRecord[]) => list.reduce((sum, { images }) => sum + (images?.sample.length ?? 0), 0);

  test('keeps the budget, the newest image of each repository, images in use, the order, and all figures', () => {
    for (const budget of [9_000, 3_000, 1_000]) {
      const thinned = thin(records, budget);
      expect(sampleSize(thinned)).toBeLessThanOrEqual(budget);
      expect(thinned.map(record => ({ ...record, images: { ...record.images, sample: [] } })))
        .toEqual(records.map(record => ({ ...record, images: { ...record.images, sample: [] } })));
      thinned.forEach(({ images }, place) => {
        const { sample } = records[place].images!;
        expect(images!.sample).toEqual(sample.filter(each => images!.sample.includes(each)));
        expect(images!.sample[images!.sample.length - 1]).toBe(sample[sample.length - 1]);
        expect(images!.sample.filter(({ isInUse }) => isInUse)).toEqual(sample.filter(({ isInUse }) => isInUse));
      });
    }
  });

  test('leaves small samples complete as long as larger ones can be halved', () => {
    const sizes = thin(records, Math.floor(sampleSize(records) / 2)).map(({ images }) => images!.sample.length);
    records.forEach(({ images }, place) => { if (images!.sample.length <= 12) expect(sizes[place]).toBe(images!.sample.length); });
  });

  test('ends if the budget is less than the number of repositories', () => {
    const thinned = thin(records, 0);
    const isMinimal = ({ images }: RepositoryRecord) => images!.sample.slice(0, -1).every(({ isInUse }) => isInUse);
    expect(thinned.every(isMinimal)).toBe(true);
  });

  test('changes nothing within the budget', () => {
    expect(thin(records, sampleSize(records))).toEqual(records);
  });
});

describe('quotas', () => {
  test('name the repository that uses most, and whether the quota can be raised', () => {
    const [most] = [...records].sort((one, other) => other.images!.all.count - one.images!.all.count);
    const quotas = quotasOf(records);
    expect(quotas).toMatchObject([
      { name: 'Repositories per registry', used: 400, limit: 100_000, isAdjustable: true },
      { name: 'Images per repository', used: most.images!.all.count, repository: most.name, limit: 100_000, isAdjustable: true },
      { name: 'Tags per image', used: 2, limit: 1_000, isAdjustable: false },
    ]);
    expect(quotas[0]).not.toHaveProperty('repository');
  });

  test('of ECR Public allow 10,000 repositories, also in an empty registry', () => {
    expect(quotasOf([], 'public')[0]).toMatchObject({ used: 0, limit: 10_000 });
    expect(quotasOf([{ ...records[0], registry: 'public' }])[0].limit).toBe(10_000);
  });
});

describe('the totals of a report', () => {
  const totals = totalsOf(reportOf(records));
  const all = readings.flatMap(({ images = [] }) => images);

  test('equal sums over all images, and the months have no gaps', () => {
    expect(totals).toMatchObject({
      repositories: 400,
      images: shareOf(all, () => true),
      untagged: shareOf(all, ({ tags }) => tags.length === 0),
      archived: shareOf(all, ({ storageClass }) => storageClass === 'archive'),
      scanned: all.filter(({ findings }) => findings !== undefined).length,
    });
    expect(totals.months.reduce((sum, { count }) => sum + count, 0)).toBe(all.length);
    totals.months.slice(1).forEach(({ month }, place) => {
      const previous = new Date(`${totals.months[place].month}-01T00:00:00Z`);
      expect(month).toBe(new Date(Date.UTC(previous.getUTCFullYear(), previous.getUTCMonth() + 1)).toISOString().slice(0, 7));
    });
  });

  test('count repositories by their policy, owner, and problems', () => {
    const broken = { ...records[0], images: undefined, policy: undefined, recommendation: undefined, problems: ['denied'] };
    const withBroken = totalsOf(reportOf([...records, broken, { ...records[1], policy: { kind: 'unknown', text: '', reason: '' } }]));
    expect(withBroken).toMatchObject({
      repositories: 402, withProblems: 1, withUnknownPolicy: 1, withoutPolicy: totals.withoutPolicy,
    });
    expect(totals).toMatchObject({
      emptyRepositories: readings.filter(({ images = [] }) => images.length === 0).length,
      withoutPolicy: readings.filter(({ policyText }) => policyText === null).length,
      keptOutsideStacks: readings.filter(({ owner }) => owner.kind === 'kept').length,
      withProblems: 0,
    });
    expect(totals.endangering).toBe(records.filter(({ policy }) => policy?.kind === 'policy' && policy.endangered > 0).length);
    expect(totals.endangering).toBeGreaterThan(0);
    expect(totals.recommended.repositories).toBe(records.filter(({ recommendation }) => recommendation?.kind === 'policy').length);
  });

  test('have the number of images in use only if it is known of all private repositories', () => {
    const searched = readings.filter(({ inUse }) => inUse);
    const inUse = searched.flatMap(({ images = [], inUse: digests }) => images.filter(({ digest }) => digests!.has(digest))).length;
    const known = records.filter(({ images }) => images?.inUse !== undefined);
    const unread = { ...records[0], images: undefined };
    const gallery = repositoryRecord({ ...readings[0], registry: 'public', inUse: undefined }, OPTIONS);
    expect([inUse > 0, totalsOf(reportOf([...known, unread, gallery])).inUse]).toEqual([true, inUse]);
    const uncounted = repositoryRecord({ ...searched[0], isUseIncomplete: true, isUseUncounted: true }, OPTIONS);
    expect(totalsOf(reportOf([...known, uncounted]))).not.toHaveProperty('inUse');
  });

  test('of a report without repositories are zero', () => {
    expect(totalsOf(reportOf([]))).toMatchObject({ repositories: 0, images: { count: 0, bytes: 0 }, months: [] });
    expect(totalsOf(reportOf([]))).not.toHaveProperty('inUse');
  });
});
