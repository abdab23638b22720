import { addressOf, parseAddress } from '../../cli/report/page/address';
import { simulateCommand } from '../../cli/report/page/opened/policy-sections';
import { barsOf } from '../../cli/report/page/overview/months';
import { packWithin } from '../../cli/report/page/packing/fit';
import { pack, unpack } from '../../cli/report/page/packing/pack';
import { packReport, unpackReport } from '../../cli/report/page/packing/pack-report';
import { packSample, unpackSample } from '../../cli/report/page/packing/pack-sample';
import type { RegistryReport } from '../../cli/report/registry-report';
import type { RepositoryRecord, SampledImage } from '../../cli/report/repository-record';
import { registry } from '../browser/registries';

const MINUTE = 60_000;

/** Returns what the page may show of a report: short digests, and times in whole minutes. */
function shortened(report: RegistryReport): unknown {
  const repositories = report.repositories.map(({ images, ...record }) => ({
    ...record, ...images && { images: { ...images, sample: images.sample.map(shortenedImage) } },
  }));
  return JSON.parse(JSON.stringify({ ...report, repositories }));
}

function shortenedImage(whole: SampledImage): SampledImage {
  const minute = (moment: number) => Math.floor(moment / MINUTE) * MINUTE;
  return {
    ...whole,
    digest: whole.digest.slice(0, 'sha256:'.length + 12),
    pushedAt: minute(whole.pushedAt),
    ...whole.pulledAt === undefined ? {} : { pulledAt: minute(whole.pulledAt) },
  };
}

function image(fields: Partial<SampledImage>): SampledImage {
  return { digest: `sha256:${'ab'.repeat(32)}`, tags: [], tagCount: 0, pushedAt: Date.UTC(2026, 0, 5, 12), ...fields };
}

describe('the data of the page of a registry', () => {
  it('is the report again after it is unpacked, with short digests and whole minutes', () => {
    const report = registry(200);
    const text = JSON.stringify(packReport(report));
    expect(JSON.parse(JSON.stringify(unpackReport(JSON.parse(text))))).toEqual(shortened(report));
    expect(text.length).toBeLessThan(JSON.stringify(report).length / 3);
  });

  it.each([
    ['an image without tags, pulls, or size', [image({})]],
    ['more tags than are shown', [image({ tags: ['a', 'b'], tagCount: 7 })]],
    ['tags with the characters that separate images', [
      image({ tags: ['a,b;c+d%e', '%41'], tagCount: 2 }), image({ tags: ['='], tagCount: 1 }),
    ]],
    ['a tag without text', [image({ tags: ['a', ''], tagCount: 2 })]],
    ['times before 1970, out of order, and a pull before the push', [
      image({ pushedAt: -5 * MINUTE }), image({ pushedAt: Date.UTC(2026, 0), pulledAt: Date.UTC(2025, 0) }), image({ pushedAt: 0 }),
    ]],
    ['an archived image in use', [image({ isArchived: true, isInUse: true, bytes: 0 })]],
    ['every kind of fate', [
      image({ fate: { rule: 0 } }), image({ fate: { rule: 49, archiveDay: 0 } }), image({ fate: { rule: 1, expiryDay: 0 } }),
      image({ fate: { rule: 2, archiveDay: 1, expiryDay: 36_500 }, recommendedFate: { rule: 0, expiryDay: 3 } }),
    ]],
    ['no images', []],
  ])('keeps %s', (_, sample) => {
    expect(unpackSample(packSample(sample))).toEqual(sample.map(shortenedImage));
  });

  it.each(['sha512:</script>,;', 'sha256:short', ''])('keeps the digest %j, which is none of SHA-256, as it is', digest => {
    expect(unpackSample(packSample([image({ digest })]))[0].digest).toBe(digest);
  });

  it.each([
    [null], [true], [1.5], [''], ['='], ['=a'], [[]], [{}], [['a', 'a', ['a']]], [{ a: { b: [{ b: 'x' }, { b: 'x' }] }, c: null }],
    [JSON.parse('{"__proto__":{"a":1},"constructor":"constructor"}') as unknown],
  ])('packs %j without loss', value => {
    expect(JSON.stringify(unpack(JSON.parse(JSON.stringify(pack(value)))))).toBe(JSON.stringify(value));
  });

  it('leaves images out of the timelines if it would be too large, and says so', () => {
    const report = registry(200);
    const limit = JSON.stringify(packReport(report)).length * 0.7;
    const packed = packWithin(report, limit);
    expect(JSON.stringify(packed).length).toBeLessThanOrEqual(limit);
    const { repositories, notes } = unpackReport(packed);
    const shown = repositories.reduce((sum, { images }) => sum + (images?.sample.length ?? 0), 0);
    expect(shown).toBeGreaterThan(500);
    expect(notes).toEqual([...report.notes, `The timelines of this page show ${shown.toLocaleString('en-US')} images, so that the page is`
      + ' smaller than 20 MB.']);
  });

  it('is complete if only the repositories are too large', () => {
    const packed = packWithin(registry(20), 10);
    expect(unpackReport(packed).repositories).toHaveLength(20);
  });
});

describe('the page of a registry', () => {
  it.each([['eu-central-1', 'team/app'], ['public', 'a b/ü#%?/</script>'], ['us-east-1', '']])('addresses %s %s', (region, name) => {
    expect(parseAddress(addressOf({ registry: region, name }))).toEqual({ registry: region, name });
  });

  it.each(['', '#repositories', '#repository/%E0%A4%A'])('reads no repository from the address %j', hash => {
    expect(parseAddress(hash)).toBeUndefined();
  });

  it.each([
    ['team/app', 'npx cdk-ecr-keeper simulate --repository team/app --region eu-central-1 --html app.html'],
    ['it\'s $(x)', 'npx cdk-ecr-keeper simulate --repository \'it\'\\\'\'s $(x)\' --region eu-central-1 --html it-s-x-.html'],
  ])('quotes %s for a shell', (name, command) => {
    const record = registry(20).repositories.find(({ policy }) => policy?.kind === 'policy')!;
    expect(simulateCommand({ ...record, name, registry: 'eu-central-1' })).toBe(command);
  });

  it('shows at least a year of months, and puts the months before the last 48 into one bar', () => {
    const record = (months: ReadonlyArray<readonly [string, number]>): RepositoryRecord => {
      const [first] = registry(20).repositories.filter(({ images, policy }) => images && policy?.kind === 'none');
      return { ...first, images: { ...first.images!, months: months.map(([month, count]) => ({ month, count, bytes: count * 10 })) } };
    };
    expect(barsOf([])).toEqual([]);
    const year = barsOf([record([['2026-01', 3]])]);
    expect([year.length, year[0].month, year[11].month, year[11].total]).toEqual([12, '2025-02', '2026-01', { count: 3, bytes: 30 }]);
    const decade = barsOf([record([['2016-07', 1], ['2022-02', 2], ['2022-03', 4]]), record([['2026-01', 8]])]);
    expect(decade).toHaveLength(48);
    expect([decade[0].month, decade[0].isEarlier, decade[0].parts['no-policy'].count]).toEqual(['2022-02', true, 3]);
    expect([decade[1].isEarlier, decade[1].total.count, decade[47].total.count]).toEqual([false, 4, 8]);
  });
});
