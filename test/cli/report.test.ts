import { writeFileSync } from 'node:fs';
import { STSClient } from '@aws-sdk/client-sts';
import { ACCOUNT, REGION, reportAccountForEachTest, stackArn } from './report-account';
import { markKey, markValue } from '../../src/core/mark';

jest.mock('../../cli/report/page/render-registry-page', () => ({ renderRegistryPage: JSON.stringify }));

const account = reportAccountForEachTest();
const OLD_UNTAGGED = { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 7 };
const POLICY = JSON.stringify({ rules: [{ rulePriority: 1, selection: OLD_UNTAGGED, action: { type: 'expire' } }] });
const IMAGE = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/app`;

function seedTwo(): void {
  account().ecr.seed({ repositoryName: 'worker', images: 3, kind: 'flat', untagged: 2, lifecyclePolicyText: POLICY });
  account().ecr.seed({ repositoryName: 'app', images: 2, kind: 'flat' });
}

test('a report has each repository with its images and its policy, with as few calls as possible', async () => {
  seedTwo();
  const { status, stdout, stderr, report } = await account().report();
  expect([status, stderr]).toEqual([0, 'note: report written to report.html\n']);
  expect(report.repositories.map(({ registry, name, problems, images, policy, owner }) =>
    [registry, name, problems, images?.all.count, images?.untagged.count, policy?.kind, owner.kind])).toEqual([
    [REGION, 'app', [], 2, 0, 'none', 'none'],
    [REGION, 'worker', [], 3, 2, 'policy', 'none'],
  ]);
  expect([report.account, report.notPulledForDays, report.registries.map(({ registry }) => registry)]).toEqual([ACCOUNT, 90, [REGION]]);
  expect(stdout).toContain('account 000000000000, us-east-1: 2 repositories with 5 images (50 MB)\n');
  expect(stdout).toMatch(/Largest repositories:\n +SIZE +IMAGES +REGISTRY +REPOSITORY\n +30 MB +3 +us-east-1 +worker\n/);
  expect(stdout).toContain('1 repository without a lifecycle policy');
  expect(account().calls).toEqual({
    GetCallerIdentity: 1, DescribeRepositories: 1, GetResources: 1, DescribeStacks: 1, DescribeImages: 2, GetLifecyclePolicy: 2,
  });
});

test('archived images count', async () => {
  account().ecr.seed({ repositoryName: 'app', images: 3, kind: 'flat', archived: 2 });
  const { report } = await account().report();
  expect(report.repositories[0].images).toMatchObject({ all: { count: 3 }, archived: { count: 2 } });
});

test('a repository with several pages of images is read completely', async () => {
  account().ecr.seed({ repositoryName: 'app', images: 2_300, kind: 'flat' });
  const { report } = await account().report();
  expect(report.repositories[0].images?.all.count).toBe(2_300);
  expect(account().calls.DescribeImages).toBe(3);
  expect(report.notes.join()).toMatch(/The timelines show 1,150 of 2,300 images/);
});

test('a report of two Regions has the repositories of both, in the order of the command', async () => {
  seedTwo();
  account().ecr.seed({ repositoryName: 'app', images: 1, kind: 'flat', region: 'eu-west-1' });
  const { report } = await account().report(['--region', 'us-east-1', 'eu-west-1']);
  expect(report.repositories.map(({ registry, name, images }) => [registry, name, images?.all.count]))
    .toEqual([[REGION, 'app', 2], [REGION, 'worker', 3], ['eu-west-1', 'app', 1]]);
  expect(report.registries.map(({ registry, quotas }) => [registry, quotas[0].used])).toEqual([[REGION, 2], ['eu-west-1', 1]]);
});

test('an empty registry gives a report', async () => {
  const { status, stdout, report } = await account().report();
  expect([status, report.repositories, report.notes]).toEqual([0, [], []]);
  expect(stdout).toBe('account 000000000000, us-east-1: 0 repositories with 0 images (0 B)\n');
  expect(account().calls).toEqual({ GetCallerIdentity: 1, DescribeRepositories: 1 });
});

test('ECR Public has no policies and no pulls, and a note says so', async () => {
  const tags = { [markKey('teardown')]: markValue(stackArn('Gone', 1), 'T') };
  account().ecrPublic.seed({ repositoryName: 'gallery', images: 2, kind: 'flat', tags });
  const { status, stdout, report } = await account().report(['--public']);
  expect(status).toBe(0);
  expect(report.repositories).toMatchObject([
    { registry: 'public', name: 'gallery', owner: { kind: 'kept' }, images: { all: { count: 2 } } },
  ]);
  expect(report.repositories[0].policy).toBeUndefined();
  expect(report.repositories[0].images?.notPulled).toBeUndefined();
  expect(report.notes.join()).toContain('ECR Public records no pull times');
  expect(stdout).not.toContain('neither pushed nor pulled');
  expect(account().ecr.calls).toEqual([]);
});

test('with --public and --region, both registries are reported', async () => {
  account().ecrPublic.seed({ repositoryName: 'gallery', images: 1, kind: 'flat' });
  seedTwo();
  const { report } = await account().report(['--public', '--region', REGION]);
  expect(report.repositories.map(({ registry, name }) => [registry, name]))
    .toEqual([[REGION, 'app'], [REGION, 'worker'], ['public', 'gallery']]);
});

test.each([
  [2, 'reads the resources of each stack'],
  [20, 'looks for the stack of each repository'],
])('with %i other stacks, a report %s, and knows which repositories a stack has or has kept', async others => {
  const tagOf = (name: string, nth: number) => ({ 'aws:cloudformation:stack-id': stackArn(name, nth) });
  const live = account().cloudFormation.stack(stackArn('Live', 1)).status('CREATE_COMPLETE');
  live.resource('App', { type: 'AWS::ECR::Repository', physicalId: 'owned' });
  live.resource('Keeper', { type: 'Custom::Teardown' });
  live.resource('Untagged', { type: 'AWS::ECR::Repository', physicalId: 'declared' });
  live.resource('Left', { type: 'AWS::ECR::Repository', physicalId: 'retained', status: 'DELETE_SKIPPED' });
  live.resource('Public', { type: 'AWS::ECR::PublicRepository', physicalId: 'unrelated' });
  account().cloudFormation.stack(stackArn('Deleted', 2)).status('DELETE_COMPLETE');
  for (let nth = 0; nth < others; nth++) {
    account().cloudFormation.stack(stackArn(`Other${nth}`, 3).replace('00000003', String(10_000_000 + nth))).status('CREATE_COMPLETE');
  }
  const repositories = {
    adopted: { ...tagOf('Deleted', 2), [markKey('teardown')]: markValue(stackArn('Live', 1), 'Keeper') },
    declared: {},
    deleted: tagOf('Deleted', 2),
    forgotten: { [markKey('teardown')]: markValue(stackArn('Old', 9), 'Keeper') },
    owned: tagOf('Live', 1),
    removed: { [markKey('teardown')]: markValue(stackArn('Live', 1), 'Formerly') },
    retained: tagOf('Live', 1),
    unrelated: { team: 'a' },
  };
  for (const [repositoryName, tags] of Object.entries(repositories)) account().ecr.seed({ repositoryName, tags });
  const { report } = await account().report();
  expect(report.repositories.map(({ name, owner }) => [name, owner])).toEqual([
    ['adopted', { kind: 'stack', stack: 'Live' }],
    ['declared', { kind: 'stack', stack: 'Live' }],
    ['deleted', { kind: 'kept', stack: 'Deleted' }],
    ['forgotten', { kind: 'kept', stack: '00000009-1111-2222-3333-444444444444' }],
    ['owned', { kind: 'stack', stack: 'Live' }],
    ['removed', { kind: 'kept', stack: 'Live' }],
    ['retained', { kind: 'kept', stack: 'Live' }],
    ['unrelated', { kind: 'none' }],
  ]);
  const { ListStackResources, DescribeStackResources } = account().calls;
  const pagesOfLive = 3;
  expect([ListStackResources, DescribeStackResources]).toEqual(others === 2 ? [pagesOfLive + others, undefined] : [pagesOfLive, 6]);
});

test('images in use are found by digest, by tag, and from another Region', async () => {
  seedTwo();
  const [first, second] = account().ecr.repository('app').images;
  account().lambda.function('pinned', { imageUri: `${IMAGE}@${first.digest}` });
  const definition = account().ecs.taskDefinition('web', { containers: [`${IMAGE}:${second.tags[0]}`] }, { region: 'eu-west-1' });
  account().ecs.cluster('default', { region: 'eu-west-1' }).service('web', { taskDefinition: definition });
  const { status, stdout, report } = await account().report(['--in-use', '--region', REGION, 'eu-west-1']);
  expect([status, report.repositories.map(({ name, images }) => [name, images?.inUse])]).toEqual([0, [['app', 2], ['worker', 0]]]);
  expect(report.registries.map(({ inUse }) => inUse)).toEqual(Array(2).fill({ searched: ['Amazon ECS', 'AWS Lambda'], problems: [] }));
  expect(stdout).toContain('  in use: 2 images\n');
  expect(account().calls).toMatchObject({ ListFunctions: 2, ListClusters: 2 });
});

test('without --in-use, a note says so, and the summary does not speak of images in use', async () => {
  account().ecr.seed({ repositoryName: 'app', lifecyclePolicyText: POLICY });
  account().ecr.addImage({ repositoryName: 'app', pushedAt: new Date(Date.now() - 9 * 86_400_000), lastRecordedPullTime: new Date() });
  const { stdout, report } = await account().report();
  expect(report.notes).toContain('Running images were not searched. Add --in-use.');
  expect(stdout).toContain('1 repository with a policy that removes or archives images pulled in the last 30 days\n');
  const searched = await account().report(['--in-use']);
  expect(searched.report.notes.join()).not.toContain('Add --in-use');
  expect(searched.stdout).toContain('removes or archives images in use or pulled in the last 30 days\n');
});

test('the last line of the summary says how many policies are recommended, and names the page', async () => {
  account().ecr.seed({ repositoryName: 'app', images: 2, kind: 'flat' });
  for (let nth = 0; nth < 30; nth++) {
    const [pushedAt, lastRecordedPullTime] = [400 - nth * 10, 390 - nth * 10].map(days => new Date(Date.now() - days * 86_400_000));
    account().ecr.addImage({ repositoryName: 'app', tags: [`pr-${nth}`], pushedAt, lastRecordedPullTime });
  }
  expect((await account().report()).stdout).toMatch(/\n\n1 repository has a recommended policy\. Open report\.html, which lists it\.\n$/);
  expect((await account().run(['--json', 'report.json'])).stdout).toMatch(/\n\n1 repository has a recommended policy\.\n$/);
});

test('scan findings come with the images, without further calls', async () => {
  account().ecr.seed({ repositoryName: 'app', images: 2, kind: 'flat', scanOnPush: true });
  const [, newest] = account().ecr.repository('app').images;
  account().ecr.scanning('BASIC', 'SCAN_ON_PUSH');
  account().ecr.findings('app', newest.digest, [{ name: 'CVE-1', severity: 'CRITICAL' }, { name: 'CVE-2', severity: 'HIGH' }]);
  const { report } = await account().report();
  const findings = { CRITICAL: 1, HIGH: 1 };
  expect(report.repositories[0].images?.scans).toEqual({ scanned: 2, newest: { digest: newest.digest, findings } });
  expect(report.notes.join()).not.toContain('scan findings');
});

test('with enhanced scanning, a note says that ECR returns no findings with the images', async () => {
  account().ecr.seed({ repositoryName: 'app', images: 1, kind: 'flat' });
  account().ecr.scanning('ENHANCED');
  expect((await account().report()).report.notes.join()).toContain('ECR returned no scan findings with the images');
});

test('a profile has priority over the credentials of the environment', async () => {
  account().principals.define('other', { account: '111122223333' });
  const file = account().file('credentials');
  writeFileSync(file, '[other]\naws_access_key_id = other\naws_secret_access_key = test\n');
  account().ecr.seed({ repositoryName: 'there', account: '111122223333' });
  const warn = jest.spyOn(console, 'warn');
  const { status, report } = await account().report(['--profile', 'other'], { AWS_SHARED_CREDENTIALS_FILE: file });
  expect([status, report.account, report.repositories.map(({ name }) => name)]).toEqual([0, '111122223333', ['there']]);
  expect(warn).not.toHaveBeenCalled();
});

test('without credentials of the profile, the error names the profile and how to sign in', async () => {
  const { status, stderr } = await account().run(['--profile', 'nope'], { AWS_SHARED_CREDENTIALS_FILE: account().file('none') });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error: no AWS credentials for profile 'nope': .*\. aws configure list-profiles .* aws sso login --profile nope /);
});

test('if AWS cannot be reached, the error names the endpoint of the environment', async () => {
  jest.spyOn(STSClient.prototype, 'send').mockImplementation(() => {
    throw Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED' });
  });
  const outcomes = [await account().run([]), await account().run([], { AWS_ENDPOINT_URL: 'http://localhost:9' })];
  jest.restoreAllMocks();
  const failed = 'failed: connect ECONNREFUSED 127.0.0.1:9. Check your network';
  expect(outcomes[0].stderr).toMatch(new RegExp(`^error: .+ ${failed}\n$`));
  expect(outcomes[1].stderr).toMatch(new RegExp(`^error: .+ ${failed} and AWS_ENDPOINT_URL, which is http://localhost:9\n$`));
});

