import { REGION, reportAccountForEachTest, stackArn } from './report-account';
import { policyOf } from '../../cli/report/permissions';
import { grantsOf, IamStatement } from '../local-ecr/iam';

jest.mock('../../cli/report/page/render-registry-page', () => ({ renderRegistryPage: JSON.stringify }));

const account = reportAccountForEachTest();

/** A caller that may do everything but this. */
function deny(Action: string | readonly string[], Resource = '*'): { readonly AWS_ACCESS_KEY_ID: string } {
  const policy: IamStatement[] = [{ Effect: 'Allow', Action: '*', Resource: '*' }, { Effect: 'Deny', Action, Resource }];
  account().principals.define('limited', { policy });
  return { AWS_ACCESS_KEY_ID: 'limited' };
}

beforeEach(() => {
  for (const repositoryName of ['app', 'secret']) account().ecr.seed({ repositoryName, images: 2, kind: 'flat' });
});

test('a repository whose images cannot be read says so in its row, and the others are complete', async () => {
  const { status, stderr, report } = await account().report([], deny('ecr:*', `arn:aws:ecr:${REGION}:000000000000:repository/secret`));
  expect(status).toBe(3);
  expect(stderr).toBe('note: report written to report.html\nwarning: 1 of 2 repositories could not be read completely. The report says'
    + ' why\n');
  const [app, secret] = report.repositories;
  expect([app.problems, app.images?.all.count]).toEqual([[], 2]);
  expect([secret.images, secret.policy, secret.recommendation]).toEqual([undefined, undefined, undefined]);
  expect(secret.problems).toEqual([
    expect.stringMatching(/^Its images could not be read: access denied to ecr:DescribeImages: /),
    expect.stringMatching(/^Its lifecycle policy could not be read: access denied to ecr:GetLifecyclePolicy: /),
  ]);
});

test('without the permission for lifecycle policies, the images are reported', async () => {
  const { status, report } = await account().report([], deny('ecr:GetLifecyclePolicy'));
  expect([status, report.repositories.map(({ images, policy, problems }) => [images?.all.count, policy, problems.length])])
    .toEqual([3, [[2, undefined, 1], [2, undefined, 1]]]);
});

test('a repository with a broken KMS key says so in its row', async () => {
  const region = 'eu-west-1';
  const encryption = { encryptionType: 'KMS', kmsKey: 'alias/gone' } as const;
  account().ecr.seed({ repositoryName: 'encrypted', images: 1, kind: 'flat', region, encryption });
  account().ecr.faults.add({ kind: 'kms', operation: 'DescribeImages', region });
  const { status, report } = await account().report(['--region', REGION, region]);
  expect([status, report.repositories.map(({ name, problems }) => [name, problems])]).toEqual([3, [
    ['app', []],
    ['secret', []],
    ['encrypted', ['Its images could not be read: ecr:DescribeImages failed: The operation failed due to a KMS exception.']],
  ]]);
});

test('a repository that is deleted before it is read is left out, with a note', async () => {
  account().ecr.onCall = ({ operation }) => { if (operation === 'DescribeRepositories') account().ecr.vanish('secret'); };
  const { status, report } = await account().report(['--csv', 'images.csv']);
  expect([status, report.repositories.map(({ name }) => name)]).toEqual([0, ['app']]);
  expect(report.notes).toContain('Repository \'secret\' was deleted while the report was made.');
});

test('a repository that is deleted between two pages of images is left out of the CSV file, too', async () => {
  account().ecr.seed({ repositoryName: 'secret', images: 1_500, kind: 'flat' });
  account().ecr.onCall = ({ operation, repositoryName }) => {
    if (operation === 'DescribeImages' && repositoryName === 'secret') account().ecr.vanish('secret');
  };
  const { report } = await account().report(['--csv', 'images.csv']);
  expect(report.repositories.map(({ name }) => name)).toEqual(['app']);
  expect(account().read('images.csv').split('\r\n')).toHaveLength(2 + 2);
});

