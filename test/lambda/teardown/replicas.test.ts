import { Duration } from 'aws-cdk-lib';
import { CODE, MARK, owned, REPOSITORY, Scene } from './scene';
import { DeleteWithImagesOptions, ImageUse, Teardown } from '../../../src';

const [HERE, WEST, CENTRAL, NORTH] = ['us-east-1', 'eu-west-1', 'eu-central-1', 'eu-north-1'].map(region => ({ region }));

let scene: Scene;
beforeEach(async () => { scene = await Scene.start(); });
afterEach(() => scene.stop());

const exists = (place: { region: string }) => scene.ecr.repository(REPOSITORY, place).exists;
const images = (place: { region: string }) => scene.ecr.images(REPOSITORY, place);
const there = (...places: Array<{ region: string }>) => places.map(({ region }) => region);

async function replicated(options: DeleteWithImagesOptions = {}, places = [WEST, CENTRAL]) {
  scene.ecr.replicate({ from: HERE, to: places, prefix: 'team/' });
  const stack = await scene.deployed(owned(Teardown.deleteWithImages({ replicaRegions: there(...places), ...options })));
  scene.ecr.seed({ repositoryName: REPOSITORY, images: 6, kind: 'multiArch' });
  for (const place of places) expect(images(place)).toBe(6);
  return stack;
}

/** Expects a refusal that changes nothing. When it is lifted, everything is deleted except the repository that is not a replica. */
async function refusedAndLeft(stack: Awaited<ReturnType<typeof replicated>>, because: RegExp, left: { region: string }): Promise<void> {
  const before = [HERE, WEST, CENTRAL].map(images);
  const answer = await scene.destroy(stack);
  expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(because) });
  expect([HERE, WEST, CENTRAL].map(images)).toEqual(before);
  scene.obey(answer);
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(exists(HERE)).toBe(false);
  for (const place of [WEST, CENTRAL]) expect(images(place)).toBe(place === left ? before[[HERE, WEST, CENTRAL].indexOf(place)] : 0);
  expect(exists(left)).toBe(true);
}

test('replicas are deleted with the source after they were identified as replicas', async () => {
  const stack = await replicated();
  scene.ecr.clearCalls();
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  for (const place of [HERE, WEST, CENTRAL]) expect(exists(place)).toBe(false);
  const deleted = scene.ecr.calls.filter(({ operation }) => operation === 'DeleteRepository').map(({ region }) => region);
  expect(deleted.sort()).toEqual(there(CENTRAL, WEST, HERE).sort());
  expect(scene.ecr.calls.filter(({ operation }) => operation === 'DeleteRepository').at(-1)?.region).toBe('us-east-1');
});

test.each(['assumed', 'other'] as const)('replicas are deleted with the source, whether or not that is replicated'
  + ' (replication-delete-repository: %s)', async reading => {
  scene.account.readings.set('replication-delete-repository', reading);
  scene.ecr.replicate({ from: HERE, to: [WEST, NORTH], deletes: true });
  const stack = await replicated();
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  for (const place of [HERE, WEST, CENTRAL]) expect(exists(place)).toBe(false);
  expect(exists(NORTH)).toBe(reading === 'assumed');
});

test('a Region that is not listed keeps its replica', async () => {
  scene.ecr.replicate({ from: HERE, to: [NORTH] });
  const stack = await replicated();
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(images(NORTH)).toBe(6);
});

test('a Region without a replica is not changed', async () => {
  const stack = await replicated();
  scene.ecr.vanish(REPOSITORY, WEST);
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  for (const place of [HERE, CENTRAL]) expect(exists(place)).toBe(false);
});

