import { BatchDeleteImageCommand, StartImageScanCommand } from '@aws-sdk/client-ecr';
import { Duration } from 'aws-cdk-lib';
import { finding, GateScene, hexOf, letThrough, many, refused } from './scene';
import { clientOf } from '../../local-ecr/test-client';

let scene: GateScene;
beforeEach(async () => { scene = await GateScene.start(); });
afterEach(() => scene.stop());

const someoneElse = () => clientOf(scene.ecr, 'someone-else');
const LONG_AGO = new Date('2020-01-01');

describe('the gate refuses an image', () => {
  test.each(['build-9', `sha256:${'0'.repeat(64)}`])('that does not exist: %s', async tagOrDigest => {
    scene.image();
    expect(refused(await scene.create({ tagOrDigest }))).toContain(`Repository 'app' has no image ${tagOrDigest}. Push it`);
  });

  test('if the repository does not exist', async () => {
    scene.ecr.vanish('app');
    expect(refused(await scene.create())).toMatch(/^Repository 'app' does not exist/);
  });

  test.each(['BASIC', 'ENHANCED'] as const)('that is archived: %s', async type => {
    scene.ecr.scanning(type);
    scene.image({ status: 'ARCHIVED' });
    expect(refused(await scene.create()))
      .toMatch(/^Repository 'app': the image build-1 is archived .* Restore it \(aws ecr update-image-storage-class\)/);
  });

  test.each(['BASIC', 'ENHANCED'] as const)('if one image of an index is archived during the check: %s', async type => {
    scene.ecr.scanning(type);
    const { images } = scene.index({ images: 2, seed: 1 });
    scene.after('BatchGetImage', () => {
      scene.ecr.addRealImage({ repositoryName: 'app', seed: 1.001, status: 'ARCHIVED', platform: images[1].platform });
    });
    expect(scene.ecr.repository('app').images).toHaveLength(3);
    expect(refused(await scene.create())).toContain(`the image ${images[1].digest} is archived`);
    expect(scene.ecr.repository('app').images).toHaveLength(3);
  });

  test('if it is an archived index', async () => {
    scene.index({ images: 2, status: 'ARCHIVED' });
    expect(refused(await scene.create())).toContain('build-1 is archived');
  });

  test('that is deleted during its scan', async () => {
    const { digest } = scene.image();
    scene.after('StartImageScan', async () => {
      await someoneElse().send(new BatchDeleteImageCommand({ repositoryName: 'app', imageIds: [{ imageDigest: digest }] }));
    });
    expect(refused(await scene.create())).toMatch(/^Repository 'app'/);
  });
});

describe('an unsupported image', () => {
  const unsupported: Array<[string, () => void]> = [
    ['UNSUPPORTED_IMAGE of basic scanning', () => { scene.ecr.scanEnds('app', scene.image().digest, 'UNSUPPORTED_IMAGE'); }],
    ['FAILED with that reason', () => { scene.ecr.scanEnds('app', scene.image().digest, 'FAILED'); }],
    ['UNSUPPORTED_IMAGE of enhanced scanning', () => {
      scene.ecr.scanning('ENHANCED');
      scene.ecr.scanEnds('app', scene.image().digest, 'UNSUPPORTED_IMAGE');
    }],
    ['an artifact, with basic scanning', () => { scene.image({ artifactType: 'application/vnd.cncf.helm.config.v1+json' }); }],
    ['an artifact, with enhanced scanning', () => {
      scene.ecr.scanning('ENHANCED');
      scene.image({ artifactType: 'application/vnd.cncf.helm.config.v1+json' });
    }],
    ['one image of an index', () => { scene.ecr.scanEnds('app', scene.index({ images: 3 }).images[1].digest, 'UNSUPPORTED_IMAGE'); }],
  ];

  test.each(unsupported)('is refused: %s', async (_what, prepare) => {
    prepare();
    const reason = refused(await scene.create());
    expect(reason).toMatch(/^Repository 'app': no scanner supports sha256:/);
    expect(reason).toContain('allowUnsupported');
  });

  test.each(unsupported)('is allowed with allowUnsupported, and logged: %s', async (_what, prepare) => {
    prepare();
    expect(letThrough(await scene.create({ allowUnsupported: true }))).toMatchObject({ CRITICAL: '0', Summary: 'no findings' });
    expect(scene.account.logs.join('\n')).toMatch(/allowed by 'allowUnsupported': .*no scanner supports/);
  });

  test('does not allow other images of the index', async () => {
    const { images } = scene.index({ images: 3 });
    scene.ecr.scanEnds('app', images[0].digest, 'UNSUPPORTED_IMAGE');
    scene.finds(images[2].digest, finding('CVE-1'));
    expect(refused(await scene.create({ allowUnsupported: true }))).toContain('CVE-1');
  });

  test.each(['LIMIT_EXCEEDED', 'FINDINGS_UNAVAILABLE', 'FAILED', 'SCAN_ELIGIBILITY_EXPIRED'] as const)('is different from'
    + ' an image that could not be scanned: %s', async status => {
    scene.ecr.scanning('ENHANCED');
    scene.ecr.scanEnds('app', scene.image().digest, status, 'something else');
    refused(await scene.create({ allowUnsupported: true }));
  });
});

