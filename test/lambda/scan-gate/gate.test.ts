import { PutImageCommand } from '@aws-sdk/client-ecr';
import { Duration } from 'aws-cdk-lib';
import { finding, GateScene, hexOf, letThrough, many, refused } from './scene';
import type { FindingLimits } from '../../../src';
import type { FakeFinding } from '../../local-ecr/local-ecr';
import { Scans } from '../../local-ecr/scans';
import { clientOf } from '../../local-ecr/test-client';

const SEVERITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFORMATIONAL', 'UNTRIAGED'] as const;

let scene: GateScene;
beforeEach(async () => { scene = await GateScene.start(); });
afterEach(() => scene.stop());

describe('a scan', () => {
  test('that has ended is read, and none is started', async () => {
    scene.ecr.recreate('app', { scanOnPush: true });
    Object.assign(scene.ecr, { scanPolls: 0 });
    const { digest } = scene.image();
    scene.finds(digest, finding('CVE-1', 'LOW'));
    expect(letThrough(await scene.create())).toMatchObject({ ImageDigestHex: hexOf(digest), LOW: '1' });
    expect(scene.calls('StartImageScan')).toEqual([]);
    expect(scene.calls('DescribeImageScanFindings')).toHaveLength(1);
  });

  test('that there never was is started, and waited for', async () => {
    scene.ecr.scanPolls = 7;
    const { digest } = scene.image();
    scene.finds(digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('CVE-1');
    expect(scene.calls('StartImageScan').map(({ input }) => input.imageId)).toEqual([{ imageDigest: digest }]);
    expect(scene.calls('DescribeImageScanFindings')).toHaveLength(8);
  });

  test('that goes on is waited for, and none is started', async () => {
    scene.ecr.recreate('app', { scanOnPush: true });
    scene.ecr.scanPolls = 5;
    const { digest } = scene.image();
    scene.finds(digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('CVE-1');
    expect(scene.calls('StartImageScan')).toEqual([]);
  });

  test('by digest is the same', async () => {
    const [bad, good] = [scene.image({ tags: [] }).digest, scene.image({ tags: [] }).digest];
    scene.finds(bad, finding('CVE-1'));
    expect(refused(await scene.create({ tagOrDigest: bad }))).toContain('CVE-1');
    expect(letThrough(await scene.create({ tagOrDigest: good }))).toMatchObject({ ImageDigestHex: hexOf(good), Summary: 'no findings' });
  });

  test('of an image of Docker is the same', async () => {
    const { digest } = scene.image({ format: 'docker' });
    scene.finds(digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('CVE-1');
  });

  test('is of the image that the tag pointed to at first', async () => {
    const { digest } = scene.image({ seed: 1 });
    const bad = scene.image({ seed: 2, tags: ['other'] }).digest;
    scene.finds(bad, finding('CVE-1'));
    scene.after('DescribeImages', () => { scene.image({ seed: 2 }); });
    expect(letThrough(await scene.create())).toMatchObject({ ImageDigestHex: hexOf(digest) });
    expect(scene.judged()).toEqual([digest]);
  });
});

describe('a basic scan that is complete', () => {
  const scannedOnPush = async (age: Duration) => {
    scene.ecr.recreate('app', { scanOnPush: true });
    const { digest } = scene.image({ pushedAt: new Date(-age.toMilliseconds()) });
    await scene.scannedAgo(age);
    scene.finds(digest, finding('CVE-2026-1'));
    return digest;
  };
  const started = () => scene.calls('StartImageScan').map(({ input }) => input.imageId);

  test('is repeated once it is older than 24 hours, and what it finds now counts', async () => {
    const digest = await scannedOnPush(Duration.hours(25));
    expect(refused(await scene.create())).toContain('CVE-2026-1');
    expect(started()).toEqual([{ imageDigest: digest }]);
  });

  test('is used while it is not older than 24 hours, and no scan is started', async () => {
    await scannedOnPush(Duration.hours(24));
    letThrough(await scene.create());
    expect(started()).toEqual([]);
  });

  test('is used for as long as maxScanAge says, and repeated after that', async () => {
    await scannedOnPush(Duration.days(6));
    letThrough(await scene.create({ maxScanAge: Duration.days(7) }));
    expect(started()).toEqual([]);
    expect(refused(await scene.create({ maxScanAge: Duration.days(5) }))).toContain('CVE-2026-1');
  });

  test('does not pass while it is too old and ECR starts no other one, and the reason has ECR\'s words', async () => {
    await scannedOnPush(Duration.days(3));
    jest.spyOn(Scans.prototype, 'startedAt').mockReturnValue(0);
    expect(refused(await scene.create({ timeout: Duration.minutes(1) }))).toMatch(
      /is not finished \(the last one, of 1969-12-29T00:00:00\.000Z, is too old, and ECR starts no other: The scan quota per image has been/);
    jest.restoreAllMocks();
  });

  test('is judged image by image of an index: the one that is too old is repeated', async () => {
    scene.ecr.recreate('app', { scanOnPush: true });
    const { images } = scene.index({ images: 2, pushedAt: new Date(-Duration.hours(30).toMilliseconds()) });
    await scene.scannedAgo(Duration.hours(30), images[0].digest);
    await scene.scannedAgo(Duration.hours(20), images[1].digest);
    for (const { digest } of images) scene.finds(digest, finding('CVE-2026-1'));
    expect(refused(await scene.create())).toContain('CVE-2026-1');
    expect(started()).toEqual([{ imageDigest: images[0].digest }]);
  });
});

describe('limits', () => {
  test.each(SEVERITIES)('of %s: at it and below it is let through, above it is not', async severity => {
    const { digest } = scene.image();
    const limits: FindingLimits = { critical: 0, high: 0, [severity.toLowerCase()]: 3 };
    Object.assign(scene.ecr, { scanPolls: 0 });
    scene.ecr.scanning('ENHANCED');
    for (const [count, isLetThrough] of [[0, true], [2, true], [3, true], [4, false]] as const) {
      scene.finds(digest, ...many(count, severity));
      const { answer } = await scene.create({ limits });
      expect([count, answer.Status]).toEqual([count, isLetThrough ? 'SUCCESS' : 'FAILED']);
    }
  });

  test('0 lets none through, and what is not named any number, but for critical findings and those of high severity', async () => {
    const { digest } = scene.image();
    scene.finds(digest, ...(['MEDIUM', 'INFORMATIONAL', 'UNTRIAGED'] as const).flatMap(severity => many(30, severity)));
    expect(letThrough(await scene.create({ limits: { low: 0 } }))).toMatchObject({ MEDIUM: '30', LOW: '0', UNTRIAGED: '30' });
  });

  test.each<[string, FindingLimits, FakeFinding['severity']]>([
    ['a limit for high leaves the one for critical at 0', { high: 5 }, 'CRITICAL'],
    ['a limit for medium leaves the one for critical at 0', { medium: 0 }, 'CRITICAL'],
    ['a limit for medium leaves the one for high at 0', { medium: 0 }, 'HIGH'],
    ['no limits at all leave the one for critical at 0', {}, 'CRITICAL'],
  ])('%s', async (_what, limits, severity) => {
    scene.finds(scene.image().digest, finding('CVE-1', severity));
    expect(refused(await scene.create({ limits }))).toContain(`1 ${severity} finding (at most 0)`);
  });

  test.each([
    ['CRITICAL', 'FAILED'], ['HIGH', 'FAILED'], ['MEDIUM', 'SUCCESS'], ['LOW', 'SUCCESS'], ['INFORMATIONAL', 'SUCCESS'],
    ['UNTRIAGED', 'SUCCESS'],
  ] as const)('by default one that is %s is a %s', async (severity, Status) => {
    scene.finds(scene.image().digest, finding('CVE-1', severity));
    expect((await scene.create()).answer.Status).toBe(Status);
  });

  test('a finding counts for its own severity only', async () => {
    scene.finds(scene.image().digest, ...many(5, 'CRITICAL'));
    letThrough(await scene.create({ limits: { critical: 5, high: 0, medium: 0 } }));
  });

  test('the same vulnerability in another package counts again', async () => {
    const packages = ['zlib', 'bash', 'zlib'].map(name => [{ name, version: '1' }]);
    scene.finds(scene.image().digest, ...packages.map(each => finding('CVE-1', 'HIGH', { packages: each })));
    expect(letThrough(await scene.create({ limits: { high: 2 } }))).toMatchObject({ HIGH: '2' });
  });
});

describe('what is ignored', () => {
  // the clock of the function begins with 1970
  const later = new Date('2030-01-01');

  test('does not count until its time, and is counted by itself', async () => {
    scene.finds(scene.image().digest, finding('CVE-1'), finding('CVE-2', 'LOW'));
    expect(letThrough(await scene.create({ ignored: [{ name: 'CVE-1', until: later }] })))
      .toMatchObject({ CRITICAL: '0', LOW: '1', IGNORED: '1', Summary: '1 LOW, 1 ignored' });
  });

  test.each([['earlier', new Date(-1)], ['now', new Date(0)]])('counts from its time on: %s', async (_when, until) => {
    scene.finds(scene.image().digest, finding('CVE-1'));
    const reason = refused(await scene.create({ ignored: [{ name: 'CVE-1', until }] }));
    expect(reason).toContain('CVE-1');
    expect(reason).toContain('no longer ignored');
  });

  test('in every package, but no other one', async () => {
    const packages = ['zlib', 'bash'].map(name => [{ name, version: '1' }]);
    scene.finds(scene.image().digest, ...packages.map(each => finding('CVE-1', 'HIGH', { packages: each })), finding('CVE-11', 'HIGH'));
    expect(letThrough(await scene.create({ limits: { high: 1 }, ignored: [{ name: 'CVE-1', until: later }] })))
      .toMatchObject({ HIGH: '1', IGNORED: '2' });
  });

  test('and is not found does nothing', async () => {
    scene.image();
    expect(letThrough(await scene.create({ ignored: [{ name: 'CVE-1', until: later }] })))
      .toMatchObject({ IGNORED: '0', Summary: 'no findings' });
  });
});

describe('the message', () => {
  test('says which image, how many, which are the first, and where to read the rest', async () => {
    const { digest } = scene.image();
    scene.finds(
      digest, ...many(7, 'HIGH'), finding('CVE-WORST', 'CRITICAL', { packages: [{ name: 'zlib', version: '1.2' }] }), ...many(3, 'LOW'),
    );
    const reason = refused(await scene.create({ limits: { critical: 0, high: 5 } }));
    expect(reason).toMatch(/^Repository 'app': the image build-1 \(sha256:[0-9a-f]{64}\) is not let through, it has 1 CRITICAL finding \(at most 0\), 7 HIGH findings \(at most 5\): CVE-WORST/);
    expect(reason).toMatch(/CVE-WORST CRITICAL in zlib 1\.2/);
    expect(reason.match(/CVE-/g)).toHaveLength(5);
    expect(reason).toContain('and 3 more');
    expect(reason).not.toContain('LOW');
    expect(reason).toMatch(new RegExp(`\\naws ecr describe-image-scan-findings .*--repository-name app --image-id imageDigest=${digest}$`));
  });

  test('fits for 5,000 findings, all of which were read', async () => {
    const { digest } = scene.image();
    scene.finds(digest, ...many(4_999, 'MEDIUM', `CVE-2026-${'x'.repeat(100)}`), finding('CVE-WORST'));
    const reason = refused(await scene.create({ limits: { critical: 0, medium: 4_998 } }));
    expect(reason).toMatch(/1 CRITICAL finding \(at most 0\), 4,?999 MEDIUM findings \(at most 4,?998\): CVE-WORST/);
    expect(reason).toContain(`imageDigest=${digest}`);
    expect(reason).not.toMatch(/…$/);
    expect(scene.calls('DescribeImageScanFindings').filter(({ input }) => input.nextToken !== undefined)).toHaveLength(4);
  });

  test('names the images of an index to read them', async () => {
    const { images } = scene.index({ images: 2 });
    for (const { digest } of images) scene.finds(digest, finding('CVE-1'));
    const reason = refused(await scene.create());
    for (const { digest } of images) expect(reason).toContain(`imageDigest=${digest}`);
  });
});

describe('an index', () => {
  test.each(['oci', 'docker'] as const)('is judged by all of its images: %s', async format => {
    const { images, digest } = scene.index({ images: 5, format });
    images.forEach((image, n) => scene.finds(image.digest, ...many(1, 'MEDIUM', `CVE-${n}`)));
    expect(letThrough(await scene.create())).toMatchObject({ MEDIUM: '5', ImageDigestHex: hexOf(digest) });
    expect(scene.judged()).toEqual(images.map(image => image.digest).sort());
  });

  test.each([0, 1, 4])('is stopped by one of its images: the one at %s', async nth => {
    const { images } = scene.index({ images: 5 });
    scene.finds(images[nth].digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('1 CRITICAL finding');
  });

  test('is not judged by attestations', async () => {
    const { images } = scene.index({ images: 2, attestations: true });
    expect(images).toHaveLength(4);
    letThrough(await scene.create());
    expect(scene.judged()).toHaveLength(2);
  });

  test('that is nested is judged by the images below', async () => {
    const { images } = scene.index({ images: 2, nested: true, attestations: true });
    scene.finds(images[2].digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('CVE-1');
    expect(scene.judged()).toEqual([images[0].digest, images[2].digest].sort());
  });

  const put = async (manifests: object[]) => {
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType, manifests });
    await clientOf(scene.ecr).send(new PutImageCommand({
      repositoryName: 'app', imageManifest, imageManifestMediaType: mediaType, imageTag: 'build-1',
    }));
  };
  const entry = ({ digest, mediaType, manifest }: { digest: string; mediaType: string; manifest: string }, more: object = {}) =>
    ({ digest, mediaType, size: Buffer.byteLength(manifest), ...more });

  test('that names an image twice is judged by it once', async () => {
    const image = scene.image({ tags: [] });
    scene.finds(image.digest, ...many(2, 'MEDIUM'));
    await put(['amd64', 'arm64'].map(architecture => entry(image, { platform: { os: 'linux', architecture } })));
    expect(letThrough(await scene.create())).toMatchObject({ MEDIUM: '2' });
    expect(scene.calls('StartImageScan')).toHaveLength(1);
  });

  test('what is found in the same package of several images counts once', async () => {
    const { images } = scene.index({ images: 3 });
    for (const { digest } of images) scene.finds(digest, ...many(2, 'HIGH'));
    expect(letThrough(await scene.create({ limits: { high: 2 } }))).toMatchObject({ HIGH: '2' });
  });

  test.each([[0, 1], [1, 0]])('what is found as CRITICAL in one of its images is not hidden by the same as LOW in'
    + ' another: %s, %s', async (low, critical) => {
    const { images } = scene.index({ images: 2 });
    scene.finds(images[low].digest, finding('CVE-1', 'LOW'));
    scene.finds(images[critical].digest, finding('CVE-1', 'CRITICAL'));
    expect(refused(await scene.create())).toContain('1 CRITICAL finding');
  });

  test.each([
    ['has the annotation of an attestation and a platform that runs', { os: 'linux', architecture: 'amd64' }],
    ['has the annotation of an attestation and no platform', undefined],
    ['has an unknown operating system and a known architecture', { os: 'unknown', architecture: 'amd64' }],
  ])('is judged by an image that %s', async (_what, platform) => {
    const [attached, image] = [scene.image({ tags: [], seed: 1 }), scene.image({ tags: [], seed: 2 })];
    scene.finds(attached.digest, finding('CVE-1'));
    const annotations = { 'vnd.docker.reference.digest': image.digest, 'vnd.docker.reference.type': 'attestation-manifest' };
    await put([entry(image, { platform: { os: 'linux', architecture: 'arm64' } }), entry(attached, { platform, annotations })]);
    expect(refused(await scene.create())).toContain('CVE-1');
  });

  test('without an image that is judged is not let through', async () => {
    const image = scene.image({ tags: [] });
    scene.finds(image.digest, finding('CVE-1'));
    await put([entry(image, { platform: { os: 'unknown', architecture: 'unknown' } })]);
    refused(await scene.create());
  });
});

describe('attributes', () => {
  test('are the digest, every count and the summary', async () => {
    const { digest } = scene.image();
    const found: FakeFinding[] = SEVERITIES.slice(2).flatMap((severity, n) => many(n + 1, severity));
    scene.finds(digest, ...found, finding('CVE-9'));
    expect(letThrough(await scene.create({ ignored: [{ name: 'CVE-9', until: new Date('2030-01-01') }] }))).toEqual({
      ImageDigestHex: hexOf(digest),
      CRITICAL: '0',
      HIGH: '0',
      MEDIUM: '1',
      LOW: '2',
      INFORMATIONAL: '3',
      UNTRIAGED: '4',
      IGNORED: '1',
      Summary: '1 MEDIUM, 2 LOW, 3 INFORMATIONAL, 4 UNTRIAGED, 1 ignored',
    });
  });
});

describe('later requests', () => {
  test('an update judges again, by the new rules and the new image', async () => {
    const { digest } = scene.image();
    scene.finds(digest, ...many(2, 'MEDIUM'));
    const done = await scene.create();
    letThrough(done);
    expect(refused(await scene.update(done, { limits: { medium: 1 } }))).toContain('2 MEDIUM findings (at most 1)');
    const other = scene.image({ tags: ['build-2'], seed: 9 }).digest;
    expect(letThrough(await scene.update(done, { tagOrDigest: 'build-2' }))).toMatchObject({ ImageDigestHex: hexOf(other), MEDIUM: '0' });
  });

  test('another trigger has the image judged again, though nothing else has changed', async () => {
    const { digest } = scene.image();
    scene.ecr.scanning('ENHANCED');
    const done = await scene.create();
    letThrough(done);
    scene.finds(digest, finding('CVE-1'));
    expect(refused(await scene.update(done, { trigger: '2' }))).toContain('CVE-1');
  });

  const rollingBack = 'UPDATE_ROLLBACK_IN_PROGRESS';

  test('nothing is stopped while the stack rolls back, and there are attributes all the same', async () => {
    const { digest } = scene.image();
    scene.ecr.scanning('ENHANCED');
    const done = await scene.create();
    const attributes = letThrough(done);
    const broken = await scene.update(done, { limits: { medium: 0 } });
    scene.finds(digest, finding('CVE-1'));
    const data = letThrough(await scene.update(broken, {}, rollingBack));
    expect(Object.keys(data).sort()).toEqual(Object.keys(attributes).sort());
    expect(data.ImageDigestHex).toBe(hexOf(digest));
    expect(scene.account.logs.join('\n')).toContain('rolling back');
  });

  test.each<[string, (digest: string) => void]>([
    ['the image was archived', () => { scene.image({ seed: 1, status: 'ARCHIVED' }); }],
    ['the repository is gone', () => scene.ecr.vanish('app')],
    ['the scan has failed', digest => scene.ecr.scanEnds('app', digest, 'FAILED', 'ScanError')],
    ['no scanner looks into it any more', digest => scene.ecr.scanEnds('app', digest, 'UNSUPPORTED_IMAGE')],
  ])('nothing is stopped while the stack rolls back: %s', async (_what, act) => {
    const { digest } = scene.image({ seed: 1 });
    scene.ecr.scanning('ENHANCED');
    const done = await scene.create();
    letThrough(done);
    act(digest);
    refused(await scene.update(done, { trigger: '2' }));
    expect(letThrough(await scene.update(done, {}, rollingBack)).ImageDigestHex).toBe(hexOf(digest));
  });

  test('a rollback hands out the image that was let through, not the one that was refused under its tag', async () => {
    const { digest } = scene.image({ seed: 1 });
    const done = await scene.create();
    letThrough(done);
    const bad = scene.image({ seed: 2 }).digest;
    scene.finds(bad, finding('CVE-1'));
    const broken = await scene.update(done, { trigger: '2' });
    expect(refused(broken)).toContain(bad);
    expect(letThrough(await scene.update(broken, {}, rollingBack)).ImageDigestHex).toBe(hexOf(digest));
  });

  test('an update is judged, also where a stale answer says that the last one was rolled back', async () => {
    const { digest } = scene.image();
    scene.ecr.scanning('ENHANCED');
    const done = await scene.create();
    letThrough(done);
    scene.finds(digest, finding('CVE-1'));
    expect(refused(await scene.update(done, { trigger: '2' }, 'UPDATE_ROLLBACK_COMPLETE'))).toContain('CVE-1');
  });

  test('a delete does nothing, and never fails', async () => {
    scene.image();
    const done = await scene.create();
    scene.ecr.vanish('app');
    scene.ecr.clearCalls();
    for (const now of ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'DELETE_IN_PROGRESS']) {
      expect((await scene.remove(done, now)).answer.Status).toBe('SUCCESS');
    }
    expect(scene.ecr.calls).toEqual([]);
  });

  test('sent twice it is judged twice, and scanned once', async () => {
    scene.image();
    const [first, second] = [await scene.create(), await scene.create()];
    expect(letThrough(second)).toEqual(letThrough(first));
    expect(scene.calls('StartImageScan')).toHaveLength(1);
  });

});