test('nothing is read or changed when only the resource is deleted', async () => {
  const stack = await replicated();
  scene.status(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
  expect(await scene.send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
  for (const place of [HERE, WEST, CENTRAL]) expect(images(place)).toBe(6);
});

describe('a repository that is not a replica is refused, and kept when the refusal is lifted, because', () => {
  test('it holds an image that the source does not hold', async () => {
    const stack = await replicated();
    scene.ecr.addImage({ repositoryName: REPOSITORY, ...WEST, tags: ['their-own'], status: 'ARCHIVED', annotations: { of: 'theirs' } });
    await refusedAndLeft(stack, /the repository of the same name in eu-west-1 is not its replica: it holds 1 image that the source does not hold \(pushed there, or expired in the source\): their-own; that repository is kept/, WEST);
  });

  test('the source no longer holds its images', async () => {
    const stack = await replicated();
    const last = scene.ecr.addImage({ repositoryName: REPOSITORY, tags: ['last'] });
    const tags = scene.tags;
    scene.ecr.vanish(REPOSITORY);
    scene.ecr.seed({ repositoryName: REPOSITORY, tags });
    expect(scene.ecr.repository(REPOSITORY, WEST).images.map(({ digest }) => digest)).toContain(last);
    scene.ecr.vanish(REPOSITORY, CENTRAL);
    const answer = await scene.destroy(stack);
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/eu-west-1 is not its replica: it holds 7 images that the source does not hold \(.*\): .* and 4 more/),
    });
    expect(images(WEST)).toBe(7);
  });

  test.each([
    ['no rule names the Region', () => scene.ecr.replicate({ from: HERE, to: [CENTRAL] })],
    ['a rule names it for other repositories', () => scene.ecr.replicate({ from: HERE, to: [WEST, CENTRAL], prefix: 'other/' })],
    ['a rule names it in another account', () => scene.ecr.replicate({ from: HERE, to: [{ ...WEST, account: '111111111111' }, CENTRAL] })],
    ['only the registry there has a rule', () => scene.ecr.replicate({ from: WEST, to: [HERE] })],
  ])('%s', async (_what, rule) => {
    rule();
    const stack = await scene.deployed(owned(Teardown.deleteWithImages({ replicaRegions: ['eu-west-1'] })));
    scene.ecr.seed({ repositoryName: REPOSITORY, images: 3, kind: 'flat' });
    scene.ecr.vanish(REPOSITORY, CENTRAL);
    scene.ecr.seed({ repositoryName: REPOSITORY, ...WEST, images: 3, kind: 'flat' });
    await refusedAndLeft(stack, /eu-west-1 is not its replica: the registry does not replicate it to this Region/, WEST);
  });
});