test('if tags cannot be read, owners are unknown, and a note says why', async () => {
  const { status, report } = await account().report([], deny('tag:GetResources'));
  expect([status, report.repositories.map(({ owner }) => owner.kind)]).toEqual([3, ['unknown', 'unknown']]);
  expect(report.notes.join()).toContain('The tags of repositories in us-east-1 could not be read, so the report does not say which stack'
    + ' has them: access denied to tag:GetResources');
});

test.each([
  ['cloudformation:DescribeStacks', 'The stacks in us-east-1 could not be listed'],
  ['cloudformation:ListStackResources', 'The resources of stack Shop could not be read'],
])('without %s, the owner of a repository with a stack in its tags is unknown', async (action, note) => {
  const stack = stackArn('Shop', 1);
  account().cloudFormation.stack(stack).status('CREATE_COMPLETE').resource('App', { type: 'AWS::ECR::Repository', physicalId: 'app' });
  account().ecr.retag('app', { 'aws:cloudformation:stack-id': stack });
  const { status, report } = await account().report([], deny(action));
  expect([status, report.repositories.map(({ owner }) => owner)]).toEqual([3, [{ kind: 'unknown', stack: 'Shop' }, { kind: 'unknown' }]]);
  expect(report.notes.join()).toContain(note);
});

test('without cloudformation:DescribeStackResources, owners are unknown if there are more stacks than repositories', async () => {
  for (let nth = 1; nth < 6; nth++) account().cloudFormation.stack(stackArn(`Stack${nth}`, nth)).status('CREATE_COMPLETE');
  const { status, report } = await account().report([], deny('cloudformation:DescribeStackResources'));
  expect([status, report.repositories.map(({ owner }) => owner)]).toEqual([3, [{ kind: 'unknown' }, { kind: 'unknown' }]]);
  expect(report.notes.join()).toContain('The stack of repository \'app\' could not be read: access denied to'
    + ' cloudformation:DescribeStackResources');
  expect(report.notes).toContain('The same is true for 1 more in us-east-1.');
});

test('a service that cannot be searched for images in use is a problem of the registry, and a note', async () => {
  const { status, report } = await account().report(['--in-use'], deny('lambda:ListFunctions'));
  expect([status, report.registries[0].inUse]).toEqual([3, {
    searched: ['Amazon ECS'],
    problems: [expect.stringMatching(/^AWS Lambda in us-east-1 could not be searched: access denied to lambda:ListFunctions/)],
  }]);
  expect(report.notes.join()).toContain('An image that is not shown as in use may be in use.');
});

test('a report on standard output says on standard error why its exit code is 3', async () => {
  account().cloudFormation.stack(stackArn('Shop', 1)).status('CREATE_COMPLETE');
  account().ecr.retag('app', { 'aws:cloudformation:stack-id': stackArn('Shop', 1) });
  const denied = deny(['lambda:ListFunctions', 'cloudformation:ListStackResources', 'cloudformation:DescribeStackResources']);
  const { status, stderr } = await account().run(['--json', '-', '--in-use'], denied);
  expect([status, stderr]).toEqual([3, 'warning: the stacks of repositories could not be read completely. The report says why\n'
    + 'warning: images in use could not be searched for completely. The report says why\n']);
});

test('a Region that does not know the credentials may not be enabled, which the problem says', async () => {
  account().ecr.throttling = { code: 'UnrecognizedClientException', status: 400 };
  account().ecr.faults.add({ kind: 'throttle', operation: 'DescribeRepositories', region: 'eu-west-1', times: Infinity });
  const { status, report } = await account().report(['--region', REGION, 'eu-west-1']);
  expect([status, report.repositories.length]).toEqual([3, 2]);
  expect(report.notes[0]).toMatch(/^The repositories in eu-west-1 could not be listed: AWS rejected the credentials: .*\. Sign in again, or check whether the account has enabled the Region\.$/);
});

