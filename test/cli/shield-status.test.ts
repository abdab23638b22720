import { digestOf } from './command-line';
import { BUCKET, environmentsNamed, EXPIRE_POLICY, HOUR, REGION, REGISTRY, shieldAccountForEachTest } from './shield-account';
import { describeBucketRefusal } from '../../cli/shield/state-bucket';
import { LAST_SUCCESS_KEY, partitionOf, resultKey, searchFailureKey, STOP_KEY, stateKey } from '../../src/core/shield/keys';

const account = shieldAccountForEachTest();
const PLACE = `${REGISTRY}/${REGION}`;

afterEach(() => expect(account().writes).toEqual([]));

/** Creates two repositories whose three images in use are protected. */
async function protectThreeImages(): Promise<{ app: string[]; worker: string[] }> {
  const [app, worker] = [await account().addKept('team/app', 2), await account().addKept('team/worker', 1)];
  await account().writeState({
    'team/app': { [app[0]]: {}, [app[1]]: { since: '2026-06-02T00:00:00.000Z', usedBy: 'task family:7' } },
    'team/worker': { [worker[0]]: { usedBy: 'function resize', seenIn: ['000000000000/us-east-1 lambda'] } },
  });
  await account().writeSuccess(5);
  return { app, worker };
}

describe('shield status of a shield that is well', () => {
  test('lists all images in use and exits with 0', async () => {
    const { app, worker } = await protectThreeImages();
    const { status, stdout, stderr } = await account().status();
    expect([status, stderr]).toEqual([0, '']);
    const [heading, ...lines] = stdout.split('\n');
    expect(heading).toBe(`image shield in bucket ${BUCKET}: not stopped`);
    expect(lines[0]).toMatch(/^last success: \d{4}-\d\d-\d\d \d\d:\d\d \(5 hours ago\)$/);
    expect(lines[1]).toMatch(/^latest run: run-1, started .{16}, succeeded; 1 of 1 environment searched, 2 uses found$/);
    expect(lines.slice(2)).toEqual([
      'images in use: 3 in 2 repositories, 3 protected, 0 not protected',
      '',
      '  REPOSITORY   DIGEST        PHASE  TAG  POLICY  SINCE             LAST USED         USED BY          SEEN IN',
      `  team/app     ${app[0].slice(7, 19)}  kept   yes  yes     2026-06-01 00:00  2026-06-02 12:00  service web/app  `
        + '000000000000/us-east-1 ecs',
      `  team/app     ${app[1].slice(7, 19)}  kept   yes  yes     2026-06-02 00:00  2026-06-02 12:00  task family:7    `
        + '000000000000/us-east-1 ecs',
      `  team/worker  ${worker[0].slice(7, 19)}  kept   yes  yes     2026-06-01 00:00  2026-06-02 12:00  function resize  `
        + '000000000000/us-east-1 lambda',
      '',
    ]);
  });

  test('prints only documented members with --json', async () => {
    const { worker } = await protectThreeImages();
    const { status, ...report } = await account().report('--repository', 'team/worker');
    expect(status).toBe(0);
    expect(report).toEqual({
      bucket: BUCKET,
      isWell: true,
      stopped: null,
      lastSuccess: expect.stringMatching(/^\d{4}-.+Z$/),
      hoursSinceSuccess: 5,
      latestRun: {
        run: 'run-1',
        startedAt: expect.stringMatching(/^\d{4}-.+Z$/),
        outcome: 'SUCCEEDED',
        environments: 1,
        searchedEnvironments: 1,
        missingEnvironments: [],
        uses: 2,
      },
      images: [{
        registry: REGISTRY,
        region: REGION,
        repository: 'team/worker',
        imageDigest: worker[0],
        phase: 'kept',
        since: '2026-06-01T00:00:00.000Z',
        lastUsed: '2026-06-02T12:00:00.000Z',
        seenIn: ['000000000000/us-east-1 lambda'],
        usedBy: 'function resize',
        live: 'present',
        hasKeepTag: true,
        isKeptByPolicy: true,
        isProtected: true,
      }],
      policyGaps: [],
      findings: [],
      moreFindings: 0,
      damagedObjects: [],
      failures: [],
    });
  });

  test('reads only the partition of the repository that --repository selects', async () => {
    await protectThreeImages();
    await account().status('--repository', 'team/app');
    const reads = account().s3.calls.filter(({ operation }) => operation === 'GetObject').map(({ input }) => String(input.Key));
    expect(reads.filter(key => key.startsWith('state/'))).toEqual([stateKey(partitionOf(REGISTRY, REGION, 'team/app'))]);
  });

  test('calls Amazon ECR once for 100 images, and once for each lifecycle policy', async () => {
    account().ecr.seed({ repositoryName: 'team/app', images: 250, kind: 'flat' });
    const digests = account().ecr.repository('team/app').images.map(({ digest }) => digest);
    await account().writeState({ 'team/app': Object.fromEntries(digests.map(digest => [digest, {}])) });
    await account().status();
    expect(account().ecr.calls.map(({ operation }) => operation).sort())
      .toEqual(['DescribeImages', 'DescribeImages', 'DescribeImages', 'GetLifecyclePolicy']);
  });

  test('does not call Amazon ECR with --no-verify, and says so', async () => {
    await protectThreeImages();
    const { status, stdout } = await account().status('--no-verify');
    expect([status, account().ecr.calls]).toEqual([0, []]);
    expect(stdout).toContain('images in use: 3 in 2 repositories (not verified in Amazon ECR)\n');
    expect(stdout).toContain('kept   -    -   ');
  });

  test('lists images of releases without reading their tags', async () => {
    const [digest] = await account().addKept('team/app', 1);
    await account().writeState({ 'team/app': { [digest]: {}, [digestOf('old')]: { phase: 'released' } } });
    await account().writeSuccess(1);
    const { status, stdout } = await account().status();
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}team\/app +6f6c64000000 +released +- +- /m);
    expect(stdout).toContain('images in use: 1 in 1 repository, 1 protected');
  });
});