describe('the gate refuses a scan without findings, and names a remedy:', () => {
  test.each([
    ['SCAN_ELIGIBILITY_EXPIRED', /Push it again/],
    ['FINDINGS_UNAVAILABLE', /Try again later/],
    ['LIMIT_EXCEEDED', /quota .*tomorrow/],
    ['IMAGE_SIZE_EXCEEDED', /too large/],
    ['SOMETHING_OF_2031', /\. Push it again, or scan it manually/],
  ])('%s', async (status, what) => {
    scene.ecr.scanning('ENHANCED');
    const { digest } = scene.image();
    scene.finds(digest, finding('CVE-1', 'LOW'));
    scene.ecr.scanEnds('app', digest, status as 'FAILED');
    const reason = refused(await scene.create());
    expect(reason).toContain(`Repository 'app': the image ${digest} has no findings to check (${status})`);
    expect(reason).toMatch(what);
  });

  test.each(['BASIC', 'ENHANCED'] as const)('IMAGE_ARCHIVED: %s', async type => {
    scene.ecr.scanning(type);
    const { digest } = scene.image();
    scene.ecr.scanEnds('app', digest, 'IMAGE_ARCHIVED');
    expect(refused(await scene.create())).toMatch(/is archived .* Restore it/);
  });

  test('FAILED of enhanced scanning, with its description', async () => {
    scene.ecr.scanning('ENHANCED');
    const { digest } = scene.image();
    scene.ecr.scanEnds('app', digest, 'FAILED', 'ScanError: internal');
    expect(refused(await scene.create())).toContain('(FAILED: ScanError: internal)');
  });
});

describe('a basic scan that failed', () => {
  const failedLongAgo = () => {
    scene.ecr.recreate('app', { scanOnPush: true });
    Object.assign(scene.ecr, { scanPolls: 0 });
    const { digest } = scene.image({ pushedAt: LONG_AGO });
    scene.ecr.scanEnds('app', digest, 'FAILED', 'ScanError: again');
    return digest;
  };

  test('is started again, and the new findings count', async () => {
    const digest = failedLongAgo();
    scene.finds(digest, finding('CVE-1'));
    scene.after('StartImageScan', () => scene.ecr.scanEnds('app', digest, 'COMPLETE'));
    expect(refused(await scene.create())).toContain('CVE-1');
    expect(scene.calls('StartImageScan')).toHaveLength(1);
  });

  test('is started again only once, and a second failure is reported', async () => {
    failedLongAgo();
    expect(refused(await scene.create())).toContain('(FAILED: ScanError: again)');
    expect(scene.calls('StartImageScan')).toHaveLength(1);
  });

  test('and was started less than 24 hours ago cannot be started again until tomorrow, as the message says', async () => {
    const { digest } = scene.image();
    await someoneElse().send(new StartImageScanCommand({ repositoryName: 'app', imageId: { imageDigest: digest } }));
    scene.ecr.scanEnds('app', digest, 'FAILED', 'ScanError: again');
    const reason = refused(await scene.create());
    expect(reason).toContain(`Repository 'app': the scan of ${digest} failed (ScanError: again)`);
    expect(reason).toMatch(/24 hours\. Try again tomorrow/);
  });

  test('without a description is refused too', async () => {
    const { digest } = scene.image();
    scene.ecr.scanEnds('app', digest, 'FAILED', '');
    expect(refused(await scene.create())).toContain('FAILED');
  });
});

