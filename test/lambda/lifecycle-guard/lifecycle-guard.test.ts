import { StartLifecyclePolicyPreviewCommand } from '@aws-sdk/client-ecr';
import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as kms from 'aws-cdk-lib/aws-kms';
import { lifecycleGuardHandler } from '../../../lambda/lifecycle-guard/handler';
import { ImageUse, LifecycleGuard, LifecyclePolicy, LifecycleRule, Repository, RepositoryProps } from '../../../src';
import { clientOf } from '../../local-ecr/test-client';
import { DeployedStack } from '../deployed-stack';
import { account, callsOf, More, resourceOf, send, startForEachTest } from '../handler-scene';
import { Answer, RequestType } from '../local-account';

const TYPE = 'Custom::EcrLifecycleGuard';
const NAME = 'team/app';
const LIVE = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(1_000)]).toJson();
const DAYS = 86_400_000;
const NONE = { ExpiringImageCount: '0', ArchivingImageCount: '0', Findings: '' };

const KEEP_TWO = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(2)]);

startForEachTest({ handler: lifecycleGuardHandler, resourceType: TYPE });
beforeEach(() => {
  account.ecr.seed({ repositoryName: NAME, lifecyclePolicyText: LIVE });
  account.ecr.seed({ repositoryName: 'bystander', images: 5, kind: 'flat', lifecyclePolicyText: LIVE });
});
afterEach(() => {
  const { lifecyclePolicyText, images } = account.ecr.repository('bystander');
  expect({ lifecyclePolicyText, count: images.length }).toEqual({ lifecyclePolicyText: LIVE, count: 5 });
});

const guarded = (guard: LifecycleGuard, props: RepositoryProps = {}) => (stack: Stack) => {
  new Repository(stack, 'App', { repositoryName: NAME, lifecycle: KEEP_TWO, lifecycleGuard: guard, ...props });
};
const refuse = (...options: Parameters<typeof LifecycleGuard.refuse>) => LifecycleGuard.refuse(...options);

/** Returns a stack whose repository already exists, as before every update. */
function existing(build: (stack: Stack) => void, history = ['CREATE_COMPLETE', 'UPDATE_IN_PROGRESS'], physicalId = NAME): DeployedStack {
  const stack = DeployedStack.of('Test', build);
  const live = account.cloudFormation.stack(stack.stackId);
  for (const status of history) live.status(status);
  live.resource(stack.logicalIds('AWS::ECR::Repository')[0], { physicalId, type: 'AWS::ECR::Repository', status: 'CREATE_COMPLETE' });
  return stack;
}

/** Sends the request of an update, which calls the guard again. */
const check = (stack: DeployedStack, type: RequestType = 'Update', more: More = {}): Promise<Answer> =>
  send(stack, type, { OldResourceProperties: stack.customResourceProperties(resourceOf(stack)), ...more });
const images = (count: number, options: object = {}) => account.ecr.seed({ repositoryName: NAME, images: count, kind: 'flat', ...options });
const previews = () => callsOf('StartLifecyclePolicyPreview').length;
const digests = () => account.ecr.repository(NAME).images.map(image => image.digest);
const uri = (reference: string) => `000000000000.dkr.ecr.us-east-1.amazonaws.com/${NAME}${reference}`;