test('a report that replaces an earlier file says so', async () => {
  const args = ['--html', 'report.html', '--csv', 'images.csv'];
  expect((await account().run(args)).stderr).not.toContain('replaced');
  expect((await account().run(args)).stderr).toBe('note: report written to report.html, which replaced an earlier file\n'
    + 'note: report written to images.csv, which replaced an earlier file\n');
});

test('a role in another account is assumed with its external id', async () => {
  const arn = 'arn:aws:iam::111122223333:role/reader';
  account().sts.role(arn, { trust: { principals: [ACCOUNT], externalId: 'report' } });
  account().ecr.seed({ repositoryName: 'there', account: '111122223333' });
  const { status, report } = await account().report(['--role', arn, '--external-id', 'report']);
  expect([status, report.account, report.repositories.map(({ name }) => name)]).toEqual([0, '111122223333', ['there']]);
  expect(account().sts.sessions).toHaveLength(1);
});

test('a role that cannot be assumed ends the command', async () => {
  const { status, stderr } = await account().run(['--role', 'arn:aws:iam::111122223333:role/missing']);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error: cannot assume role '.*role\/missing' \(--role\): .*\. Check its trust policy and --external-id\n$/);
});

test('a clock that is wrong by 10 minutes is noted', async () => {
  account().ecr.seed({ repositoryName: 'app', images: 1, kind: 'flat' });
  const now = Date.now;
  const spy = jest.spyOn(Date, 'now').mockImplementation(() => now() - 10 * 60_000);
  try {
    expect((await account().report()).report.notes.join()).toContain('The clock of this computer is 10 minutes behind the clock of AWS');
  } finally {
    spy.mockRestore();
  }
});