test('the summary lists first what could not be read, and the permissions that are missing', async () => {
  account().ecrPublic.seed({ repositoryName: 'gallery' });
  const denied = deny(['ecr-public:ListTagsForResource', 'lambda:ListFunctions', 'ecr:DescribeImages', 'ecr:GetLifecyclePolicy']);
  const { stdout, report } = await account().report(['--public', '--region', REGION, '--in-use'], denied);
  expect(stdout).toContain('Needs attention:\n'
    + '  AWS Lambda in us-east-1 could not be searched. Allow lambda:ListFunctions.\n'
    + '  The tags of repositories of ECR Public could not be read, so the report does not say which stack has them. Allow'
    + ' ecr-public:ListTagsForResource.\n'
    + '  2 repositories could not be read completely. Allow ecr:DescribeImages, ecr:GetLifecyclePolicy.\n');
  expect(report.registries.map(({ problems }) => problems.length)).toEqual([0, 1]);
});

test('if the resources of several stacks cannot be read, the problem of the Region says how many', async () => {
  for (const [nth, name] of ['app', 'secret'].entries()) {
    account().cloudFormation.stack(stackArn('Shop', nth)).status('CREATE_COMPLETE');
    account().ecr.retag(name, { 'aws:cloudformation:stack-id': stackArn('Shop', nth) });
  }
  const { report: { registries: [{ problems }] } } = await account().report([], deny('cloudformation:ListStackResources'));
  expect(problems).toEqual([
    expect.stringMatching(/^The resources of stack Shop could not be read: access denied to cloudformation:ListStackResources/),
    'The same is true for 1 more in us-east-1',
  ]);
});

test('if a part of the search in a Region failed, the number of images in use is missing there, and not in another Region', async () => {
  const eu = 'eu-west-1';
  account().ecr.seed({ repositoryName: 'other', images: 1, kind: 'flat', region: eu });
  const [{ digest }] = account().ecr.repository('app').images;
  account().lambda.function('app', { imageUri: `000000000000.dkr.ecr.${REGION}.amazonaws.com/app@${digest}` });
  account().ecs.faults.add({ kind: 'accessDenied', operation: 'ListClusters', region: REGION });
  const outputs = ['--csv', 'images.csv', '--json', 'report.json'];
  const { status, stdout, report } = await account().report(['--in-use', '--region', REGION, eu, ...outputs]);
  expect([status, report.repositories.map(({ name, images }) => [name, images?.inUse])])
    .toEqual([3, [['app', undefined], ['secret', undefined], ['other', 0]]]);
  expect(stdout).toContain('  in use: not known (Amazon ECS in us-east-1 could not be searched)\n');
  expect((JSON.parse(account().read('report.json')) as { totals: object }).totals).not.toHaveProperty('inUse');
  const cells = account().read('images.csv').split('\r\n').slice(1, -1).map(line => line.split(','));
  expect(cells.map(line => [line[1], line[10]]).sort())
    .toEqual([['app', ''], ['app', 'true'], ['other', 'false'], ['secret', ''], ['secret', '']]);
});

test('if a search for images in use failed, recommendations are as careful as without a search', async () => {
  const now = Date.now();
  for (let nth = 0; nth < 30; nth++) {
    const [pushedAt, lastRecordedPullTime] = [400 - nth * 10, 390 - nth * 10].map(days => new Date(now - days * 86_400_000));
    account().ecr.addImage({ repositoryName: 'app', tags: [`pr-${nth}`], pushedAt, lastRecordedPullTime });
  }
  const rules = async (args: readonly string[], env?: Record<string, string>) => {
    const { report: { repositories: [{ recommendation }] } } = await account().report(args, env);
    return recommendation?.kind === 'policy' ? recommendation.rules : undefined;
  };
  const [searched, failed, without] = [await rules(['--in-use']), await rules(['--in-use'], deny('ecs:ListClusters')), await rules([])];
  expect(without).toBeDefined();
  expect(searched).not.toEqual(without);
  expect(failed).toEqual(without);
});

