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
  test('that has ended is used, and no other is started', async () => {
    scene.ecr.recreate('app', { scanOnPush: true });
    Object.assign(scene.ecr, { scanPolls: 0 });
    const { digest } = scene.image();
    scene.finds(digest, finding('CVE-1', 'LOW'));
    expect(letThrough(await scene.create())).toMatchObject({ ImageDigestHex: hexOf(digest), LOW: '1' });
    expect(scene.calls('StartImageScan')).toEqual([]);
    expect(scene.calls('DescribeImageScanFindings')).toHaveLength(1);
  });

  test('is started and awaited if there is none', async () => {
    scene.ecr.scanPolls = 7;
    const { digest } = scene.image();
    scene.finds(digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('CVE-1');
    expect(scene.calls('StartImageScan').map(({ input }) => input.imageId)).toEqual([{ imageDigest: digest }]);
    expect(scene.calls('DescribeImageScanFindings')).toHaveLength(8);
  });

  test('in progress is awaited, and no other is started', async () => {
    scene.ecr.recreate('app', { scanOnPush: true });
    scene.ecr.scanPolls = 5;
    const { digest } = scene.image();
    scene.finds(digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('CVE-1');
    expect(scene.calls('StartImageScan')).toEqual([]);
  });

  test('of an image by digest works in the same way', async () => {
    const [bad, good] = [scene.image({ tags: [] }).digest, scene.image({ tags: [] }).digest];
    scene.finds(bad, finding('CVE-1'));
    expect(refused(await scene.create({ tagOrDigest: bad }))).toContain('CVE-1');
    expect(letThrough(await scene.create({ tagOrDigest: good }))).toMatchObject({ ImageDigestHex: hexOf(good), Summary: 'no findings' });
  });

  test('of a Docker image works in the same way', async () => {
    const { digest } = scene.image({ format: 'docker' });
    scene.finds(digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('CVE-1');
  });

  test('is that of the image that the tag pointed to at first', async () => {
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

  test('is repeated if it is older than 24 hours, and the new findings count', async () => {
    const digest = await scannedOnPush(Duration.hours(25));
    expect(refused(await scene.create())).toContain('CVE-2026-1');
    expect(started()).toEqual([{ imageDigest: digest }]);
  });

  test('is used if it is not older than 24 hours, and no other is started', async () => {
    await scannedOnPush(Duration.hours(24));
    letThrough(await scene.create());
    expect(started()).toEqual([]);
  });

  test('is used until it is older than maxScanAge, and then repeated', async () => {
    await scannedOnPush(Duration.days(6));
    letThrough(await scene.create({ maxScanAge: Duration.days(7) }));
    expect(started()).toEqual([]);
    expect(refused(await scene.create({ maxScanAge: Duration.days(5) }))).toContain('CVE-2026-1');
  });

  test('is refused if it is too old and ECR does not start another one, and the reason has the text of ECR', async () => {
    await scannedOnPush(Duration.days(3));
    jest.spyOn(Scans.prototype, 'startedAt').mockReturnValue(0);
    expect(refused(await scene.create({ timeout: Duration.minutes(1) }))).toMatch(
      /is not finished \(the last scan, of 1969-12-29T00:00:00\.000Z, is too old, and ECR does not start another one: The scan quota per image has been/);
    jest.restoreAllMocks();
  });

  test('is repeated only for the images of an index whose scan is too old', async () => {
    scene.ecr.recreate('app', { scanOnPush: true });
    const { images } = scene.index({ images: 2, pushedAt: new Date(-Duration.hours(30).toMilliseconds()) });
    await scene.scannedAgo(Duration.hours(30), images[0].digest);
    await scene.scannedAgo(Duration.hours(20), images[1].digest);
    for (const { digest } of images) scene.finds(digest, finding('CVE-2026-1'));
    expect(refused(await scene.create())).toContain('CVE-2026-1');
    expect(started()).toEqual([{ imageDigest: images[0].digest }]);
  });
});

describe('limits:', () => {
  test.each(SEVERITIES)('as many findings of %s as the limit pass, and more are refused', async severity => {
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

  test('without a limit, any number of findings passes, except those of critical and high severity', async () => {
    const { digest } = scene.image();
    scene.finds(digest, ...(['MEDIUM', 'INFORMATIONAL', 'UNTRIAGED'] as const).flatMap(severity => many(30, severity)));
    expect(letThrough(await scene.create({ limits: { low: 0 } }))).toMatchObject({ MEDIUM: '30', LOW: '0', UNTRIAGED: '30' });
  });

  test.each<[string, FindingLimits, FakeFinding['severity']]>([
    ['a limit for high retains the limit of 0 for critical', { high: 5 }, 'CRITICAL'],
    ['a limit for medium retains the limit of 0 for critical', { medium: 0 }, 'CRITICAL'],
    ['a limit for medium retains the limit of 0 for high', { medium: 0 }, 'HIGH'],
    ['empty limits retain the limit of 0 for critical', {}, 'CRITICAL'],
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

  test('a finding counts only for its own severity', async () => {
    scene.finds(scene.image().digest, ...many(5, 'CRITICAL'));
    letThrough(await scene.create({ limits: { critical: 5, high: 0, medium: 0 } }));
  });

  test('the same vulnerability in another package counts again', async () => {
    const packages = ['zlib', 'bash', 'zlib'].map(name => [{ name, version: '1' }]);
    scene.finds(scene.image().digest, ...packages.map(each => finding('CVE-1', 'HIGH', { packages: each })));
    expect(letThrough(await scene.create({ limits: { high: 2 } }))).toMatchObject({ HIGH: '2' });
  });
});

describe('an ignored finding', () => {
  // the clock of the function starts in 1970
  const later = new Date('2030-01-01');

  test('does not count until its date, and is counted separately', async () => {
    scene.finds(scene.image().digest, finding('CVE-1'), finding('CVE-2', 'LOW'));
    expect(letThrough(await scene.create({ ignored: [{ name: 'CVE-1', until: later }] })))
      .toMatchObject({ CRITICAL: '0', LOW: '1', IGNORED: '1', Summary: '1 LOW, 1 ignored' });
  });

  test.each([['earlier', new Date(-1)], ['now', new Date(0)]])('counts from its date on: %s', async (_when, until) => {
    scene.finds(scene.image().digest, finding('CVE-1'));
    const reason = refused(await scene.create({ ignored: [{ name: 'CVE-1', until }] }));
    expect(reason).toContain('CVE-1');
    expect(reason).toContain('No longer ignored');
  });

  test('is ignored in every package, but no other finding is ignored', async () => {
    const packages = ['zlib', 'bash'].map(name => [{ name, version: '1' }]);
    scene.finds(scene.image().digest, ...packages.map(each => finding('CVE-1', 'HIGH', { packages: each })), finding('CVE-11', 'HIGH'));
    expect(letThrough(await scene.create({ limits: { high: 1 }, ignored: [{ name: 'CVE-1', until: later }] })))
      .toMatchObject({ HIGH: '1', IGNORED: '2' });
  });

  test('that does not exist has no effect', async () => {
    scene.image();
    expect(letThrough(await scene.create({ ignored: [{ name: 'CVE-1', until: later }] })))
      .toMatchObject({ IGNORED: '0', Summary: 'no findings' });
  });
});

describe('the message', () => {
  test('has the image, the numbers, the first findings, and the command that lists all findings', async () => {
    const { digest } = scene.image();
    scene.finds(
      digest, ...many(7, 'HIGH'), finding('CVE-WORST', 'CRITICAL', { packages: [{ name: 'zlib', version: '1.2' }] }), ...many(3, 'LOW'),
    );
    const reason = refused(await scene.create({ limits: { critical: 0, high: 5 } }));
    expect(reason).toMatch(/^Repository 'app': the image build-1 \(sha256:[0-9a-f]{64}\) is refused because it has 1 CRITICAL finding \(at most 0\), 7 HIGH findings \(at most 5\): CVE-WORST/);
    expect(reason).toMatch(/CVE-WORST CRITICAL in zlib 1\.2/);
    expect(reason.match(/CVE-/g)).toHaveLength(5);
    expect(reason).toContain('and 3 more');
    expect(reason).not.toContain('LOW');
    expect(reason).toMatch(new RegExp(`\\naws ecr describe-image-scan-findings .*--repository-name app --image-id imageDigest=${digest}$`));
  });

  test('is not cut for 5,000 findings, all of which are read', async () => {
    const { digest } = scene.image();
    scene.finds(digest, ...many(4_999, 'MEDIUM', `CVE-2026-${'x'.repeat(100)}`), finding('CVE-WORST'));
    const reason = refused(await scene.create({ limits: { critical: 0, medium: 4_998 } }));
    expect(reason).toMatch(/1 CRITICAL finding \(at most 0\), 4,?999 MEDIUM findings \(at most 4,?998\): CVE-WORST/);
    expect(reason).toContain(`imageDigest=${digest}`);
    expect(reason).not.toMatch(/…$/);
    expect(scene.calls('DescribeImageScanFindings').filter(({ input }) => input.nextToken !== undefined)).toHaveLength(4);
  });

  test('has a command for each image of an index', async () => {
    const { images } = scene.index({ images: 2 });
    for (const { digest } of images) scene.finds(digest, finding('CVE-1'));
    const reason = refused(await scene.create());
    for (const { digest } of images) expect(reason).toContain(`imageDigest=${digest}`);
  });
});

describe('an index', () => {
  test.each(['oci', 'docker'] as const)('is checked by all of its images: %s', async format => {
    const { images, digest } = scene.index({ images: 5, format });
    images.forEach((image, n) => scene.finds(image.digest, ...many(1, 'MEDIUM', `CVE-${n}`)));
    expect(letThrough(await scene.create())).toMatchObject({ MEDIUM: '5', ImageDigestHex: hexOf(digest) });
    expect(scene.judged()).toEqual(images.map(image => image.digest).sort());
  });

  test.each([0, 1, 4])('is refused because of one of its images, at position %s', async nth => {
    const { images } = scene.index({ images: 5 });
    scene.finds(images[nth].digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('1 CRITICAL finding');
  });

  test('is not checked by attestations', async () => {
    const { images } = scene.index({ images: 2, attestations: true });
    expect(images).toHaveLength(4);
    letThrough(await scene.create());
    expect(scene.judged()).toHaveLength(2);
  });

  test('that is nested is checked by all images in it', async () => {
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

  test('that contains an image twice is checked by it once', async () => {
    const image = scene.image({ tags: [] });
    scene.finds(image.digest, ...many(2, 'MEDIUM'));
    await put(['amd64', 'arm64'].map(architecture => entry(image, { platform: { os: 'linux', architecture } })));
    expect(letThrough(await scene.create())).toMatchObject({ MEDIUM: '2' });
    expect(scene.calls('StartImageScan')).toHaveLength(1);
  });

  test('counts the same finding in the same package of several images once', async () => {
    const { images } = scene.index({ images: 3 });
    for (const { digest } of images) scene.finds(digest, ...many(2, 'HIGH'));
    expect(letThrough(await scene.create({ limits: { high: 2 } }))).toMatchObject({ HIGH: '2' });
  });

  test.each([[0, 1], [1, 0]])('counts a finding that is CRITICAL in one image and LOW in another one'
    + ' as CRITICAL: %s, %s', async (low, critical) => {
    const { images } = scene.index({ images: 2 });
    scene.finds(images[low].digest, finding('CVE-1', 'LOW'));
    scene.finds(images[critical].digest, finding('CVE-1', 'CRITICAL'));
    expect(refused(await scene.create())).toContain('1 CRITICAL finding');
  });

  test.each([
    ['has the annotation of an attestation and a platform that runs', { os: 'linux', architecture: 'amd64' }],
    ['has the annotation of an attestation and no platform', undefined],
    ['has an unknown operating system and a known architecture', { os: 'unknown', architecture: 'amd64' }],
  ])('is checked by an image that %s', async (_what, platform) => {
    const [attached, image] = [scene.image({ tags: [], seed: 1 }), scene.image({ tags: [], seed: 2 })];
    scene.finds(attached.digest, finding('CVE-1'));
    const annotations = { 'vnd.docker.reference.digest': image.digest, 'vnd.docker.reference.type': 'attestation-manifest' };
    await put([entry(image, { platform: { os: 'linux', architecture: 'arm64' } }), entry(attached, { platform, annotations })]);
    expect(refused(await scene.create())).toContain('CVE-1');
  });

  test('without an image to check is refused', async () => {
    const image = scene.image({ tags: [] });
    scene.finds(image.digest, finding('CVE-1'));
    await put([entry(image, { platform: { os: 'unknown', architecture: 'unknown' } })]);
    refused(await scene.create());
  });
});

describe('attributes', () => {
  test('are the digest, every count, and the summary', async () => {
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
  test('an Update checks the new image by the new rules', async () => {
    const { digest } = scene.image();
    scene.finds(digest, ...many(2, 'MEDIUM'));
    const done = await scene.create();
    letThrough(done);
    expect(refused(await scene.update(done, { limits: { medium: 1 } }))).toContain('2 MEDIUM findings (at most 1)');
    const other = scene.image({ tags: ['build-2'], seed: 9 }).digest;
    expect(letThrough(await scene.update(done, { tagOrDigest: 'build-2' }))).toMatchObject({ ImageDigestHex: hexOf(other), MEDIUM: '0' });
  });

  test('a new trigger checks the image again', async () => {
    const { digest } = scene.image();
    scene.ecr.scanning('ENHANCED');
    const done = await scene.create();
    letThrough(done);
    scene.finds(digest, finding('CVE-1'));
    expect(refused(await scene.update(done, { trigger: '2' }))).toContain('CVE-1');
  });

  const rollingBack = 'UPDATE_ROLLBACK_IN_PROGRESS';

  test('nothing is refused while the stack rolls back, and attributes are returned nevertheless', async () => {
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
    ['the repository no longer exists', () => scene.ecr.vanish('app')],
    ['the scan has failed', digest => scene.ecr.scanEnds('app', digest, 'FAILED', 'ScanError')],
    ['no scanner supports it any longer', digest => scene.ecr.scanEnds('app', digest, 'UNSUPPORTED_IMAGE')],
  ])('nothing is refused while the stack rolls back: %s', async (_what, act) => {
    const { digest } = scene.image({ seed: 1 });
    scene.ecr.scanning('ENHANCED');
    const done = await scene.create();
    letThrough(done);
    act(digest);
    refused(await scene.update(done, { trigger: '2' }));
    expect(letThrough(await scene.update(done, {}, rollingBack)).ImageDigestHex).toBe(hexOf(digest));
  });

  test('a rollback returns the image that passed, not the refused one that has its tag', async () => {
    const { digest } = scene.image({ seed: 1 });
    const done = await scene.create();
    letThrough(done);
    const bad = scene.image({ seed: 2 }).digest;
    scene.finds(bad, finding('CVE-1'));
    const broken = await scene.update(done, { trigger: '2' });
    expect(refused(broken)).toContain(bad);
    expect(letThrough(await scene.update(broken, {}, rollingBack)).ImageDigestHex).toBe(hexOf(digest));
  });

  test('an Update is checked even if a stale status of the stack shows the last rollback', async () => {
    const { digest } = scene.image();
    scene.ecr.scanning('ENHANCED');
    const done = await scene.create();
    letThrough(done);
    scene.finds(digest, finding('CVE-1'));
    expect(refused(await scene.update(done, { trigger: '2' }, 'UPDATE_ROLLBACK_COMPLETE'))).toContain('CVE-1');
  });

  test('Delete does nothing and never fails', async () => {
    scene.image();
    const done = await scene.create();
    scene.ecr.vanish('app');
    scene.ecr.clearCalls();
    for (const now of ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'DELETE_IN_PROGRESS']) {
      expect((await scene.remove(done, now)).answer.Status).toBe('SUCCESS');
    }
    expect(scene.ecr.calls).toEqual([]);
  });

  test('a repeated request checks again, but starts no other scan', async () => {
    scene.image();
    const [first, second] = [await scene.create(), await scene.create()];
    expect(letThrough(second)).toEqual(letThrough(first));
    expect(scene.calls('StartImageScan')).toHaveLength(1);
  });

});