describe('a repository there that belongs to a stack', () => {
  test.each([
    ['has the mark of another teardown', { [MARK]: '99999999-9999-9999-9999-999999999999:Other' }],
    ['has a lifecycle policy of a stack', { 'cdk-ecr-keeper:lifecycle-policy-by': '99999999-9999-9999-9999-999999999999:Other' }],
    ['was created by CloudFormation', { 'aws:cloudformation:stack-name': 'Other' }],
  ])('is not a replica, whatever it holds, if it %s', async (_what, tags) => {
    const stack = await replicated();
    scene.ecr.vanish(REPOSITORY, WEST);
    scene.ecr.seed({ repositoryName: REPOSITORY, ...WEST, tags });
    scene.ecr.addImage({ repositoryName: REPOSITORY, tags: ['later'] });
    expect(images(WEST)).toBe(1);
    const [key] = Object.keys(tags);
    await refusedAndLeft(
      stack, new RegExp(`in eu-west-1 is not its replica: it belongs to a stack \\(its tag ${key} is .*\\); that repository is`
        + ' kept'), WEST,
    );
    expect(scene.ecr.repository(REPOSITORY, WEST).tags).toEqual(tags);
  });

  const declares = (place: { region: string }, type = 'AWS::ECR::Repository', now = 'CREATE_COMPLETE') =>
    scene.account.cloudFormation.stack(`arn:aws:cloudformation:${place.region}:000000000000:stack/Shop/1`).status(now)
      .resource('Repo', { type, physicalId: REPOSITORY });

  test.each([
    ['owned by a stack', () => declares(WEST)],
    ['the physical id of another type', () => declares(WEST, 'Custom::Mirror')],
    ['of a deleted stack', () => declares(WEST, undefined, 'DELETE_COMPLETE')],
  ])('is not a replica, although no tag shows that, if CloudFormation of its Region lists it as %s', async (_what, prepare) => {
    const stack = await replicated();
    prepare();
    await refusedAndLeft(
      stack, /in eu-west-1 is not its replica: CloudFormation lists that name in stack Shop: Repo, .*; that repository is kept/, WEST,
    );
  });

  test('is kept if a stack takes it while another replica is deleted, because CloudFormation is called again before each'
    + ' deletion', async () => {
    const stack = await replicated({}, [CENTRAL, WEST]);
    scene.ecr.onCall = ({ operation, region }) => {
      if (operation === 'DeleteRepository' && region === CENTRAL.region) declares(WEST);
    };
    expect((await scene.destroy(stack))?.Reason)
      .toMatch(/its replica in eu-west-1 could not be deleted and still exists, .*: CloudFormation lists that name in stack Shop: Repo/);
    expect([HERE, WEST, CENTRAL].map(images)).toEqual([6, 6, 0]);
  });

  test.each(['accessDenied', 'throttle', 'serverError', 'reset'] as const)('is unknown if CloudFormation fails (%s),'
    + ' so it is kept and named, and the source is kept', async kind => {
    const stack = await replicated();
    scene.account.cloudFormation.faults.add({ kind, operation: 'DescribeStackResources', region: WEST.region, times: Infinity });
    expect((await scene.destroy(stack))?.Reason).toMatch(
      /its replica in eu-west-1 could not be deleted and still exists, .*: it is unknown whether a stack owns it, so it is kept \(cloudformation:DescribeStackResources: /,
    );
    expect([HERE, WEST, CENTRAL].map(images)).toEqual([6, 6, 0]);
    scene.account.cloudFormation.faults.clear();
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect([HERE, WEST, CENTRAL].map(exists)).toEqual([false, false, false]);
  });

  test.each([
    MARK, 'cdk-ecr-keeper:lifecycle-policy-by', 'cdk-ecr-keeper:prefix-lifecycle-by', 'aws:cloudformation:stack-id',
  ])('is protected by IAM if it is tagged with %s between the read and the deletion', async key => {
    const stack = await replicated();
    const mark = { [key]: '99999999-9999-9999-9999-999999999999:Other' };
    scene.ecr.onCall = ({ operation, region }) => {
      if (operation === 'DescribeImages' && region === WEST.region) scene.ecr.retag(REPOSITORY, mark, WEST);
    };
    const answer = await scene.destroy(stack);
    expect(answer?.Reason)
      .toMatch(/its replica in eu-west-1 could not be deleted and still exists, .*not authorized to perform: ecr:DeleteRepository/);
    expect([HERE, WEST, CENTRAL].map(images)).toEqual([6, 6, 0]);
  });

  test('is the source itself, if only the deployment knows its Region', async () => {
    const stack = await replicated();
    const ResourceProperties = { ...stack.customResourceProperties(scene.resourceOf(stack)), ReplicaRegions: [HERE.region] };
    const answer = await scene.destroy(stack, { ResourceProperties });
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(
        /in us-east-1 is not its replica: it belongs to a stack \(its tag cdk-ecr-keeper:teardown-by is 11111111/,
      ),
    });
    expect([HERE, WEST, CENTRAL].map(images)).toEqual([6, 6, 6]);
  });
});