describe('during the check:', () => {
  const refusals = (outcome: string) => scene.ecr.calls.filter(call => call.operation === 'StartImageScan' && call.outcome === outcome);

  test('a scan that another client starts is awaited', async () => {
    const { digest } = scene.image();
    scene.finds(digest, finding('CVE-1'));
    scene.after('DescribeImageScanFindings', async () => {
      await someoneElse().send(new StartImageScanCommand({ repositoryName: 'app', imageId: { imageDigest: digest } }));
    });
    expect(refused(await scene.create())).toContain('CVE-1');
    expect(refusals('LimitExceededException')).not.toHaveLength(0);
  });

  test('a scan that cannot be started is requested only once, although the SDK would retry LimitExceededException'
    + ' for a minute', async () => {
    const { digest } = scene.image();
    await someoneElse().send(new StartImageScanCommand({ repositoryName: 'app', imageId: { imageDigest: digest } }));
    scene.ecr.scanEnds('app', digest, 'FAILED', 'ScanError: again');
    refused(await scene.create());
    expect(refusals('LimitExceededException')).toHaveLength(1);
  });

  const firstPage = () => (call: { readonly outcome: string }) => call.outcome === 'ok';
  test.each<[string, 'BASIC' | 'ENHANCED', (digest: string) => void]>([
    ['the scan no longer exists', 'ENHANCED', () => scene.ecr.scanning('ENHANCED', 'CONTINUOUS_SCAN', { filters: ['other/*'] })],
    ['findings are no longer returned', 'ENHANCED', digest => scene.ecr.scanEnds('app', digest, 'FINDINGS_UNAVAILABLE')],
    ['the image is no longer eligible', 'ENHANCED', digest => scene.ecr.scanEnds('app', digest, 'SCAN_ELIGIBILITY_EXPIRED')],
    ['the scan fails', 'BASIC', digest => scene.ecr.scanEnds('app', digest, 'FAILED', 'ScanError')],
  ])('if %s between two pages, unread findings do not count as no findings', async (_what, type, act) => {
    scene.ecr.scanning(type, type === 'BASIC' ? 'SCAN_ON_PUSH' : 'CONTINUOUS_SCAN');
    scene.ecr.scanPolls = 0;
    scene.nowIs(-100_000); // the findings of an enhanced scan are complete after 90 seconds, so that the first page is read once
    const { digest } = scene.image();
    scene.finds(digest, ...many(1_000, 'LOW'), finding('CVE-1'));
    await scene.scannedAgo(Duration.seconds(100));
    scene.after('DescribeImageScanFindings', () => act(digest), firstPage());
    refused(await scene.create());
  });

  test('the findings of enhanced scanning count if it is turned on', async () => {
    const { digest } = scene.image();
    scene.finds(digest, finding('CVE-1'));
    scene.after('StartImageScan', () => scene.ecr.scanning('ENHANCED'));
    expect(refused(await scene.create())).toContain('CVE-1');
  });
});

describe('a timeout', () => {
  test('of the gate is an error with state and scan frequency', async () => {
    scene.ecr.scanPolls = Infinity;
    const { digest } = scene.image();
    const reason = refused(await scene.create({ timeout: Duration.minutes(2) }));
    expect(reason).toContain(`the scan of ${digest} is not finished (IN_PROGRESS, scan frequency MANUAL)`);
    expect(scene.calls('StartImageScan')).toHaveLength(1);
  });

  test('for one image of an index refuses the index', async () => {
    const { images } = scene.index({ images: 4 });
    scene.ecr.scanPolls = 0;
    scene.after('BatchGetImage', async () => {
      scene.ecr.scanPolls = Infinity;
      await someoneElse().send(new StartImageScanCommand({ repositoryName: 'app', imageId: { imageDigest: images[3].digest } }));
      scene.ecr.scanPolls = 0;
    });
    expect(refused(await scene.create({ timeout: Duration.minutes(1) }))).toContain(`the scan of ${images[3].digest} is not finished`);
  });

  test('of the function is an error that names the current step', async () => {
    const { digest } = scene.image();
    scene.ecr.faults.add({ kind: 'hang', operation: 'DescribeImageScanFindings', skip: 2 });
    scene.ecr.scanPolls = 5;
    expect(refused(await scene.create({}, { remaining: 15_400 })))
      .toMatch(new RegExp(`^Repository 'app': time ran out while waiting for the scan of ${digest} .* Try again`));
  });
});

describe('a rollback continues', () => {
  test('if the scan does not end in time', async () => {
    const { digest } = scene.image();
    const done = await scene.create();
    letThrough(done);
    scene.ecr.scanning('ENHANCED');
    scene.ecr.scanPolls = Infinity;
    expect(letThrough(await scene.update(done, {}, 'UPDATE_ROLLBACK_IN_PROGRESS'))).toMatchObject({ ImageDigestHex: hexOf(digest) });
  });

  test('if the image is deleted during the check', async () => {
    const { digest } = scene.image();
    const done = await scene.create();
    letThrough(done);
    scene.after('DescribeImages', async () => {
      await someoneElse().send(new BatchDeleteImageCommand({ repositoryName: 'app', imageIds: [{ imageDigest: digest }] }));
    });
    expect(letThrough(await scene.update(done, {}, 'UPDATE_ROLLBACK_IN_PROGRESS'))).toMatchObject({ ImageDigestHex: hexOf(digest) });
  });
});