describe('the guard passes without a preview', () => {
  beforeEach(() => { images(9); });

  test.each<[string, () => DeployedStack]>([
    ['if the repository does not exist yet', () => {
      const stack = DeployedStack.of('Test', guarded(refuse({ maxImages: 0 }), { repositoryName: 'team/new' }));
      account.cloudFormation.stack(stack.stackId).status('CREATE_IN_PROGRESS');
      return stack;
    }],
    ['if the repository was deleted outside the stack',
      () => existing(guarded(refuse({ maxImages: 0 }), { repositoryName: 'team/gone' }), undefined, 'team/gone')],
    ['if the live policy has the same meaning', () => existing(guarded(refuse({ maxImages: 0 }), {
      lifecycle: LifecyclePolicy.fromJson(JSON.stringify(JSON.parse(LIVE), null, 2)),
    }))],
    ['if another name is declared, because the new repository is empty',
      () => existing(guarded(refuse({ maxImages: 0 }), { repositoryName: 'team/new' }))],
    ['while the stack rolls back', () => existing(guarded(refuse({ maxImages: 0 })), ['UPDATE_ROLLBACK_IN_PROGRESS'])],
  ])('%s', async (_name, prepare) => {
    expect(await check(prepare())).toMatchObject({ Status: 'SUCCESS', Data: NONE });
    expect(previews()).toBe(0);
  });

  test('if the declared encryption changes, but not if only the live one differs, as after an import', async () => {
    const [plain, encrypted] = [{}, { encryption: ecr.RepositoryEncryption.KMS }]
      .map(props => existing(guarded(refuse({ maxImages: 0 }), props)));
    const [before] = [plain].map(stack => stack.customResourceProperties(stack.logicalIds(TYPE)[0]));
    expect(await check(encrypted, 'Update', { OldResourceProperties: before })).toMatchObject({ Status: 'SUCCESS', Data: NONE });
    expect(await check(encrypted)).toMatchObject({ Status: 'FAILED' });
    account.ecr.vanish(NAME);
    images(9, { encryption: { encryptionType: 'KMS' } });
    expect(await check(plain)).toMatchObject({ Status: 'FAILED' });
  });

  test('if the declared key changes, but not if the new key is the live one', async () => {
    const build = (stack: Stack) => guarded(refuse({ maxImages: 0 }), {
      encryptionKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:000000000000:key/one'),
    })(stack);
    const stack = existing(build);
    const before = {
      ...stack.customResourceProperties(stack.logicalIds(TYPE)[0]), DeclaredKey: 'arn:aws:kms:us-east-1:000000000000:key/two',
    };
    account.ecr.vanish(NAME);
    images(9, { encryption: { encryptionType: 'KMS', kmsKey: 'arn:aws:kms:us-east-1:000000000000:key/two' } });
    expect(await check(stack, 'Update', { OldResourceProperties: before })).toMatchObject({ Status: 'SUCCESS', Data: NONE });
    account.ecr.vanish(NAME);
    images(9, { encryption: { encryptionType: 'KMS', kmsKey: 'arn:aws:kms:us-east-1:000000000000:key/one' } });
    expect(await check(stack, 'Update', { OldResourceProperties: before })).toMatchObject({ Status: 'FAILED' });
  });

  test('if the template no longer declares a name', async () => {
    const stack = existing(guarded(refuse({ maxImages: 0 }), { repositoryName: undefined }));
    const before = { ...stack.customResourceProperties(stack.logicalIds(TYPE)[0]), DeclaredName: NAME };
    expect(await check(stack, 'Update', { OldResourceProperties: before })).toMatchObject({ Status: 'SUCCESS', Data: NONE });
    expect(await check(stack)).toMatchObject({ Status: 'FAILED' });
  });
});

