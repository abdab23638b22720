import { Duration } from 'aws-cdk-lib';
import { finding, GateScene, hexOf, letThrough, many, refused } from './scene';

let scene: GateScene;
beforeEach(async () => { scene = await GateScene.start(); });
afterEach(() => scene.stop());

const MIND_ALL = { limits: { critical: 0, high: 0, medium: 0, low: 0, informational: 0, untriaged: 0 } };

describe('continuous scanning:', () => {
  beforeEach(() => scene.ecr.scanning('ENHANCED'));

  test('the gate waits for PENDING, and checks the current findings of ACTIVE', async () => {
    scene.ecr.scanPolls = 4;
    const { digest } = scene.image();
    scene.finds(digest, finding('CVE-1'), ...many(2, 'MEDIUM'), finding('CVE-9', 'UNTRIAGED'));
    expect(refused(await scene.create())).toContain('1 CRITICAL finding (at most 0): CVE-1 CRITICAL in openssl 3.0.1');
    expect(scene.calls('DescribeImageScanFindings').length).toBeGreaterThan(4);
    scene.finds(digest, ...many(2, 'MEDIUM'), finding('CVE-9', 'UNTRIAGED'));
    expect(letThrough(await scene.create()))
      .toMatchObject({ ImageDigestHex: hexOf(digest), CRITICAL: '0', MEDIUM: '2', UNTRIAGED: '1', Summary: '2 MEDIUM, 1 UNTRIAGED' });
  });

  test('the gate waits for a scan that does not exist yet', async () => {
    Object.assign(scene.ecr, { unknownScanPolls: 3, scanPolls: 2 });
    scene.finds(scene.image().digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('CVE-1');
  });

  test('the gate waits for findings while ACTIVE has neither findings nor a completion time', async () => {
    scene.ecr.emptyScanPolls = 6;
    scene.finds(scene.image().digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('1 CRITICAL finding');
  });

  test('an image that remains ACTIVE without a completion time is refused with that reason', async () => {
    scene.ecr.emptyScanPolls = Infinity;
    scene.image();
    expect(refused(await scene.create()))
      .toMatch(/is not finished \(ACTIVE without a completion time, scan frequency CONTINUOUS_SCAN\)/);
  });

  test('an image without findings passes when its scan has a completion time after the push', async () => {
    scene.image();
    expect(letThrough(await scene.create())).toMatchObject({ Summary: 'no findings' });
  });

  test('findings that are suppressed or closed do not count', async () => {
    scene.finds(
      scene.image().digest, finding('CVE-1', 'CRITICAL', { status: 'SUPPRESSED' }), finding('CVE-2', 'HIGH', { status: 'CLOSED' }),
    );
    expect(letThrough(await scene.create(MIND_ALL))).toMatchObject({ Summary: 'no findings', CRITICAL: '0', HIGH: '0', IGNORED: '0' });
  });

  test('a finding that is suppressed in one image of an index counts for another image', async () => {
    const { images } = scene.index({ images: 2 });
    scene.finds(images[0].digest, finding('CVE-1', 'CRITICAL', { status: 'SUPPRESSED' }));
    scene.finds(images[1].digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('CVE-1');
  });

  test('the message has the version with the fix, if there is one', async () => {
    scene.finds(scene.image().digest,
      finding('CVE-1', 'CRITICAL', { packages: [{ name: 'zlib', version: '1.2', fixedInVersion: '1.3' }, { name: 'bash', version: '5' }] }),
      finding('CVE-2', 'CRITICAL', { packages: [{ name: 'bash', version: '5' }] }));
    const reason = refused(await scene.create());
    expect(reason).toContain('CVE-1 CRITICAL in zlib 1.2, fixed in 1.3; CVE-2 CRITICAL in bash 5. Fix');
    expect(reason).not.toContain('NotAvailable');
  });

  test('an index is checked by its images, which have scans, and not by attestations', async () => {
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

  test('the gate waits for the timeout, and the message then has state and scan frequency', async () => {
    scene.ecr.scanPolls = Infinity;
    const { digest } = scene.image();
    const reason = refused(await scene.create({ timeout: Duration.seconds(60) }));
    expect(reason).toContain(`Repository 'app': the scan of ${digest} is not finished (PENDING, scan frequency CONTINUOUS_SCAN)`);
    expect(reason).toContain('\'timeout\'');
    const polls = scene.calls('DescribeImageScanFindings').length;
    expect(polls).toBeGreaterThan(5);
    expect(polls).toBeLessThan(62);
  });

  test('a scan that ends within the timeout counts, and one that ends later does not', async () => {
    scene.image();
    scene.ecr.scanPolls = 5;
    letThrough(await scene.create({ timeout: Duration.minutes(3) }));
    scene.ecr.recreate('app');
    scene.image();
    scene.ecr.scanPolls = 100;
    refused(await scene.create({ timeout: Duration.minutes(3) }));
  });
});

describe('scanning on push:', () => {
  beforeEach(() => scene.ecr.scanning('ENHANCED', 'SCAN_ON_PUSH'));

  test('the gate checks the findings of COMPLETE', async () => {
    const { digest } = scene.image();
    scene.finds(digest, finding('CVE-1', 'LOW'));
    expect(letThrough(await scene.create())).toMatchObject({ LOW: '1' });
    scene.ecr.recreate('app');
    scene.finds(scene.image().digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('CVE-1');
  });

  test('the gate waits for findings while COMPLETE has neither findings nor a completion time', async () => {
    Object.assign(scene.ecr, { unknownScanPolls: 1, emptyScanPolls: 6 });
    scene.finds(scene.image().digest, finding('CVE-1'));
    expect(refused(await scene.create())).toContain('1 CRITICAL finding');
  });

  test('an image that remains COMPLETE without a completion time is refused', async () => {
    scene.ecr.emptyScanPolls = Infinity;
    scene.image();
    expect(refused(await scene.create()))
      .toMatch(/is not finished \(COMPLETE without a completion time, scan frequency SCAN_ON_PUSH\)/);
  });

  test('findings that are older than the maximum age are used, because no scan can be started', async () => {
    const { digest } = scene.image();
    scene.finds(digest, finding('CVE-1', 'LOW'));
    await scene.scannedAgo(Duration.days(90));
    expect(letThrough(await scene.create())).toMatchObject({ LOW: '1' });
    expect(scene.calls('StartImageScan')).toEqual([]);
  });
});

describe('a repository that no filter matches', () => {
  test('is never scanned, and the error appears immediately with a remedy', async () => {
    scene.ecr.scanning('ENHANCED', 'CONTINUOUS_SCAN', { filters: ['other/*'] });
    scene.image();
    expect(refused(await scene.create())).toMatch(/^Repository 'app' is never scanned: .* filter .*put-registry-scanning-configuration/);
    expect(scene.calls('DescribeImageScanFindings')).toHaveLength(0);
    expect(scene.ecr.calls.filter(({ operation }) => operation === 'DescribeImageScanFindings').length).toBeLessThan(4);
  });

  test('is refused even with allowUnsupported', async () => {
    scene.ecr.scanning('ENHANCED', 'CONTINUOUS_SCAN', { filters: ['other/*'] });
    scene.image();
    refused(await scene.create({ allowUnsupported: true }));
  });
});

test('the role has the permissions for Amazon Inspector, and the reason names a missing one', async () => {
  scene.ecr.scanning('ENHANCED');
  scene.finds(scene.image().digest, finding('CVE-1', 'LOW'));
  const done = await scene.create();
  expect(letThrough(done)).toMatchObject({ LOW: '1' });
  const policy = done.stack.policy().filter(({ Action }) => ![Action].flat().some(action => action.startsWith('inspector2:')));
  expect(policy).toHaveLength(done.stack.policy().length - 1);
  scene.ecr.principal(scene.account.roleOf(done.stack), { policy });
  expect(refused(await scene.create())).toContain('inspector2:List');
});
