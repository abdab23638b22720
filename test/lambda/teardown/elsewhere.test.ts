import { Duration } from 'aws-cdk-lib';
import { Build, CODE, MARK, REPOSITORY, Scene, STAGE, UUID } from './scene';
import { ImageUse, Repository, RepositoryCapability, RepositoryTeardown, Teardown } from '../../../src';
import { DeployedStack } from '../deployed-stack';
import {
  EXTERNAL_ID, letIn, OUR_ENVIRONMENT as HERE, stackThatReachesOut, THEIR_ENVIRONMENT as THEIRS, THEIR_ROLE as ROLE,
} from '../other-account';

const WEST = { account: HERE.account, region: 'eu-west-1' };

let scene: Scene;
beforeEach(async () => { scene = await Scene.start(); });
afterEach(() => scene.stop());

const arnIn = ({ account, region }: typeof HERE) => `arn:aws:ecr:${region}:${account}:repository/${REPOSITORY}`;
const of = (place: typeof HERE, teardown: Teardown, access?: { roleArn: string; externalId: string }): Build => stack => {
  new RepositoryTeardown(stack, 'Teardown', { repository: Repository.fromRepositoryArn(stack, 'Import', arnIn(place)), teardown, access });
};

async function create(stack: DeployedStack, place: typeof HERE, images = 6) {
  scene.ecr.seed({ repositoryName: REPOSITORY, ...place, images, kind: 'multiArch', tags: { stage: 'test' } });
  scene.status(stack, 'CREATE_IN_PROGRESS');
  const answer = await scene.send(stack, 'Create');
  scene.status(stack, answer?.Status === 'SUCCESS' ? 'CREATE_COMPLETE' : 'ROLLBACK_IN_PROGRESS');
  return answer;
}

const regionsCalled = () => new Set(scene.ecr.calls.map(({ region }) => region));

describe('a repository in another Region', () => {
  beforeEach(() => {
    // a repository of the same name in the Region of the stack, which must not be changed
    scene.ecr.seed({ repositoryName: REPOSITORY, images: 4, kind: 'flat', tags: { stage: 'test' } });
  });
  afterEach(() => {
    expect(scene.ecr.repository(REPOSITORY)).toMatchObject({ images: [{}, {}, {}, {}], tags: { stage: 'test' } });
  });

  test.each([
    ['deleted', Teardown.deleteWithImages({ requireTag: STAGE, maxImages: 9 })],
    ['emptied', Teardown.empty({ requireTag: STAGE, maxImages: 9 })],
    ['emptied with exceptions', Teardown.empty({ requireTag: STAGE, exceptTags: ['nothing'] })],
  ])('is marked there and %s there', async (done, teardown) => {
    const stack = stackThatReachesOut(of(WEST, teardown));
    expect(await create(stack, WEST)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.ecr.repository(REPOSITORY, WEST).tags).toEqual({ stage: 'test', [MARK]: `${UUID}:${scene.resourceOf(stack)}` });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.ecr.repository(REPOSITORY, WEST)).toMatchObject(
      done === 'deleted' ? { exists: false } : { exists: true, images: [], tags: { stage: 'test' } });
    expect(regionsCalled()).toEqual(new Set(['eu-west-1']));
  });

  test('is named with its Region in a refusal, whose command works there', async () => {
    const stack = stackThatReachesOut(of(WEST, Teardown.empty({ requireTag: STAGE, maxImages: 1 })));
    await create(stack, WEST);
    const answer = await scene.destroy(stack);
    expect(answer?.Reason).toContain(`\naws ecr tag-resource --region eu-west-1 --resource-arn ${arnIn(WEST)} --tags Key=${CODE},Value=`);
    expect(answer?.Reason).toMatch(/aws cloudformation delete-stack --region us-east-1 --stack-name Build /);
    expect(scene.ecr.images(REPOSITORY, WEST)).toBe(6);
    scene.obey(answer);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.ecr.repository(REPOSITORY, WEST)).toMatchObject({ images: [], tags: { stage: 'test' } });
  });

  test('loses its mark there when it leaves the template', async () => {
    const stack = stackThatReachesOut(of(WEST, Teardown.deleteWithImages({ requireTag: STAGE })));
    await create(stack, WEST);
    scene.status(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    expect(await scene.send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.ecr.repository(REPOSITORY, WEST)).toMatchObject({ exists: true, tags: { stage: 'test' } });
    expect(scene.ecr.images(REPOSITORY, WEST)).toBe(6);
  });

  test('is protected by IAM if it is not marked', async () => {
    const stack = stackThatReachesOut(of(WEST, Teardown.deleteWithImages({ requireTag: STAGE })));
    await create(stack, WEST);
    scene.account.cloudFormation.onCall = () =>
      scene.ecr.retag(REPOSITORY, { [MARK]: '99999999-9999-9999-9999-999999999999:Theirs' }, WEST);
    expect(await scene.destroy(stack))
      .toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('was denied ecr:DeleteRepository') });
    expect(scene.ecr.images(REPOSITORY, WEST)).toBe(6);
  });
});