describe('shield status exits with 1 if an image in use', () => {
  test('has no keep tag', async () => {
    const [digest] = await account().addKept('team/app', 1);
    const untagged = account().ecr.addImage({ repositoryName: 'team/app', tags: ['v2'] });
    await account().writeState({ 'team/app': { [digest]: {}, [untagged]: {} } });
    await account().writeSuccess(1);
    const { status, stdout, stderr } = await account().status();
    expect([status, stderr]).toEqual([1, 'error: 1 image in use is not protected\n']);
    expect(stdout).toContain('images in use: 2 in 1 repository, 1 protected, 1 not protected\n');
    expect(stdout.split('\n').find(line => line.startsWith('  team/app'))).toMatch(/^ {2}team\/app {4}\w{12} {2}kept {3}no {3}yes /);
  });

  test('has a keep tag of another image only', async () => {
    const [digest] = await account().addKept('team/app', 1);
    const other = account().ecr.addImage({ repositoryName: 'team/app', tags: ['in-use-0123456789ab'] });
    await account().writeState({ 'team/app': { [digest]: {}, [other]: {} } });
    await account().writeSuccess(1);
    expect((await account().report()).images).toMatchObject([
      { imageDigest: other, hasKeepTag: false, isProtected: false }, { imageDigest: digest, hasKeepTag: true, isProtected: true },
    ]);
  });

  test('is missing or archived, and shows the others', async () => {
    const digests = await account().addKept('team/app', 3);
    const archived = account().ecr.addImage({ repositoryName: 'team/app', tags: ['old'], status: 'ARCHIVED' });
    const missing = [digestOf('gone'), digestOf('gone too')];
    await account().writeState({
      'team/app': Object.fromEntries([...digests, archived, ...missing].map(digest => [digest, {}])),
      'team/lost': { [digestOf('lost')]: {} },
    });
    await account().writeSuccess(1);
    const { status, images, policyGaps } = await account().report();
    expect(status).toBe(1);
    expect((images as Array<{ imageDigest: string; live: string }>).map(({ imageDigest, live }) => [imageDigest, live])).toEqual(
      expect.arrayContaining([
        ...digests.map(digest => [digest, 'present']), [archived, 'archived'], ...missing.map(digest => [digest, 'missing']),
        [digestOf('lost'), 'missing'],
      ]),
    );
    expect(policyGaps).toEqual([
      { registry: REGISTRY, region: REGION, repository: 'team/lost', problem: 'the repository does not exist' },
    ]);
  });

  test('has a lifecycle policy that does not keep it', async () => {
    const [digest] = await account().addKept('team/app', 1, { lifecyclePolicyText: EXPIRE_POLICY });
    await account().writeState({ 'team/app': { [digest]: {} } });
    await account().writeSuccess(1);
    const { status, stdout } = await account().status();
    expect(status).toBe(1);
    expect(stdout).toMatch(/^ {2}team\/app {4}\w{12} {2}kept {3}yes {2}no /m);
    expect(stdout).toMatch(/\nLifecycle policies that do not keep images in use:\n {2}REGION.+\n {2}us-east-1 {2}team\/app .+\n/);
  });

  test('is not tagged yet, also with --no-verify', async () => {
    await account().writeState({ 'team/app': { [digestOf('new')]: { phase: 'wanted' } } });
    await account().writeSuccess(1);
    const { status, stdout } = await account().status('--no-verify');
    expect([status, stdout.includes('1 in 1 repository, 1 not tagged yet (not verified')]).toEqual([1, true]);
  });

  test('has the tags of another prefix than --tag-prefix', async () => {
    const [digest] = await account().addKept('team/app', 1);
    await account().writeState({ 'team/app': { [digest]: {} } });
    await account().writeSuccess(1);
    expect((await account().report('--tag-prefix', 'runs-')).images).toMatchObject([{ hasKeepTag: false }]);
  });
});

