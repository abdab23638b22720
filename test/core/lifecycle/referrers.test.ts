import fc from 'fast-check';
import { check, isActing, NOW, policies, repositories } from './arbitraries';
import { referrerWarnings } from '../../../src/core/lifecycle/referrers';
import type { Rule, Selection } from '../../../src/core/lifecycle/rule';
import { actingRule, DAY, SimulatedImage, simulateLifecycle } from '../../../src/core/lifecycle/simulate';

const EXPIRE = { type: 'expire' } as const;
const ARCHIVE = { type: 'transition', targetStorageClass: 'archive' } as const;
const rule = (rulePriority: number, selection: Partial<Selection>, action: Rule['action'] = EXPIRE): Rule =>
  ({ rulePriority, selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1, ...selection }, action });
const older = (countNumber: number): Partial<Selection> => ({ countType: 'sinceImagePushed', countUnit: 'days', countNumber });
const tagged = (pattern: string): Partial<Selection> => ({ tagStatus: 'tagged', tagPatternList: [pattern] });
const UNTAGGED: Partial<Selection> = { tagStatus: 'untagged' };
const longArchived: Partial<Selection> =
  { countType: 'sinceImageTransitioned', countUnit: 'days', storageClass: 'archive', countNumber: 90 };

const image = (digest: string, daysAgo: number, more: Partial<SimulatedImage> = {}): SimulatedImage =>
  ({ digest, tags: [], storageClass: 'standard', pushedAt: NOW - daysAgo * DAY, ...more });
const archived = (digest: string, daysAgo: number, more: Partial<SimulatedImage> = {}) =>
  image(digest, 1_000, { storageClass: 'archive', lastArchivedAt: NOW - daysAgo * DAY, ...more });
const V1 = image('v1', 30.2, { tags: ['v1'] });
const SIGNATURE = image('signature', 30.1, { subject: 'v1' });
const SBOM = image('sbom', 30, { subject: 'v1' });

const outcomes = (rules: readonly Rule[], images: readonly SimulatedImage[]) =>
  Object.fromEntries(simulateLifecycle(rules, images, NOW).map((decision, index) =>
    [images[index].digest, [decision.action, actingRule(decision)?.rulePriority].filter(part => part !== undefined).join(' ')]));
const warnings = (rules: readonly Rule[], images: readonly SimulatedImage[]) =>
  referrerWarnings(images, simulateLifecycle(rules, images, NOW)).map(({ code, message }) => `${code}: ${message}`);

