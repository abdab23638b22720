import { PutImageCommand } from '@aws-sdk/client-ecr';
import { Duration } from 'aws-cdk-lib';
import { finding, GateScene, letThrough, refused } from './scene';
import { clientOf } from '../../local-ecr/test-client';

let scene: GateScene;
beforeEach(async () => { scene = await GateScene.start(); });
afterEach(() => scene.stop());

describe.each(['assumed', 'other'] as const)('continuous scanning, %s reading:', reading => {
  beforeEach(() => {
    scene.ecr.scanning('ENHANCED');
    scene.ecr.scanPolls = 0;
  });

  test('an image that is ACTIVE before its first scan is not accepted', async () => {
    scene.account.readings.set('enhanced-active-before-findings', reading);
    scene.ecr.emptyScanPolls = 30;
    scene.finds(scene.image().digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('1 CRITICAL finding (at most 0): CVE-1');
  });

  test('an image that remains ACTIVE before its first scan is refused with that reason', async () => {
    scene.account.readings.set('enhanced-active-before-findings', reading);
    scene.ecr.emptyScanPolls = Infinity;
    scene.image();
    expect(refused(await scene.create())).toMatch(reading === 'assumed' ? /\(ACTIVE without a completion time, scan frequency/
      : /\(no findings, but the last scan, of \S+Z, is older than the image, scan frequency CONTINUOUS_SCAN\)/);
  });

  test('an index is evaluated by the scans of its images', async () => {
    scene.account.readings.set('enhanced-index-unscanned', reading);
    const { digest, images } = scene.index({ images: 2 });
    scene.finds(digest, finding('CVE-1'));
    letThrough(await scene.create());
    scene.finds(images[1].digest, finding('CVE-2'));
    expect(refused(await scene.create())).toContain('CVE-2');
  });

  test('an image of an index that is archived during the check is refused', async () => {
    scene.account.readings.set('enhanced-archived-status', reading);
    const { images } = scene.index({ images: 2, seed: 1 });
    scene.after('BatchGetImage', () => {
      scene.ecr.addRealImage({ repositoryName: 'app', seed: 1.001, status: 'ARCHIVED', platform: images[1].platform });
    });
    expect(refused(await scene.create())).toMatch(reading === 'assumed' ? `the image ${images[1].digest} is archived`
      : `the scan of ${images[1].digest} is not finished (not started, scan frequency CONTINUOUS_SCAN)`);
  });

  test('an artifact is refused', async () => {
    scene.account.readings.set('enhanced-artifact-status', reading);
    scene.ecr.addImage({ repositoryName: 'app', tags: ['build-1'], artifactType: 'application/vnd.example.sbom' });
    expect(refused(await scene.create())).toMatch(reading === 'assumed' ? /no scanner supports sha256/ : /is not finished \(not started, /);
  });
});

test.each([['assumed', 0], ['other', 1]] as const)('an image with another tag since its scan is evaluated: %s reading, after %d more wait',
  async (reading, waits) => {
    scene.account.readings.set('retag-starts-no-scan', reading);
    scene.ecr.scanning('BASIC', 'SCAN_ON_PUSH');
    const { digest, manifest, mediaType } = scene.image();
    letThrough(await scene.create());
    await clientOf(scene.ecr).send(new PutImageCommand({
      repositoryName: 'app', imageManifest: manifest, imageManifestMediaType: mediaType, imageTag: 'prod',
    }));
    scene.ecr.clearCalls();
    scene.finds(digest, finding('CVE-1', 'LOW'));
    letThrough(await scene.create());
    expect(scene.calls('DescribeImageScanFindings')).toHaveLength(1 + waits);
  });

describe('enhanced scanning:', () => {
  test.each(['CONTINUOUS_SCAN', 'SCAN_ON_PUSH'] as const)('findings that appear after the end of the scan count: %s', async frequency => {
    scene.ecr.scanning('ENHANCED', frequency);
    scene.ecr.partialScanPolls = 10;
    scene.finds(scene.image().digest, finding('CVE-0', 'LOW'), finding('CVE-1'));
    expect(refused(await scene.create())).toContain('1 CRITICAL finding (at most 0): CVE-1');
  });

  test.each([
    [0, 1 + 90 / 5], [60, 1 + 30 / 5], [90, 1],
  ])('findings of a scan that ended %d seconds ago are read %d times', async (ago, reads) => {
    scene.ecr.scanning('ENHANCED');
    scene.nowIs(-1_000 * ago);
    scene.finds(scene.image().digest, finding('CVE-1', 'LOW'));
    await scene.scannedAgo(Duration.seconds(ago));
    letThrough(await scene.create());
    expect(scene.calls('DescribeImageScanFindings')).toHaveLength(reads);
  });

  test('a timeout during that wait has the completion time in its message', async () => {
    scene.ecr.scanning('ENHANCED');
    scene.nowIs(-1_000);
    scene.finds(scene.image().digest, finding('CVE-1', 'LOW'));
    await scene.scannedAgo(Duration.seconds(1));
    expect(refused(await scene.create({ timeout: Duration.seconds(60) })))
      .toContain('is not finished (it ended at 1969-12-31T23:59:59.000Z, and its first findings can be incomplete, scan frequency');
  });
});