describe('the guards of replicas', () => {
  test('refuse for all Regions at once, with a code for each', async () => {
    const stack = await replicated({ maxImages: 5 });
    const answer = await scene.destroy(stack);
    expect(answer?.Reason).toContain(
      'it holds 6 images, more than its maxImages of 5; and in eu-west-1, it holds 6 images, more than its maxImages of 5;'
        + ' and in eu-central-1, it holds 6');
    for (const place of [HERE, WEST, CENTRAL]) expect(images(place)).toBe(6);
    expect(scene.obey(answer)).toMatch(/^\w{12}\.\w{12}\.\w{12}$/);
    expect(scene.ecr.repository(REPOSITORY, WEST).tags).not.toHaveProperty(CODE);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    for (const place of [HERE, WEST, CENTRAL]) expect(exists(place)).toBe(false);
  });

  test.each([
    [undefined, true], [HERE.region, false], [WEST.region, true],
  ])('what runs from a replica, with a source of use in %s: refused %s', async (region, isRefused) => {
    const stack = await replicated({ inUseBy: [ImageUse.ecs({ region })] });
    const image = `000000000000.dkr.ecr.eu-west-1.amazonaws.com/${REPOSITORY}:v1`;
    scene.account.ecs.cluster('shop', WEST)
      .service('web', { taskDefinition: scene.account.ecs.taskDefinition('web', { containers: [image] }, WEST) });
    const answer = await scene.destroy(stack);
    expect(answer?.Status).toBe(isRefused ? 'FAILED' : 'SUCCESS');
    expect(new Set(scene.account.ecs.calls.map(call => call.region))).toEqual(new Set(region ? [region] : there(HERE, WEST, CENTRAL)));
    if (!isRefused) return;
    expect(answer?.Reason).toContain('was not deleted: in eu-west-1, its images are in use: ECS service shop/web. To delete');
    expect([HERE, WEST, CENTRAL].map(images)).toEqual([6, 6, 6]);
    scene.obey(answer);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect([HERE, WEST, CENTRAL].map(exists)).toEqual([false, false, false]);
  });

  test('wait for the workloads that run from a replica', async () => {
    const stack = await replicated({ inUseBy: [ImageUse.ecs()] });
    const image = `000000000000.dkr.ecr.eu-west-1.amazonaws.com/${REPOSITORY}:v1`;
    const cluster = scene.account.ecs.cluster('shop', WEST);
    const task = cluster.task({
      taskDefinition: scene.account.ecs.taskDefinition('web', { containers: [image] }, WEST), containers: [{ image }],
    });
    let polls = 0;
    scene.account.ecs.onCall = ({ operation, region }) => {
      if (operation === 'ListTasks' && region === WEST.region && ++polls === 4) cluster.changeTask(task, undefined);
    };
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect([HERE, WEST, CENTRAL].map(exists)).toEqual([false, false, false]);
  });

  test.each<[string, DeleteWithImagesOptions, { tags: string[]; pushedAt?: Date }, RegExp]>([
    ['a protected tag', { protectedTags: ['release-*'] }, { tags: ['release-1'] },
      /not deleted: 1 image has a protected tag: release-1; and in eu-west-1, 1 image has a protected tag: release-1\. To/],
    // an image that exists already counts as pushed when it was replicated
    ['a new image', { pushedWithin: Duration.hours(1) }, { tags: ['v9'], pushedAt: new Date() },
      /not deleted: 1 image was pushed within 1 hour: v9; and in eu-west-1, 7 images were pushed within 1 hour: .*\. To/],
  ])('refuse %s of a replica as of the source, and the code lifts both', async (_what, options, image, because) => {
    const stack = await replicated(options, [WEST]);
    scene.ecr.addImage({ repositoryName: REPOSITORY, ...image });
    expect(images(WEST)).toBe(7);
    const answer = await scene.destroy(stack);
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(because) });
    expect([HERE, WEST].map(images)).toEqual([7, 7]);
    expect(scene.obey(answer)).toMatch(/^\w{12}\.\w{12}$/);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect([HERE, WEST].map(exists)).toEqual([false, false]);
  });

  test('ignore requireTag, because a replica has none of the tags of the source', async () => {
    const stack = await replicated({ requireTag: { key: 'stage', value: 'test' } });
    scene.ecr.retag(REPOSITORY, { stage: 'test' });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    for (const place of [HERE, WEST, CENTRAL]) expect(exists(place)).toBe(false);
  });
});