test('a repository in another Region than the one that an environment-agnostic stack is deployed to is refused', async () => {
  const stack = DeployedStack.of('Build', of(WEST, Teardown.empty({ requireTag: STAGE, exceptTags: ['nothing'] })));
  expect(await create(stack, WEST)).toMatchObject({ Status: 'SUCCESS' });
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.ecr.repository(REPOSITORY, WEST)).toMatchObject({ images: [], tags: { stage: 'test' } });
  expect(regionsCalled()).toEqual(new Set(['eu-west-1']));
});

test('workloads are searched in the Region of the repository, not of the stack', async () => {
  const stack = stackThatReachesOut(of(WEST, Teardown.empty({ requireTag: STAGE, inUseBy: [ImageUse.ecs(), ImageUse.lambdaFunctions()] })));
  await create(stack, WEST);
  const [{ digest }] = scene.ecr.repository(REPOSITORY, WEST).images;
  scene.account.lambda.function(
    'resize', { imageUri: `000000000000.dkr.ecr.eu-west-1.amazonaws.com/${REPOSITORY}:v1`, imageDigest: digest }, WEST,
  );
  const answer = await scene.destroy(stack);
  expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('its images are in use: Lambda function resize') });
  expect(new Set([...scene.account.ecs.calls, ...scene.account.lambda.calls].map(({ region }) => region))).toEqual(new Set(['eu-west-1']));
  expect(scene.ecr.images(REPOSITORY, WEST)).toBe(6);
});

