import { Duration } from 'aws-cdk-lib';
import { finding, GateScene, hexOf, letThrough, many, refused } from './scene';

let scene: GateScene;
beforeEach(async () => { scene = await GateScene.start(); });
afterEach(() => scene.stop());

const MIND_ALL = { limits: { critical: 0, high: 0, medium: 0, low: 0, informational: 0, untriaged: 0 } };

describe('continuous scanning', () => {
  beforeEach(() => scene.ecr.scanning('ENHANCED'));

  test('PENDING is waited for, ACTIVE is judged by what is found now', async () => {
    scene.ecr.scanPolls = 4;
    const { digest } = scene.image();
    scene.finds(digest, finding('CVE-1'), ...many(2, 'MEDIUM'), finding('CVE-9', 'UNTRIAGED'));
    expect(refused(await scene.create())).toContain('1 CRITICAL finding (at most 0): CVE-1 CRITICAL in openssl 3.0.1');
    expect(scene.calls('DescribeImageScanFindings')).toHaveLength(5);
    scene.finds(digest, ...many(2, 'MEDIUM'), finding('CVE-9', 'UNTRIAGED'));
    expect(letThrough(await scene.create()))
      .toMatchObject({ ImageDigestHex: hexOf(digest), CRITICAL: '0', MEDIUM: '2', UNTRIAGED: '1', Summary: '2 MEDIUM, 1 UNTRIAGED' });
  });

  test('a scan that is not known at first is waited for', async () => {
    Object.assign(scene.ecr, { unknownScanPolls: 3, scanPolls: 2 });
    scene.finds(scene.image().digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('CVE-1');
  });

  test('ACTIVE without findings or a time of completion can come before them: it is no end', async () => {
    scene.ecr.emptyScanPolls = 6;
    scene.finds(scene.image().digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('1 CRITICAL finding');
  });

  test('an image that stays ACTIVE without a time of completion does not pass, and the reason says so', async () => {
    scene.ecr.emptyScanPolls = Infinity;
    scene.image();
    expect(refused(await scene.create()))
      .toMatch(/is not finished \(ACTIVE without a time of completion, scan frequency CONTINUOUS_SCAN\)/);
  });

  test('an image without findings passes once its scan has a time of completion', async () => {
    scene.image();
    expect(letThrough(await scene.create())).toMatchObject({ Summary: 'no findings' });
  });

  test('findings that are suppressed or closed do not count', async () => {
    scene.finds(
      scene.image().digest, finding('CVE-1', 'CRITICAL', { status: 'SUPPRESSED' }), finding('CVE-2', 'HIGH', { status: 'CLOSED' }),
    );
    expect(letThrough(await scene.create(MIND_ALL))).toMatchObject({ Summary: 'no findings', CRITICAL: '0', HIGH: '0', IGNORED: '0' });
  });

  test('one that is suppressed in one image of an index counts for the other', async () => {
    const { images } = scene.index({ images: 2 });
    scene.finds(images[0].digest, finding('CVE-1', 'CRITICAL', { status: 'SUPPRESSED' }));
    scene.finds(images[1].digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('CVE-1');
  });

  test('the message says where it was mended, and says nothing where it was not', async () => {
    scene.finds(scene.image().digest,
      finding('CVE-1', 'CRITICAL', { packages: [{ name: 'zlib', version: '1.2', fixedInVersion: '1.3' }, { name: 'bash', version: '5' }] }),
      finding('CVE-2', 'CRITICAL', { packages: [{ name: 'bash', version: '5' }] }));
    const reason = refused(await scene.create());
    expect(reason).toContain('CVE-1 CRITICAL in zlib 1.2, fixed in 1.3; CVE-2 CRITICAL in bash 5 —');
    expect(reason).not.toContain('NotAvailable');
  });

  test('an index is judged by its images, of which it has scans, and not by attestations', async () => {
    const { images } = scene.index({ images: 3, nested: true, attestations: true });
    scene.finds(images[4].digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('CVE-1');
    scene.finds(images[4].digest);
    letThrough(await scene.create());
    expect(scene.judged()).toEqual([0, 2, 4].map(n => images[n].digest).sort());
  });

  test('findings on the second page count', async () => {
    scene.finds(scene.image().digest, ...many(1_000, 'LOW'), finding('CVE-1'));
    expect(refused(await scene.create())).toContain('CVE-1');
  });

  test('it is waited for as long as was asked, then the message says state and frequency', async () => {
    scene.ecr.scanPolls = Infinity;
    const { digest } = scene.image();
    const reason = refused(await scene.create({ timeout: Duration.seconds(60) }));
    expect(reason).toContain(`Repository 'app': the scan of ${digest} is not finished (PENDING, scan frequency CONTINUOUS_SCAN)`);
    expect(reason).toContain('\'timeout\'');
    const polls = scene.calls('DescribeImageScanFindings').length;
    expect(polls).toBeGreaterThan(5);
    expect(polls).toBeLessThan(62);
  });

  test('one that ends within the time is in time, one that ends after it is not', async () => {
    scene.image();
    scene.ecr.scanPolls = 5;
    letThrough(await scene.create({ timeout: Duration.minutes(1) }));
    scene.ecr.recreate('app');
    scene.image();
    scene.ecr.scanPolls = 100;
    refused(await scene.create({ timeout: Duration.minutes(1) }));
  });
});

describe('scanning on push', () => {
  beforeEach(() => scene.ecr.scanning('ENHANCED', 'SCAN_ON_PUSH'));

  test('COMPLETE is judged', async () => {
    const { digest } = scene.image();
    scene.finds(digest, finding('CVE-1', 'LOW'));
    expect(letThrough(await scene.create())).toMatchObject({ LOW: '1' });
    scene.ecr.recreate('app');
    scene.finds(scene.image().digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('CVE-1');
  });

  test('COMPLETE without findings or a time comes before them: it is no end', async () => {
    Object.assign(scene.ecr, { unknownScanPolls: 1, emptyScanPolls: 6 });
    scene.finds(scene.image().digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('1 CRITICAL finding');
  });

  test('one that stays that way is not let through', async () => {
    scene.ecr.emptyScanPolls = Infinity;
    scene.image();
    expect(refused(await scene.create()))
      .toMatch(/is not finished \(COMPLETE without a time of completion, scan frequency SCAN_ON_PUSH\)/);
  });

  test('the findings of a push that is longer ago than the maximum age pass, because no scan can be started', async () => {
    const { digest } = scene.image();
    scene.finds(digest, finding('CVE-1', 'LOW'));
    await scene.scannedAgo(Duration.days(90));
    expect(letThrough(await scene.create())).toMatchObject({ LOW: '1' });
    expect(scene.calls('StartImageScan')).toEqual([]);
  });
});

describe('a repository that no filter matches', () => {
  test('is never scanned: the message says so at once, and what to do', async () => {
    scene.ecr.scanning('ENHANCED', 'CONTINUOUS_SCAN', { filters: ['other/*'] });
    scene.image();
    expect(refused(await scene.create())).toMatch(/^Repository 'app' is never scanned: .* filter .*put-registry-scanning-configuration/);
    expect(scene.calls('DescribeImageScanFindings')).toHaveLength(0);
    expect(scene.ecr.calls.filter(({ operation }) => operation === 'DescribeImageScanFindings').length).toBeLessThan(4);
  });

  test('is not let through with allowUnsupported either', async () => {
    scene.ecr.scanning('ENHANCED', 'CONTINUOUS_SCAN', { filters: ['other/*'] });
    scene.image();
    refused(await scene.create({ allowUnsupported: true }));
  });
});

test('Amazon Inspector is asked with the rights that it wants; without them the reason names the one that is missing', async () => {
  scene.ecr.scanning('ENHANCED');
  scene.finds(scene.image().digest, finding('CVE-1', 'LOW'));
  const done = await scene.create();
  expect(letThrough(done)).toMatchObject({ LOW: '1' });
  const policy = done.stack.policy().filter(({ Action }) => ![Action].flat().some(action => action.startsWith('inspector2:')));
  expect(policy).toHaveLength(done.stack.policy().length - 1);
  scene.ecr.principal(scene.account.roleOf(done.stack), { policy });
  expect(refused(await scene.create())).toContain('inspector2:List');
});