describe('the guard refuses with counts, images, rules, and a command', () => {
  test('for more images than maxImages', async () => {
    images(9);
    const answer = await check(existing(guarded(refuse({ maxImages: 6 }))));
    expect(answer).toMatchObject({ Status: 'FAILED' });
    expect(answer!.Reason).toMatch(new RegExp('^Repository \'team/app\': the lifecycle policy was refused by its guard,'
      + ' and nothing was changed: it would expire 7 images, more than its maxImages of 6 \\((\\S+ by rule 1(, )?){3} and 4 more\\)[.]'
      + ' Correct the policy or change the guard, and deploy again[.] To list all affected images, run this command soon, because ECR keeps'
      + ' the preview only for a limited time:\naws ecr get-lifecycle-policy-preview --region us-east-1 --repository-name team/app$'));
    expect(account.ecr.repository(NAME).images).toHaveLength(9);
    expect(account.ecr.repository(NAME).lifecyclePolicyText).toBe(LIVE);
  });

  test('for all findings together', async () => {
    images(9);
    const answer = await check(existing(guarded(refuse({
      maxImages: 6, maxPercentage: 50, pushedWithin: Duration.days(36_500), protectedTags: ['*'],
    }))));
    expect(answer!.Reason).toMatch(/maxImages of 6 .*; it would expire 7 of 9 images, which is 77.8% and more than its maxPercentage of 50 .*; .*protected tags.*; .*pushed within 36500 days/);
  });

  test.each<[string, LifecycleGuard]>([
    ['as many as maxImages', refuse({ maxImages: 7 })],
    ['exactly the percentage', refuse({ maxPercentage: 78 })],
    ['other tags', refuse({ protectedTags: ['release-*'] })],
    ['older images', refuse({ pushedWithin: Duration.seconds(1) })],
    ['images without a pull', refuse({ pulledWithin: Duration.days(1) })],
    ['images that no workload uses', refuse({ inUseBy: [ImageUse.ecs(), ImageUse.lambdaFunctions()] })],
  ])('but not for %s', async (_name, guard) => {
    images(9);
    expect(await check(existing(guarded(guard))))
      .toMatchObject({ Status: 'SUCCESS', Data: { ExpiringImageCount: '7', ArchivingImageCount: '0', Findings: '' } });
  });

  test('for an image that would be archived, because it cannot be pulled then', async () => {
    images(9);
    const archive = { lifecycle: LifecyclePolicy.fromRules([LifecycleRule.archiveAllButNewest(2)]) };
    expect(await check(existing(guarded(refuse({ maxImages: 0 }), archive))))
      .toMatchObject({ Status: 'SUCCESS', Data: { ExpiringImageCount: '0', ArchivingImageCount: '7' } });
    expect((await check(existing(guarded(refuse({ protectedTags: ['*'] }), archive))))!.Reason)
      .toMatch(/images with protected tags: 7 images .*\(archived\)/);
  });

  test('for a repository with the declared name outside the stack, which CloudFormation may import', async () => {
    images(9);
    const stack = DeployedStack.of('Test', guarded(refuse({ maxImages: 0 })));
    account.cloudFormation.stack(stack.stackId).status('CREATE_IN_PROGRESS');
    expect((await check(stack, 'Create'))!.Reason).toMatch(/refused by its guard/);
  });

  test('in the deployment after a rollback, even if the status of the rollback is still returned', async () => {
    images(9);
    expect(await check(existing(guarded(refuse({ maxImages: 0 })), ['UPDATE_ROLLBACK_COMPLETE']))).toMatchObject({ Status: 'FAILED' });
  });

  test('and names the protected tag instead of another tag of the image', async () => {
    account.ecr.addImage({ repositoryName: NAME, pushedAt: new Date('2025-01-01'), tags: ['build-7', 'release-1'] });
    images(9);
    expect((await check(existing(guarded(refuse({ protectedTags: ['release-*'] })))))!.Reason)
      .toMatch(/images with protected tags: 1 image \(release-1 by rule 1\)/);
  });

  test('also in the first deployment of the guard', async () => {
    images(9);
    expect(await check(existing(guarded(refuse({ maxImages: 6 }))), 'Create'))
      .toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'cdk-ecr-keeper:not-created' });
  });

  test('for more than one page of results', async () => {
    images(350);
    const answer = await check(existing(guarded(refuse({ protectedTags: ['*'] }))));
    expect(answer!.Reason).toMatch(/images with protected tags: 348 images/);
    expect(account.ecr.calls.filter(call => call.operation === 'GetLifecyclePolicyPreview' && call.outcome === 'ok').length)
      .toBeGreaterThanOrEqual(4);
  });

  test('for an image that was pulled within the given time', async () => {
    account.ecr.addImage({ repositoryName: NAME, pushedAt: new Date('2025-01-01'), lastRecordedPullTime: new Date(Date.now() - 2 * DAYS) });
    images(9);
    expect(await check(existing(guarded(refuse({ pulledWithin: Duration.days(1) }))))).toMatchObject({ Status: 'SUCCESS' });
    expect((await check(existing(guarded(refuse({ pulledWithin: Duration.days(3) })))))!.Reason)
      .toMatch(/pulled within 3 days: 1 image \(/);
  });
});

test('a guard that only warns lets the deployment continue, and returns the finding in the log and in an attribute', async () => {
  images(9);
  const answer = await check(existing(guarded(LifecycleGuard.warn({ maxImages: 6 }))));
  expect(answer).toMatchObject({
    Status: 'SUCCESS',
    Data: { ExpiringImageCount: '7', Findings: expect.stringMatching(/^it would expire 7 images, more than its maxImages of 6/) },
  });
  expect(account.logs.join('\n')).toMatch(/repository 'team\/app': it would expire 7 images/);
});