describe('a repository in another account', () => {
  const teardowns: Array<[string, Teardown]> = [
    ['deleted', Teardown.deleteWithImages({ requireTag: STAGE, maxImages: 9 })],
    ['emptied', Teardown.empty({ requireTag: STAGE, maxImages: 9 })],
    ['emptied with exceptions', Teardown.empty({ requireTag: STAGE, exceptTags: ['nothing'] })],
  ];
  const ours = (teardown: Teardown, externalId = EXTERNAL_ID) => stackThatReachesOut(of(THEIRS, teardown, { roleArn: ROLE, externalId }));

  const theirs = (teardown: Teardown, stack: DeployedStack, trusted?: { stackName: string; account: string; region: string }) =>
    letIn(scene.account, stack, REPOSITORY, [RepositoryCapability.teardown(teardown)], trusted);

  test.each(teardowns)('is marked there and %s there by both templates together', async (done, teardown) => {
    const stack = ours(teardown);
    theirs(teardown, stack);
    expect(await create(stack, THEIRS)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.ecr.repository(REPOSITORY, THEIRS).tags).toEqual({ stage: 'test', [MARK]: `${UUID}:${scene.resourceOf(stack)}` });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.ecr.repository(REPOSITORY, THEIRS)).toMatchObject(
      done === 'deleted' ? { exists: false } : { exists: true, images: [], tags: { stage: 'test' } });
    expect(new Set(scene.account.sts.sessions.map(({ roleArn }) => roleArn))).toEqual(new Set([ROLE]));
  });

  test('is checked with the role of that account in the Regions where its registry repeats deletions', async () => {
    const teardown = Teardown.deleteWithImages({ requireTag: STAGE, pulledWithin: Duration.days(7) });
    const copy = { ...WEST, account: THEIRS.account };
    const stack = ours(teardown);
    theirs(teardown, stack);
    await create(stack, THEIRS);
    scene.ecr.seed({ repositoryName: REPOSITORY, ...copy });
    scene.ecr.addImage({ repositoryName: REPOSITORY, ...copy, tags: ['v1'], lastRecordedPullTime: new Date() });
    scene.ecr.replicate({ from: THEIRS, to: [copy, { ...copy, account: HERE.account }], deletes: true });
    const answer = await scene.destroy(stack);
    expect(answer?.Reason).toContain('in eu-west-1, where the replication rule for all repositories repeats deletions, 1 image was pulled'
      + ` within 7 days: v1; and the replication rule for all repositories repeats deletions in account ${HERE.account}, eu-west-1, where`);
    expect(scene.ecr.images(REPOSITORY, THEIRS)).toBe(6);
  });

  test.each(teardowns)('is refused by the tag of the owner, and leaves the template: %s', async (_done, teardown) => {
    const stack = ours(teardown);
    theirs(teardown, stack);
    await create(stack, THEIRS);
    scene.ecr.retag(REPOSITORY, { stage: 'prod' }, THEIRS);
    const answer = await scene.destroy(stack);
    expect(answer?.Reason)
      .toContain('carries stage=prod. An override code does not replace the required tag. Ask the owner of the'
        + ' repository to set it, then delete the stack again');
    expect(scene.ecr.images(REPOSITORY, THEIRS)).toBe(6);
    scene.status(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    expect(await scene.send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.ecr.repository(REPOSITORY, THEIRS)).toMatchObject({ exists: true, tags: { stage: 'prod' } });
    expect(scene.ecr.images(REPOSITORY, THEIRS)).toBe(6);
  });

  test.each<[string, (stack: DeployedStack, teardown: Teardown) => void, string]>([
    ['the external id differs', (stack, teardown) => theirs(teardown, stack), 'wrong'],
    ['it trusts another stack', (stack, teardown) => theirs(teardown, stack, { stackName: 'Other', ...HERE }), EXTERNAL_ID],
    ['it trusts the stack in another Region',
      (stack, teardown) => theirs(teardown, stack, { stackName: 'Build', ...HERE, region: 'eu-west-1' }), EXTERNAL_ID],
    ...(['assumed', 'other'] as const).map((reading): [string, (stack: DeployedStack) => void, string] => [
      `it does not exist (assume-missing-role: ${reading})`,
      stack => {
        scene.account.readings.set('assume-missing-role', reading);
        scene.ecr.principal(scene.account.roleOf(stack), { account: HERE.account, policy: stack.policy() });
      },
      EXTERNAL_ID,
    ]),
  ])('is not marked, and the Create fails, if the role cannot be assumed: %s', async (_what, prepare, externalId) => {
    const [[, teardown]] = teardowns;
    const stack = ours(teardown, externalId);
    prepare(stack, teardown);
    const answer = await create(stack, THEIRS);
    expect(answer).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: 'cdk-ecr-keeper:not-created',
      Reason: expect.stringContaining(`Repository '${REPOSITORY}': the role ${ROLE} cannot be assumed. Let it trust this function's role,`
        + ' with the same external id (RepositoryAccessRole)'),
    });
    expect(await scene.send(stack, 'Delete', { PhysicalResourceId: answer!.PhysicalResourceId })).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.ecr.repository(REPOSITORY, THEIRS).tags).toEqual({ stage: 'test' });
  });

  test('is the only one that the role may change, and only while it is marked', async () => {
    const [[, teardown]] = teardowns;
    const stack = ours(teardown);
    theirs(teardown, stack);
    await create(stack, THEIRS);
    scene.ecr.seed({ repositoryName: 'team/other', ...THEIRS, tags: { stage: 'test' } });
    const ResourceProperties = {
      ...stack.customResourceProperties(scene.resourceOf(stack)),
      RepositoryArn: `arn:aws:ecr:${THEIRS.region}:${THEIRS.account}:repository/team/other`,
    };
    expect((await scene.send(stack, 'Create', { ResourceProperties }))?.Status).toBe('FAILED');
    expect(scene.ecr.repository('team/other', THEIRS).tags).toEqual({ stage: 'test' });
    scene.account.cloudFormation.onCall = () => scene.ecr.retag(REPOSITORY, { [MARK]: undefined }, THEIRS);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'FAILED' });
    expect(scene.ecr.images(REPOSITORY, THEIRS)).toBe(6);
  });
});