describe('shield status exits with 1', () => {
  test('if no run has written to the bucket yet, and says what to check', async () => {
    const { status, stdout, stderr } = await account().status();
    expect([status, stderr]).toEqual([1, 'error: no run has succeeded yet\n']);
    expect(stdout).toBe([
      `image shield in bucket ${BUCKET}: not stopped`, 'last success: none', 'latest run: none in the last 30 days', 'images in use: 0', '',
      'No run has written to this bucket yet. The first run starts at most one interval after the deployment of the shield. If you expected'
        + ' one, check that the bucket is that of the shield, and look at the executions of its state machine.',
      '',
    ].join('\n'));
  });

  test('if the first run has begun and not succeeded', async () => {
    await account().write(LAST_SUCCESS_KEY, { at: new Date().toISOString(), isFirstRun: true });
    const { status, lastSuccess, hoursSinceSuccess } = await account().report();
    expect([status, lastSuccess, hoursSinceSuccess]).toEqual([1, null, null]);
  });

  test('if the last success is older than two days', async () => {
    await account().writeSuccess(49);
    const { status, stderr } = await account().status();
    expect([status, stderr]).toEqual([1, 'error: the last success was 2 days ago\n']);
  });

  test('if the latest run has findings, and lists them with what it could not search', async () => {
    const [digest] = await account().addKept('team/app', 1);
    await account().writeState({ 'team/app': { [digest]: {} } });
    await account().writeSuccess(7, 'zebra');
    const startedAt = Date.now() - 5 * HOUR;
    const names = [PLACE, '111122223333/eu-west-1', '111122223333/us-east-1', '444455556666/us-east-1'];
    await account().write('runs/aardvark/environments.json', environmentsNamed(names), startedAt);
    await account().write(`runs/aardvark/environments/${PLACE}.json`, { searchedAt: '', uses: 1, failedSources: { ecs: 'throttled' } });
    await account().write(`runs/aardvark/environments/${names[1]}.json`, { searchedAt: '', uses: 0, failedSources: { lambda: 'x' } });
    await account().write(searchFailureKey('aardvark', names[3]), {
      kind: 'environment-unreadable', message: 'the role cannot be assumed', environment: names[3],
    });
    await account().write(searchFailureKey('aardvark', names[1], 0), {
      kind: 'source-unreadable', message: 'AWS Lambda could not be read', environment: names[1],
    });
    await account().write(resultKey('aardvark', `${PLACE}/a`), {
      partition: `${PLACE}/a`,
      findings: [
        { kind: 'image-archived', message: 'the image is archived', repositoryName: 'team/app', imageDigest: digest },
        { kind: 'a-kind-of-the-future', message: 'unknown' },
      ],
      moreFindings: 3,
    });
    const { status, stdout, stderr } = await account().status();
    expect([status, stderr]).toEqual([1, 'error: the latest run has 9 findings\n']);
    expect(stdout).toMatch(new RegExp('^latest run: aardvark, started .+, did not succeed; 2 of 4 environments searched, 1 use found;'
      + ' not searched: 111122223333/us-east-1, 444455556666/us-east-1$', 'm'));
    expect(stdout.slice(stdout.indexOf('Findings')).split('\n').map(line => line.trim().split(/ {2,}/))).toEqual([
      ['Findings of the latest run:'],
      ['KIND', 'WHERE'],
      ['source-unreadable', '111122223333/eu-west-1', 'AWS Lambda could not be read'],
      ['environment-unreadable', '444455556666/us-east-1', 'the role cannot be assumed'],
      ['environment-unreadable', '111122223333/us-east-1', 'the environment was not searched'],
      ['source-unreadable', PLACE, 'ecs: throttled'],
      ['image-archived', `team/app ${digest.slice(7, 19)}`, 'the image is archived'],
      ['a-kind-of-the-future', '-', 'unknown'],
      ['and 3 more (the objects of the run in the bucket have more of them)'],
      [''],
    ]);
  });

  test('if a state object is damaged, and shows the images of the others', async () => {
    const [digest] = await account().addKept('team/app', 1);
    await account().writeState({ 'team/app': { [digest]: {} } });
    await account().writeSuccess(1);
    const damaged = ['0', '1', '2'].map(digit => `state/111122223333/${REGION}/${digit}.json`);
    for (const [index, key] of damaged.entries()) await account().write(key, ['{', '[]', { version: 1, complete: true, images: 1 }][index]);
    await account().write('runs/run-1/results/broken.json', '{}');
    const { status, stdout, stderr } = await account().status();
    expect([status, stderr]).toEqual([1, 'error: 4 objects of the shield are damaged\n']);
    expect(stdout).toContain(`\n  team/app    ${digest.slice(7, 19)}  kept `);
    for (const key of damaged) expect(stdout).toContain(`\n  ${key}\n`);
    expect(stdout).toContain('\nDamaged objects of the latest run:\n  runs/run-1/results/broken.json\n');
    expect((await account().report()).damagedObjects).toEqual([...damaged, 'runs/run-1/results/broken.json']);
  });

  test('if the list of environments is damaged', async () => {
    await account().writeSuccess(1);
    await account().write('runs/run-1/environments.json', '{}', Date.now() - HOUR);
    expect((await account().report()).damagedObjects).toEqual(['runs/run-1/environments.json']);
  });
});