test.each([
  ['the preview is not allowed',
    () => account.ecr.faults.add({ kind: 'accessDenied', operation: 'StartLifecyclePolicyPreview', times: Infinity })],
  ['the live policy changes in the meantime', () => {
    account.ecr.onCall = call => {
      if (call.operation === 'StartLifecyclePolicyPreview') {
        account.ecr.seed({ repositoryName: NAME, lifecyclePolicyText: KEEP_TWO.toJson() });
      }
    };
  }],
])('a guard that only warns lets the deployment continue although %s', async (_name, spoil) => {
  images(9);
  spoil();
  expect(await check(existing(guarded(LifecycleGuard.warn({ maxImages: 6 })))))
    .toMatchObject({ Status: 'SUCCESS', Data: { Findings: expect.stringMatching(/./) } });
});

test('a guard that only warns reports a failed check in addition to its findings', async () => {
  images(9);
  const answer = await check(existing(guarded(LifecycleGuard.warn({ maxImages: 6, inUseBy: [ImageUse.ecs({ clusters: ['typo'] })] }))));
  expect(answer).toMatchObject({
    Status: 'SUCCESS',
    Data: { ExpiringImageCount: '7', Findings: expect.stringMatching(/maxImages of 6.*; .*cannot be read in Amazon ECS/) },
  });
});

test('a repository that is deleted during the check is an error', async () => {
  images(9);
  account.ecr.onCall = call => { if (call.operation === 'StartLifecyclePolicyPreview') account.ecr.vanish(NAME); };
  expect((await check(existing(guarded(refuse({ maxImages: 9 })))))!.Reason)
    .toMatch(/^Repository 'team\/app' was deleted while its lifecycle policy was being checked\. Nothing was changed\. Find out who/);
});