test('a Region whose repositories cannot be listed is a problem of its registry, and the other Region is reported', async () => {
  account().ecr.faults.add({ kind: 'accessDenied', operation: 'DescribeRepositories', region: 'eu-west-1' });
  const { status, report } = await account().report(['--region', 'eu-west-1', REGION]);
  expect([status, report.repositories.length, report.registries.map(({ problems }) => problems.length)]).toEqual([3, 2, [1, 0]]);
  expect(report.notes[0]).toMatch(/^The repositories in eu-west-1 could not be listed: access denied to ecr:DescribeRepositories/);
});

test('if no registry can be read, the command fails and writes nothing', async () => {
  const { status, stdout, stderr } = await account().run(['--html', 'report.html'], deny('ecr:*'));
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^error: the repositories in us-east-1 could not be listed: access denied to ecr:DescribeRepositories: /);
  expect(() => account().read('report.html')).toThrow('ENOENT');
});

test.each([
  [['--html', 'missing/report.html'], 'cannot write missing/report.html: no such folder. Create it first'],
  [['--json', '.'], 'is a folder, not a file'],
])('an output that cannot be written is refused before the first call', async (args, message) => {
  const { status, stderr } = await account().run(args);
  expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
  expect(account().calls).toEqual({});
});

describe('the policy of --print-policy', () => {
  const stack = stackArn('Shop', 1);

  /** A scene in which every call is made. */
  function seedEverything(): void {
    account().cloudFormation.stack(stack).status('CREATE_COMPLETE');
    account().ecr.retag('app', { 'aws:cloudformation:stack-id': stack });
    account().ecrPublic.seed({ repositoryName: 'gallery', tags: { 'aws:cloudformation:stack-id': stack } });
    const definition = account().ecs.taskDefinition('web', { containers: ['nginx'] });
    const cluster = account().ecs.cluster();
    cluster.task({ taskDefinition: definition });
    const revision = { taskDefinition: definition, containerImages: [{ image: 'nginx' }] };
    cluster.service('web', { taskDefinition: definition, revisions: [revision] });
    account().lambda.function('app', { imageUri: `000000000000.dkr.ecr.us-east-1.amazonaws.com/app@sha256:${'0'.repeat(64)}` });
  }

  test.each([
    [[]], [['--in-use']], [['--public']], [['--public', '--region', REGION, '--in-use']],
  ])('suffices for report %j, and each of its actions is used', async args => {
    seedEverything();
    const printed = await account().run([...args, '--print-policy']);
    expect([printed.status, printed.stderr, account().calls]).toEqual([0, '', {}]);
    const { Statement: policy } = JSON.parse(printed.stdout) as { Statement: IamStatement[] };
    account().principals.define('reader', { policy });
    const { status, stderr } = await account().report(args, { AWS_ACCESS_KEY_ID: 'reader' });
    expect([status, stderr]).toEqual([0, 'note: report written to report.html\n']);
    // With more stacks than repositories, the report looks for the stack of each repository.
    for (let nth = 2; nth < 6; nth++) account().cloudFormation.stack(stack.replace('00000001', `0000000${nth}`)).status('CREATE_COMPLETE');
    expect((await account().report(args, { AWS_ACCESS_KEY_ID: 'reader' })).status).toBe(0);
    const used = new Set(account().principals.granted('reader').map(({ action }) => action));
    expect(grantsOf(policy).map(({ action }) => action).filter(action => !used.has(action))).toEqual([]);
  });

  test('with a role, a note says that the caller must be able to assume it', async () => {
    const { stdout, stderr } = await account().run(['--role', 'arn:aws:iam::111122223333:role/reader', '--print-policy']);
    expect(JSON.parse(stdout)).toEqual(policyOf({ regions: undefined, isPublic: false, searchesUse: false }));
    expect(stderr).toContain('The caller needs sts:AssumeRole on the role');
  });
});