describe('shield status during a run', () => {
  test('does not report an environment that is not searched yet', async () => {
    await account().writeSuccess(7);
    await account().write('runs/run-2/environments.json', environmentsNamed([PLACE]), Date.now() - 60_000);
    const { status, latestRun, findings } = await account().report();
    expect([status, findings]).toEqual([0, []]);
    expect(latestRun).toMatchObject({ run: 'run-2', outcome: 'UNFINISHED', missingEnvironments: [PLACE] });
  });
});

describe('shield status of a stopped shield', () => {
  test('shows since when, by whom, and why it is stopped', async () => {
    await protectThreeImages();
    await account().write(STOP_KEY, { at: '2026-06-01T00:00:00.000Z', by: 'arn:aws:iam::1:user/ann', reason: 'an\naudit\u001b[31m' });
    const { status, stdout } = await account().status();
    expect(status).toBe(0);
    expect(stdout).toContain(`bucket ${BUCKET}: STOPPED since 2026-06-01T00:00:00.000Z by arn:aws:iam::1:user/ann (an audit\ufffd[31m)\n`);
    expect((await account().report()).stopped)
      .toEqual({ at: '2026-06-01T00:00:00.000Z', by: 'arn:aws:iam::1:user/ann', reason: 'an\naudit\u001b[31m' });
  });

  test('shows that a switch without details stops it too', async () => {
    await account().write(STOP_KEY, 'stop!');
    const { stdout } = await account().status();
    expect(stdout).toContain('STOPPED. Object \'control/stop.json\' does not say since when, by whom, and why\n');
    expect(stdout).toContain('no run starts while the shield is stopped');
    expect((await account().report()).stopped).toEqual({ at: null, by: null, reason: null });
  });
});

describe('shield status of a large shield', () => {
  const rowsOf = (stdout: string) => stdout.split('\n').filter(line => / (kept|wanted) /.test(line));

  test('lists 200 of 50,001 images with 120 MB of memory, those without protection first', async () => {
    const digests = Array.from({ length: 50_000 }, (_, index) => digestOf(String(index)));
    await account().writeState(Object.fromEntries(Array.from({ length: 16 }, (_, part) => [
      `team/${part}`,
      Object.fromEntries(digests.slice(part * 3_125, (part + 1) * 3_125).map(digest => [digest, {}])),
    ])));
    await account().writeState({ 'last/zebra': { [digestOf('zebra')]: { phase: 'wanted' } } }, '999999999999/us-east-1');
    await account().writeSuccess(1);
    const { stdout } = await account().shield(['status', '--bucket', BUCKET, '--no-verify'], {
      env: { NODE_OPTIONS: '--max-old-space-size=120' },
    });
    const rows = rowsOf(stdout);
    expect(rows).toHaveLength(200);
    expect(rows[0]).toMatch(/^ {2}999999999999\/us-east-1 {2}last\/zebra /);
    expect(stdout).toContain('\n  and 49801 more (--all lists them)\n');
  });

  test('lists all images with --all and with --json', async () => {
    await account().writeState({ 'team/app': Object.fromEntries(Array.from({ length: 250 }, (_, index) => [digestOf(`n${index}`), {}])) });
    expect(rowsOf((await account().status('--no-verify')).stdout)).toHaveLength(200);
    expect(rowsOf((await account().status('--no-verify', '--all')).stdout)).toHaveLength(250);
    expect((await account().report('--no-verify')).images).toHaveLength(250);
  });

  test('reads the lists of more than one page', async () => {
    account().s3.pageSize = 2;
    await protectThreeImages();
    for (let index = 0; index < 7; index += 1) {
      await account().write(`runs/run-${index}/environments.json`, [], Date.now() - (index === 5 ? 3 : 4) * HOUR);
      await account().writeState({ [`team/${index}`]: { [digestOf(String(index))]: {} } });
    }
    const { latestRun, images } = await account().report('--no-verify');
    expect(latestRun).toMatchObject({ run: 'run-5' });
    expect(images).toHaveLength(10);
  });
});