describe('images in use:', () => {
  const inUse = (...uses: ImageUse[]) => existing(guarded(refuse({ inUseBy: uses })));
  let oldest: string;
  beforeEach(() => {
    images(9);
    [oldest] = digests();
  });

  test('an image of a running task is found on every page and in every cluster', async () => {
    for (const name of ['a', 'b', 'c']) account.ecs.cluster(name);
    const definition = account.ecs.taskDefinition('web', { containers: ['nginx', uri(':moved-away')] });
    for (let count = 0; count < 3; count++) account.ecs.cluster('b').task({ taskDefinition: definition });
    account.ecs.cluster('b')
      .task({ taskDefinition: definition, containers: [{ image: 'nginx' }, { image: uri(':moved-away'), imageDigest: oldest }] });
    expect((await check(inUse(ImageUse.ecs())))!.Reason)
      .toMatch(/images in use: 1 image \(\S+ in use by ECS task b\/[0-9a-f]{32} by rule 1\)/);
    expect(await check(inUse(ImageUse.ecs({ clusters: ['a', 'c'] })))).toMatchObject({ Status: 'SUCCESS' });
  });

  test('an image that a service would start next is found by tag', async () => {
    const [tag] = account.ecr.repository(NAME).images[0].tags;
    const [now, next] = ['nginx', uri(`:${tag}`)].map(image => account.ecs.taskDefinition('web', { containers: [image] }));
    account.ecs.cluster('shop').service('web', {
      taskDefinition: now,
      deployments: [{ status: 'PRIMARY', taskDefinition: next, rolloutState: 'IN_PROGRESS' }, { status: 'ACTIVE', taskDefinition: now }],
    });
    expect((await check(inUse(ImageUse.ecs())))!.Reason).toMatch(/in use by ECS service shop\/web by rule 1/);
  });

  test('an image of a published version of a function is found', async () => {
    account.lambda.function('zip');
    account.lambda.function('other', { imageUri: '000000000000.dkr.ecr.us-east-1.amazonaws.com/team/other:1', imageDigest: oldest });
    expect(await check(inUse(ImageUse.lambdaFunctions()))).toMatchObject({ Status: 'SUCCESS' });
    account.lambda.function('resize', { imageUri: uri(':new'), imageDigest: digests()[8], versions: [{ imageUri: uri(`@${oldest}`) }] });
    expect((await check(inUse(ImageUse.lambdaFunctions())))!.Reason).toMatch(/in use by Lambda function resize:1 by rule 1/);
  });

  test('an image that is used in another account and Region is found through the role', async () => {
    const there = { account: '222222222222', region: 'eu-west-1' };
    const roleArn = 'arn:aws:iam::222222222222:role/look';
    account.sts.role(roleArn, { trust: { principals: ['000000000000'], externalId: 'id' } });
    const definition = account.ecs.taskDefinition('web', { containers: [uri(`@${oldest}`)] }, there);
    account.ecs.cluster('main', there).service('web', { taskDefinition: definition });
    const look = (externalId: string) => inUse(ImageUse.ecs({ access: { roleArn, externalId }, region: 'eu-west-1' }));
    expect((await check(look('id')))!.Reason).toMatch(/in use by ECS service main\/web/);
    expect((await check(look('wrong')))!.Reason).toMatch(new RegExp([
      '^Repository \'team/app\': its images may be in use, because workloads cannot be read in Amazon ECS, Region eu-west-1, with the'
        + ` role ${roleArn}\\.`
        + ' Nothing was changed\\.',
      'To fix this, let the role trust the account of this function and allow ecs:ListClusters, ecs:ListTasks, ecs:ListServices,',
      'ecs:DescribeTaskDefinition, ecs:DescribeTasks, ecs:DescribeServices, ecs:DescribeServiceRevisions,',
      'or leave out this ImageUse, then deploy again\\.\n',
    ].join(' ')));
  });

  test('an index is in use if one of its images is in use, and only manifests of indexes are read', async () => {
    account.ecr.vanish(NAME);
    account.ecr.seed({ repositoryName: NAME, images: 8, kind: 'nested', lifecyclePolicyText: LIVE });
    const { images: all } = account.ecr.repository(NAME);
    const indexes = all.filter(image => image.children.length > 0);
    const outer = indexes.find(index => index.children.some(child => indexes.some(({ digest }) => digest === child)))!;
    const inner = indexes.find(({ digest }) => outer.children.includes(digest))!;
    const [leaf] = inner.children;
    const tagged = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(1, { tagPatternList: ['*'] })]);
    account.ecs.cluster('c').task({
      taskDefinition: account.ecs.taskDefinition('t', { containers: [uri(':x')] }), containers: [{ image: uri(':x'), imageDigest: leaf }],
    });
    const answer = await check(existing(guarded(refuse({ inUseBy: [ImageUse.ecs()] }), { lifecycle: tagged })));
    expect(answer).toMatchObject({ Status: 'FAILED' });
    const fetched = account.ecr.calls.filter(call => call.operation === 'BatchGetImage')
      .flatMap(call => call.input.imageIds as Array<{ imageDigest: string }>);
    expect(fetched.length).toBeGreaterThan(0);
    expect(fetched.filter(({ imageDigest }) => !indexes.some(({ digest }) => digest === imageDigest))).toEqual([]);
  });

  test('the guard refuses if a service cannot be searched, and only warns with LifecycleGuard.warn', async () => {
    const denied = { kind: 'accessDenied' as const, times: Infinity };
    account.ecs.faults.add(denied);
    expect((await check(inUse(ImageUse.ecs())))!.Reason)
      .toMatch(/cannot be read in Amazon ECS\. Nothing was changed\. To fix this, check whether a permissions boundary/);
    const warned = await check(existing(guarded(LifecycleGuard.warn({ inUseBy: [ImageUse.ecs()] }))));
    expect(warned).toMatchObject({ Status: 'SUCCESS', Data: { Findings: expect.stringMatching(/cannot be read in Amazon ECS/) } });
  });

  test('the guard refuses if a named cluster does not exist', async () => {
    expect((await check(inUse(ImageUse.ecs({ clusters: ['typo'] }))))!.Reason)
      .toMatch(/cannot be read in Amazon ECS\. Nothing was changed\. To fix this, correct the options of the ImageUse, or leave out this ImageUse, then deploy again/);
  });
});