describe('a Region that cannot be reached', () => {
  test.each(['serverError', 'accessDenied', 'reset', 'throttle'] as const)('%s: the others finish, the answer says which did not,'
    + ' the source stays, the next try finishes', async kind => {
    const stack = await replicated({}, [WEST, CENTRAL, NORTH]);
    for (const { region } of [WEST, NORTH]) scene.ecr.faults.add({ kind, region, times: Infinity });
    const answer = await scene.destroy(stack);
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/^Repository 'team\/app' was not deleted: its replica in eu-west-1 could not be deleted and still exists, while all replicas that could be reached are deleted: [^]+; and its replica in eu-north-1 .+/),
    });
    expect(answer?.Reason).not.toContain('eu-central-1');
    expect(answer?.Reason)
      .toMatch(/Value=\w{12}\.\w{12}\n(.*\n){3}aws cloudformation delete-stack .* --retain-resources AppTeardown\w+(\nAll reasons: .*)?$/);
    expect([HERE, WEST, CENTRAL, NORTH].map(images)).toEqual([6, 6, 0, 6]);
    expect(scene.tags).toHaveProperty(MARK);
    scene.ecr.faults.clear();
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    for (const place of [HERE, WEST, CENTRAL, NORTH]) expect(exists(place)).toBe(false);
  });

  test('only during the deletion', async () => {
    const stack = await replicated();
    scene.ecr.faults.add({ kind: 'serverError', operation: 'DeleteRepository', region: 'eu-west-1', times: Infinity });
    expect((await scene.destroy(stack))?.Reason).toMatch(/its replica in eu-west-1 could not be deleted and still exists/);
    expect([HERE, WEST, CENTRAL].map(images)).toEqual([6, 6, 0]);
    scene.ecr.faults.clear();
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(exists(WEST)).toBe(false);
  });

  test('is left behind when the command lifts the refusal, whatever happens to the Region', async () => {
    const stack = await replicated({ maxImages: 5 }, [WEST, CENTRAL, NORTH]);
    scene.obey(await scene.destroy(stack));
    scene.ecr.faults.add({ kind: 'serverError', region: WEST.region, times: Infinity });
    const answer = await scene.destroy(stack);
    expect(answer?.Reason)
      .toMatch(/^Repository 'team\/app' was not deleted: its replica in eu-west-1 could not be deleted and still exists, [^;]*\. To delete/);
    expect([HERE, WEST, CENTRAL, NORTH].map(images)).toEqual([6, 6, 0, 0]);
    scene.obey(answer);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect([exists(HERE), images(WEST)]).toEqual([false, 6]);
    expect(scene.log)
      .toContain('repository \'team/app\' is deleted although its replica in eu-west-1 could not be deleted and still exists');
  });

  test('needs its own code', async () => {
    const stack = await replicated();
    const unreachable = ({ region }: { region: string }) => scene.ecr.faults.add({ kind: 'serverError', region, times: Infinity });
    unreachable(WEST);
    scene.obey(await scene.destroy(stack));
    scene.ecr.faults.clear();
    scene.ecr.replicate({ from: HERE, to: [CENTRAL] });
    scene.ecr.addImage({ repositoryName: REPOSITORY, tags: ['later'] });
    unreachable(CENTRAL);
    expect((await scene.destroy(stack))?.Reason).toMatch(/was not deleted: its replica in eu-central-1 could not be deleted/);
    expect([exists(HERE), exists(WEST), images(CENTRAL)]).toEqual([true, false, 1]);
  });

  test('nothing is deleted if the replication configuration cannot be read', async () => {
    const stack = await replicated();
    scene.ecr.faults.add({ kind: 'accessDenied', operation: 'DescribeRegistry', times: Infinity });
    expect(await scene.destroy(stack))
      .toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(/was denied ecr:DescribeRegistry for 60 seconds/) });
    for (const place of [HERE, WEST, CENTRAL]) expect(images(place)).toBe(6);
  });
});

test('a key there whose grants cannot be retired does not prevent the deletion', async () => {
  scene.ecr.seed({ repositoryName: REPOSITORY, ...WEST, encryption: { encryptionType: 'KMS' } });
  const stack = await replicated();
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect([HERE, WEST, CENTRAL].map(exists)).toEqual([false, false, false]);
  expect(scene.log).toContain('could not be retired. Retire them yourself');
});

test('the next attempt finishes after a kill at each call', async () => {
  for (let skip = 0; skip < 18; skip++) {
    for (const place of [HERE, WEST, CENTRAL]) scene.ecr.vanish(REPOSITORY, place);
    const stack = await replicated();
    scene.ecr.faults.add({ kind: 'killAfter', skip });
    const answer = await scene.destroy(stack);
    scene.ecr.faults.clear();
    if (answer?.Status !== 'SUCCESS') expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    for (const place of [HERE, WEST, CENTRAL]) expect(exists(place)).toBe(false);
  }
});