describe('a reference artifact', () => {
  test.each<[string, Rule[], SimulatedImage[], Record<string, string>]>([
    ['expires with its subject, whatever its own rule says', [rule(1, {})], [V1, SIGNATURE, SBOM],
      { v1: 'EXPIRE 1', signature: 'EXPIRE 1', sbom: 'EXPIRE 1' }],
    ['expires with its subject, also where no rule selects it', [rule(4, { ...tagged('v*'), ...older(5) })], [V1, SIGNATURE],
      { v1: 'EXPIRE 4', signature: 'EXPIRE 4' }],
    ['stays with its subject', [rule(4, { ...tagged('v*'), ...older(50) })], [V1, SIGNATURE], { v1: 'KEEP', signature: 'KEEP' }],
    ['is archived with its subject', [rule(4, { ...tagged('v*'), ...older(5) }, ARCHIVE)], [V1, SIGNATURE],
      { v1: 'ARCHIVE 4', signature: 'ARCHIVE 4' }],
    ['that is archived already is not archived again', [rule(4, { ...tagged('v*'), ...older(5) }, ARCHIVE)],
      [V1, archived('signature', 3, { subject: 'v1' })], { v1: 'ARCHIVE 4', signature: 'KEEP' }],
    ['expires in the archive with its subject', [rule(4, { ...tagged('v*'), ...longArchived })],
      [archived('v1', 100, { tags: ['v1'] }), archived('signature', 100, { subject: 'v1' })], { v1: 'EXPIRE 4', signature: 'EXPIRE 4' }],
    ['that its own rule archives expires with its subject',
      [rule(1, { ...tagged('v*'), ...older(5) }), rule(2, { ...UNTAGGED, ...older(5) }, ARCHIVE)], [V1, SIGNATURE],
      { v1: 'EXPIRE 1', signature: 'EXPIRE 1' }],
    ['expires by its own rule while its subject stays', [rule(1, { ...UNTAGGED, ...older(1) })], [V1, SIGNATURE],
      { v1: 'KEEP', signature: 'EXPIRE 1' }],
    ['of a reference artifact goes with the image of both', [rule(4, { ...tagged('v*'), ...older(5) })],
      [image('signature of the sbom', 1, { subject: 'sbom' }), SBOM, V1],
      { 'v1': 'EXPIRE 4', 'sbom': 'EXPIRE 4', 'signature of the sbom': 'EXPIRE 4' }],
    ['whose subject is not in the repository is an image like others', [rule(1, { ...UNTAGGED, ...older(50) })], [SIGNATURE],
      { signature: 'KEEP' }],
    ['stays while an index holds its subject', [rule(1, { ...UNTAGGED, ...older(5) })],
      [image('index', 30, { tags: ['v1'], manifests: ['child'] }), image('child', 30), image('signature', 3, { subject: 'child' })],
      { index: 'KEEP', child: 'EXPIRE 1', signature: 'KEEP' }],
    ['that refers to itself, which no digest can, ends', [rule(1, older(50))],
      [image('A', 9, { subject: 'B' }), image('B', 9, { subject: 'A' })], { A: 'KEEP', B: 'KEEP' }],
  ])('%s', (_name, rules, images, expected) => {
    expect(outcomes(rules, images)).toEqual(expected);
  });

  const INDEX = image('index', 30, { tags: ['sha256-v1'], manifests: ['signature'] });

  test.each<[string, Rule[]]>([
    ['its subject goes', [rule(4, { ...tagged('v*'), ...older(5) })]],
    ['its own rule expires it', [rule(4, { ...UNTAGGED, ...older(5) })]],
    ['its own rule archives it and its subject expires', [
      rule(4, { ...tagged('v*'), ...older(5) }), rule(5, { ...UNTAGGED, ...older(5) }, ARCHIVE),
    ]],
  ])('is kept by a kept index that refers to it where %s', (_case, rules) => {
    const [, signature, sbom] = simulateLifecycle(rules, [V1, SIGNATURE, SBOM, INDEX], NOW);
    expect(signature).toMatchObject({ action: 'EXPIRE', blockedBy: ['index'] });
    expect(signature.reason).toMatch(/; but ECR cannot do so while an index that is kept refers to it \(index\)/);
    expect(sbom).toMatchObject({ action: 'EXPIRE', blockedBy: [] });
  });

  test('to which an index refers is removed with its subject if the index is removed too', () => {
    const [, signature] = simulateLifecycle([rule(4, { ...tagged('*v1'), ...older(5) })], [V1, SIGNATURE, INDEX], NOW);
    expect(signature).toMatchObject({ action: 'EXPIRE', blockedBy: [] });
  });

  test('of an artifact that an index keeps is kept with it', () => {
    const further = image('signature of the signature', 1, { subject: 'signature' });
    const decisions = simulateLifecycle([rule(4, { ...tagged('v*'), ...older(5) })], [V1, SIGNATURE, INDEX, further], NOW);
    expect(decisions[3]).toMatchObject({ action: 'KEEP', blockedBy: [] });
  });

  test('that is removed with its subject has this reason, after the reason of its own rule', () => {
    expect(simulateLifecycle([rule(1, {})], [V1, SBOM], NOW)[1].reason)
      .toBe('rule 1: number 1 of 2 from the newest, within the limit of 1; but ECR expires it with its subject, by rule 1 (v1)');
  });

  test('never outlives its subject, and changes nothing for other images', () => {
    let followers = 0;
    const anyReferences = fc.array(fc.nat({ max: 99 }), { minLength: 10, maxLength: 10 });
    check(fc.property(policies, repositories, anyReferences, (rules, plain, references) => {
      const images = plain.map((one, index) =>
        index === 0 || references[index] % 2 === 0 ? one : { ...one, subject: plain[references[index] % index].digest });
      const before = simulateLifecycle(rules, plain, NOW);
      simulateLifecycle(rules, images, NOW).forEach((decision, index) => {
        const { subject } = images[index];
        const leading = images.findIndex(({ digest }) => digest === subject);
        if (leading < 0) expect(decision).toEqual(before[index]);
        else if (simulateLifecycle(rules, images, NOW)[leading].action === 'EXPIRE') expect(decision.action).toBe('EXPIRE');
        if (decision.followedRule) followers++;
        else expect(decision).toEqual(before[index]);
        expect(isActing(decision)).toBe(actingRule(decision) !== undefined);
      });
    }), 300);
    expect(followers).toBeGreaterThan(50);
  });
});

describe('a warning', () => {
  test('reports reference artifacts that an untagged rule removes from a kept image', () => {
    expect(warnings([rule(1, { ...UNTAGGED, ...older(1) })], [V1, SIGNATURE, SBOM])).toEqual([
      'lifecycle-expires-referrers: rule 1 would expire 2 reference artifacts (signatures, SBOMs, attestations) of images that are kept,'
        + ' such as signature of v1. A rule cannot distinguish them from images. Limit the rule to tags, or let it act later than the'
        + ' rules for the images'
      + ' that they belong to',
    ]);
  });

  test('tells of reference artifacts that a rule counts instead of images', () => {
    expect(warnings([rule(1, {})], [V1, SIGNATURE, SBOM])).toEqual([
      'lifecycle-counts-referrers: rule 1 counts 1 reference artifact (signatures, SBOMs, attestations) among its newest 1, and would'
      + ' therefore expire 1 more image. Raise its countNumber, or limit the rule to tags',
    ]);
  });

  test.each<[string, Rule[], SimulatedImage[]]>([
    ['images without reference artifacts', [rule(1, { ...UNTAGGED, ...older(1) })], [V1, image('A', 30)]],
    ['reference artifacts that go with their image', [rule(1, older(1))], [V1, SIGNATURE]],
    ['reference artifacts whose image is not there', [rule(1, older(1))], [SIGNATURE]],
    ['a count that is not reached', [rule(1, { countNumber: 3 })], [V1, SIGNATURE, SBOM]],
  ])('is not given for %s', (_name, rules, images) => {
    expect(warnings(rules, images)).toEqual([]);
  });
});