describe('a preview', () => {
  beforeEach(() => { images(9); });
  const runGuard = (options: Parameters<typeof LifecycleGuard.refuse>[0] = { maxImages: 7 }) => check(existing(guarded(refuse(options))));

  async function theirs(): Promise<void> {
    const client = clientOf(account.ecr, 'THEIRS');
    await client.send(new StartLifecyclePolicyPreviewCommand({ repositoryName: NAME, lifecyclePolicyText: LIVE }));
  }

  test('of another client is awaited', async () => {
    account.ecr.previewPolls = 4;
    await theirs();
    account.ecr.previewPolls = 1;
    expect(await runGuard()).toMatchObject({ Status: 'SUCCESS', Data: { ExpiringImageCount: '7' } });
  });

  test('of another client that does not end causes an error', async () => {
    account.ecr.previewPolls = Infinity;
    await theirs();
    expect((await runGuard())!.Reason)
      .toMatch(/^Repository 'team\/app': another lifecycle policy preview, which this function did not start, was in progress for 10 minutes.* Nothing was changed\. Try again later/);
  });

  test.each([true, false])('that expires every time causes an error (started by this function: %s)', async own => {
    account.ecr.previewPolls = Infinity;
    if (!own) await theirs();
    account.ecr.onCall = async ({ operation, outcome, accessKeyId }) => {
      if (accessKeyId === 'THEIRS') return;
      if (operation === 'StartLifecyclePolicyPreview' && (own || outcome !== 'ok')) account.ecr.endPreview(NAME, 'EXPIRED');
      if (operation === 'GetLifecyclePolicyPreview' && !own) await theirs();
    };
    const { Reason } = (await runGuard())!;
    expect(Reason).toMatch(/^Repository 'team\/app': its lifecycle policy preview expired repeatedly for 10 minutes, so that the effect .* is unknown/);
  });

  test('of the same text in progress is used, because it is from an earlier attempt', async () => {
    const client = clientOf(account.ecr, 'EARLIER');
    await client.send(new StartLifecyclePolicyPreviewCommand({ repositoryName: NAME, lifecyclePolicyText: KEEP_TWO.toJson() }));
    expect(await runGuard()).toMatchObject({ Status: 'SUCCESS', Data: { ExpiringImageCount: '7' } });
    expect(callsOf('StartLifecyclePolicyPreview').filter(call => call.outcome === 'ok')).toHaveLength(1);
  });

  test('that expires is started again', async () => {
    account.ecr.onCall = call => {
      if (call.operation === 'StartLifecyclePolicyPreview' && callsOf('StartLifecyclePolicyPreview').length < 3) {
        account.ecr.endPreview(NAME, 'EXPIRED');
      }
    };
    expect(await runGuard()).toMatchObject({ Status: 'SUCCESS', Data: { ExpiringImageCount: '7' } });
    expect(previews()).toBe(3);
  });

  test('that is replaced by one of another text is started again, even between two pages', async () => {
    images(250);
    account.ecr.previewPolls = 0;
    let meddled = false;
    account.ecr.onCall = async call => {
      if (call.operation !== 'GetLifecyclePolicyPreview' || meddled) return;
      meddled = true;
      await theirs();
    };
    expect((await runGuard({ protectedTags: ['*'] }))!.Reason).toMatch(/images with protected tags: 257 images/);
    expect(meddled).toBe(true);
  });

  test('that fails causes an error', async () => {
    account.ecr.onCall = call => { if (call.operation === 'StartLifecyclePolicyPreview') account.ecr.endPreview(NAME, 'FAILED'); };
    expect((await runGuard())!.Reason)
      .toMatch(/preview of the lifecycle policy failed, so that its effect is unknown\. Nothing was changed\. Try again/);
  });

  test('of a text that ECR rejects causes an error with the text of ECR', async () => {
    const lifecycle = LifecyclePolicy.fromJson(Lazy.string({ produce: () => '{"rules":[]}'.padEnd(120) }));
    expect((await check(existing(guarded(refuse({ maxImages: 7 }), { lifecycle }))))!.Reason)
      .toMatch(/ECR rejected the lifecycle policy\. Correct it and deploy again\.\n.*array is too short/);
  });

  test('is discarded if the live policy changes in the meantime', async () => {
    account.ecr.onCall = call => {
      if (call.operation === 'StartLifecyclePolicyPreview') {
        account.ecr.seed({ repositoryName: NAME, lifecyclePolicyText: KEEP_TWO.toJson() });
      }
    };
    expect((await runGuard())!.Reason).toMatch(/its lifecycle policy was changed while the new one was being checked\. The new policy was not written/);
  });
});

test('Delete makes no call to ECR', async () => {
  images(9);
  const stack = existing(guarded(refuse({ maxImages: 0 })), ['DELETE_IN_PROGRESS']);
  expect(await check(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
  expect(account.ecr.calls).toEqual([]);
});

test('a timeout is an error that names the current step', async () => {
  images(9);
  account.ecr.faults.add({ kind: 'hang', operation: 'StartLifecyclePolicyPreview' });
  expect((await check(existing(guarded(refuse({ maxImages: 7 }))), 'Update', { remaining: 15_300 }))!.Reason)
    .toMatch(/^Repository 'team\/app': time ran out while starting a lifecycle policy preview of repository 'team\/app'/);
});