describe('shield status explains', () => {
  const explained = async (...args: string[]) => {
    const { status, stdout, stderr } = await account().status(...args);
    return [status, stdout, stderr];
  };

  test('a bucket that does not exist', async () => {
    account().s3.deleteBucket(BUCKET);
    expect(await explained()).toEqual([1, '', `error: bucket '${BUCKET}' not found. Check its name and your AWS profile\n`]);
  });

  test('a denied call to the bucket, with its IAM action', async () => {
    account().s3.faults.add({ kind: 'accessDenied', operation: 'ListObjectsV2', times: Infinity });
    expect((await explained())[2]).toMatch(new RegExp(`^error: access denied to s3:ListBucket on bucket '${BUCKET}': .+\\n$`));
  });

  test('a denied call to a repository, and shows the rest', async () => {
    const { app } = await protectThreeImages();
    account().s3.principal('test', {
      policy: [
        { Effect: 'Allow', Action: ['s3:ListBucket', 's3:GetObject'], Resource: '*' },
        { Effect: 'Allow', Action: 'ecr:*', Resource: '*' },
        { Effect: 'Deny', Action: 'ecr:DescribeImages', Resource: 'arn:aws:ecr:*:*:repository/team/app' },
      ],
    });
    const { status, stdout, stderr } = await account().status();
    expect([status, stderr]).toEqual([1, 'error: 1 call to Amazon ECR failed, so the protection of some images is unknown\n']);
    expect(stdout).toContain('3 in 2 repositories, 1 protected, 0 not protected, 2 unknown\n');
    expect(stdout).toContain(`  team/app     ${app[0].slice(7, 19)}  kept   -    yes `);
    expect(stdout).toMatch(/\nFailed calls:\n.+\n {2}us-east-1 {2}team\/app {4}access denied to ecr:DescribeImages on repository 'team\/app'/);
  });

  test('missing credentials once', async () => {
    const { status, stderr } = await account().shield(['status', '--bucket', BUCKET], { env: { AWS_ACCESS_KEY_ID: '' } });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: no AWS credentials.+\n$/);
  });

  test('a missing Region', async () => {
    const { status, stderr } = await account().shield(['status', '--bucket', BUCKET], { env: { AWS_REGION: '' } });
    expect([status, stderr]).toEqual([1, 'error: no Region. Specify one with --region, AWS_REGION, or your AWS profile\n']);
  });

  test.each([
    ['PermanentRedirect', 'bucket \'b\' is in another Region. Specify that Region with --region'],
    ['InvalidAccessKeyId', 'AWS rejected the credentials: text. Sign in again'],
    ['SlowDown', 'AWS throttled every attempt. Try again in a few minutes'],
    ['NotImplemented', 'bucket \'b\': a call to S3 failed: text'],
  ])('the error %s of S3', (name, text) => {
    expect(describeBucketRefusal(Object.assign(new Error('text'), { name }), 'b')).toBe(text);
  });
});

test('shield status waits for throttled calls', async () => {
  await protectThreeImages();
  account().ecr.faults.add({ kind: 'throttle' });
  expect((await account().status()).status).toBe(0);
});

test('shield status needs the documented permissions and no others', async () => {
  await protectThreeImages();
  const policy = [
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: `arn:aws:s3:::${BUCKET}` },
    { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${BUCKET}/*` },
    { Effect: 'Allow', Action: ['ecr:DescribeImages', 'ecr:GetLifecyclePolicy'], Resource: 'arn:aws:ecr:*:*:repository/team/*' },
  ] as const;
  account().s3.principal('test', { policy });
  expect((await account().status()).status).toBe(0);
  expect(new Set(account().s3.granted('test').map(({ action }) => action)))
    .toEqual(new Set(['s3:ListBucket', 's3:GetObject', 'ecr:DescribeImages', 'ecr:GetLifecyclePolicy']));
});
