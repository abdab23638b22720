import * as s3 from 'aws-cdk-lib/aws-s3';
import { Build, CODE, commandIn, emptied, imported, MARK, owned, REPOSITORY, Scene, STAGE } from './scene';
import { ImageUse, Teardown } from '../../../src';

let scene: Scene;
beforeEach(async () => { scene = await Scene.start('sockets'); });
afterEach(() => scene.stop());

const URI = `000000000000.dkr.ecr.us-east-1.amazonaws.com/${REPOSITORY}`;
const USES = { inUseBy: [ImageUse.ecs(), ImageUse.lambdaFunctions()] };

const runTask = (image: string, imageDigest?: string) => {
  const cluster = scene.account.ecs.cluster('shop');
  return cluster.task({
    taskDefinition: scene.account.ecs.taskDefinition('web', { containers: [image] }), containers: [{ image, imageDigest }],
  });
};

const users: Array<[string, RegExp, (digest: string) => unknown]> = [
  ['an ECS task by digest', /ECS task shop\//, digest => runTask(`${URI}:moved`, digest)],
  ['an ECS task by tag, pending', /ECS task shop\//, () => runTask(`${URI}:v1`)],
  ['an ECS service that would start the image', /ECS service shop\/web/, () => {
    scene.account.ecs.cluster('shop')
      .service('web', { taskDefinition: scene.account.ecs.taskDefinition('web', { containers: ['nginx', `${URI}:v1`] }) });
  }],
  ['a Lambda function', /Lambda function resize/,
    digest => scene.account.lambda.function('resize', { imageUri: `${URI}:v1`, imageDigest: digest })],
  ['a published version of a Lambda function', /Lambda function resize:1/, digest => scene.account.lambda.function('resize', {
    imageUri: '000000000000.dkr.ecr.us-east-1.amazonaws.com/other:1', imageDigest: digest, versions: [{ imageUri: `${URI}@${digest}` }],
  })],
];

describe.each(users)('%s', (_who, named, use) => {
  test.each([
    ['emptied', emptied(USES)],
    ['deleted', owned(Teardown.deleteWithImages(USES))],
    ['emptied with exceptions', emptied({ ...USES, exceptTags: ['other'] })],
  ])(
    'is a refusal, which its code lifts: %s', async (done, build) => {
      const stack = await scene.deployed(build);
      use(scene.add({ tags: ['v1'] }));
      const before = scene.ecr.repository(REPOSITORY);
      const answer = await scene.destroy(stack);
      expect(answer).toMatchObject({
        Status: 'FAILED', Reason: expect.stringMatching(/^Repository 'team\/app' was not (emptied|deleted): its images are in use: /),
      });
      expect(answer?.Reason).toMatch(named);
      expect(scene.ecr.repository(REPOSITORY)).toEqual(before);
      scene.obey(answer);
      expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
      expect(scene.left).toEqual([]);
      expect(scene.ecr.repository(REPOSITORY).exists).toBe(done !== 'deleted');
      expect(scene.tags).not.toHaveProperty(CODE);
    });
});

test('workloads that run from other repositories, Regions, accounts, or tags do not use this repository', async () => {
  const stack = await scene.deployed(emptied(USES));
  const digest = scene.add({ tags: ['v1'] });
  for (const image of [`${URI}2:v1`, URI.replace('us-east-1', 'eu-west-1'), URI.replace('000000000000', '111111111111'), 'nginx:v1']) {
    runTask(image, digest);
  }
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
});

describe('with exceptions, only the use of an image that would be removed counts', () => {
  test('the use of a kept image, its child, or its tag is not refused', async () => {
    const stack = await scene.deployed(emptied({ ...USES, exceptTags: ['keep'] }));
    const child = scene.add();
    const index = scene.add({ children: [child], tags: ['keep'] });
    scene.add({ tags: ['drop'] });
    for (const digest of [child, index]) runTask(`${URI}:keep`, digest);
    runTask(`${URI}:keep`);
    scene.account.lambda.function('f', { imageUri: `${URI}:keep`, imageDigest: child });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([child, index].sort());
  });

  test('the use of a child of a removed index is refused', async () => {
    const stack = await scene.deployed(emptied({ ...USES, exceptTags: ['keep'] }));
    const child = scene.add();
    scene.add({ children: [child], tags: ['drop'] });
    scene.add({ tags: ['keep'] });
    runTask(`${URI}:drop`, child);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('in use: ECS task shop/') });
    expect(scene.left).toHaveLength(3);
  });
});

describe('while the handler waits', () => {
  test.each([
    ['emptied', emptied(USES)], ['deleted', owned(Teardown.deleteWithImages(USES))],
  ])('a use that ends is not refused, and the repository is %s', async (_done, build) => {
    const stack = await scene.deployed(build);
    const task = runTask(`${URI}:v1`, scene.add({ tags: ['v1'] }));
    let polls = 0;
    scene.account.ecs.onCall = ({ operation }) => {
      if (operation === 'ListTasks' && ++polls === 5) scene.account.ecs.cluster('shop').changeTask(task, undefined);
    };
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([]);
    expect(polls).toBeGreaterThanOrEqual(5);
  });

  test('a use that does not end is checked for eight minutes, then refused', async () => {
    const stack = await scene.deployed(emptied({ inUseBy: [ImageUse.ecs({ clusters: ['shop'] })] }));
    runTask(`${URI}:v1`, scene.add({ tags: ['v1'] }));
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'FAILED' });
    const asked = scene.account.ecs.calls.filter(({ operation }) => operation === 'ListTasks').length;
    expect(asked).toBe(480 / 15 + 1 + 1); // the last one is the guard's
  });

  describe('everything else is checked again afterwards', () => {
    const plan = { inUseBy: [ImageUse.ecs()], requireTag: STAGE, maxImages: 3 };
    const plans: Array<[string, Build]> = [
      ['emptied', imported(Teardown.empty(plan))], ['deleted', imported(Teardown.deleteWithImages(plan))],
    ];

    /** Destroys the stack; at the fifth poll somebody acts, and the task ends. */
    async function destroyed(build: Build, meanwhile: () => void) {
      const stack = await scene.deployed(build);
      const task = runTask(`${URI}:v1`, scene.add({ tags: ['v1'] }));
      let polls = 0;
      scene.account.ecs.onCall = ({ operation }) => {
        if (operation !== 'ListTasks' || ++polls !== 5) return;
        scene.account.ecs.cluster('shop').changeTask(task, undefined);
        meanwhile();
      };
      return scene.destroy(stack);
    }

    test.each(plans)('a removed required tag and pushed images are refused, and the repository is not %s', async (_done, build) => {
      const answer = await destroyed(build, () => {
        scene.ecr.retag(REPOSITORY, { stage: 'prod' });
        for (let count = 0; count < 10; count++) scene.add({ tags: [`new${count}`] });
      });
      expect(answer).toMatchObject({
        Status: 'FAILED',
        Reason: expect.stringMatching(
          /: it must carry the tag stage=test, but carries stage=prod; and it holds .*11 images, more than its maxImages of 3\. (To|An)/,
        ),
      });
      expect(scene.left).toHaveLength(11);
    });

    test.each(plans)('a repository with the mark of another stack is not %s', async (_done, build) => {
      const mark = '99999999-9999-9999-9999-999999999999:Other';
      expect(await destroyed(build, () => scene.ecr.retag(REPOSITORY, { [MARK]: mark }))).toMatchObject({ Status: 'SUCCESS' });
      expect(scene.left).toHaveLength(1);
      expect(scene.tags[MARK]).toBe(mark);
    });

    test.each(plans)('a code that was set meanwhile lifts the refusal, and the repository is %s', async (done, build) => {
      const stack = await scene.deployed(build);
      for (const tag of ['v1', 'v2', 'v3', 'v4']) scene.add({ tags: [tag] });
      const code = commandIn(await scene.destroy(stack)).split(`${CODE},Value=`)[1];
      const task = runTask(`${URI}:v1`);
      let polls = 0;
      scene.account.ecs.onCall = ({ operation }) => {
        if (operation !== 'ListTasks' || ++polls !== 5) return;
        scene.account.ecs.cluster('shop').changeTask(task, undefined);
        scene.ecr.retag(REPOSITORY, { [CODE]: code });
      };
      expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
      expect(scene.ecr.repository(REPOSITORY)).toMatchObject({ exists: done === 'emptied', images: [] });
    });
  });

  test.each([
    ['emptied', emptied(USES)], ['deleted', owned(Teardown.deleteWithImages(USES))],
  ])('a use whose refusal was lifted is not waited for again: %s', async (_done, build) => {
    const stack = await scene.deployed(build);
    runTask(`${URI}:v1`, scene.add({ tags: ['v1'] }));
    scene.obey(await scene.destroy(stack));
    scene.account.ecs.clearCalls();
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.account.ecs.calls.filter(({ operation }) => operation === 'ListTasks')).toHaveLength(1);
  });

  test('the handler does not wait if nothing runs, and reads everything once', async () => {
    const stack = await scene.deployed(owned(Teardown.deleteWithImages({ inUseBy: [ImageUse.ecs()] })));
    scene.add({ tags: ['v1'] });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.account.ecs.calls.filter(({ operation }) => operation === 'ListClusters')).toHaveLength(2);
    expect(scene.account.cloudFormation.calls.filter(({ operation }) => operation === 'DescribeStacks').length).toBeLessThanOrEqual(2);
  });

  test('an update does not wait', async () => {
    const before = await scene.deployed(emptied({ ...USES, trigger: 'one' }));
    runTask(`${URI}:v1`, scene.add({ tags: ['v1'] }));
    const { answer } = await scene.update(before, emptied({ ...USES, trigger: 'two' }));
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('its images are in use: ECS task shop/') });
    expect(scene.account.ecs.calls.filter(({ operation }) => operation === 'ListTasks')).toHaveLength(1);
    expect(scene.left).toHaveLength(1);
    expect(scene.tags).toHaveProperty(MARK);
  });
});

describe('another refusal has another code', () => {
  const codeOf = async (inUseBy: ImageUse[], prepare: () => void = () => { runTask(`${URI}:v1`); }) => {
    scene.ecr.vanish(REPOSITORY);
    const stack = await scene.deployed(emptied({ inUseBy }));
    scene.add({ tags: ['v1'] });
    prepare();
    return commandIn(await scene.destroy(stack)).split(`${CODE},Value=`)[1];
  };

  test('if the sources differ, but not if the workload differs', async () => {
    const one = await codeOf([ImageUse.ecs()]);
    expect(one).toMatch(/^[0-9a-f]{12}$/);
    expect(await codeOf([ImageUse.ecs({ clusters: ['shop'] }), ImageUse.lambdaFunctions()])).not.toBe(one);
    expect(await codeOf([ImageUse.ecs({ region: 'us-east-1' })])).not.toBe(one);
    expect(await codeOf([ImageUse.ecs()], () => { runTask(`${URI}:v1`); })).toBe(one);
  });

  test('the code for an image in use does not lift the refusal of an unreadable source', async () => {
    const stack = await scene.deployed(emptied({ inUseBy: [ImageUse.ecs()] }));
    runTask(`${URI}:v1`, scene.add({ tags: ['v1'] }));
    scene.obey(await scene.destroy(stack));
    scene.account.ecs.faults.add({ kind: 'accessDenied', operation: 'ListClusters', times: Infinity });
    const answer = await scene.destroy(stack);
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('its images may be in use, because workloads'
      + ' cannot be read'),
    });
    expect(scene.left).toHaveLength(1);
    scene.obey(answer);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  });
});

describe('a source that cannot be read is a refusal that the code lifts', () => {
  test.each([
    ['Amazon ECS, Region us-east-1',
      () => scene.account.ecs.faults.add({ kind: 'accessDenied', operation: 'ListClusters', times: Infinity })],
    ['AWS Lambda, Region us-east-1',
      () => scene.account.lambda.faults.add({ kind: 'accessDenied', operation: 'ListFunctions', times: Infinity })],
  ])('%s', async (where, blind) => {
    const stack = await scene.deployed(emptied(USES));
    scene.add({ tags: ['v1'] });
    blind();
    const answer = await scene.destroy(stack);
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('was not emptied: its images may be in use, because workloads cannot be read'
        + ` in ${where} (`),
    });
    expect(scene.left).toHaveLength(1);
    scene.obey(answer);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([]);
  });

  test('a named cluster that does not exist', async () => {
    const stack = await scene.deployed(emptied({ inUseBy: [ImageUse.ecs({ clusters: ['typo'] })] }));
    scene.add();
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(/cannot be read in Amazon ECS/) });
    expect(scene.left).toHaveLength(1);
  });

  test('a role of another account that cannot be assumed, unlike one that can', async () => {
    const roleArn = 'arn:aws:iam::111111111111:role/look';
    const there = { account: '111111111111', region: 'eu-west-1' };
    const stack = await scene.deployed(emptied({
      inUseBy: [ImageUse.ecs({ access: { roleArn, externalId: 'id' }, region: 'eu-west-1' })],
    }));
    scene.add({ tags: ['v1'] });
    expect((await scene.destroy(stack))?.Reason).toContain(`cannot be read in Amazon ECS, Region eu-west-1, with the role ${roleArn}`);
    scene.account.sts.role(roleArn, { trust: { principals: ['000000000000'], externalId: 'id' } });
    const definition = scene.account.ecs.taskDefinition('web', { containers: [`${URI}:v1`] }, there);
    scene.account.ecs.cluster('main', there).service('web', { taskDefinition: definition });
    expect((await scene.destroy(stack))?.Reason).toContain('its images are in use: ECS service main/web');
    expect(scene.left).toHaveLength(1);
  });
});

describe('files in a bucket', () => {
  const listing = (done: (options: { inUseBy: ImageUse[] }) => Teardown): Build => stack =>
    owned(done({ inUseBy: [ImageUse.listed(s3.Bucket.fromBucketName(stack, 'Uses', 'uses'), 'in-use/*.jsonl')] }))(stack);
  const write = (image: string) =>
    scene.account.s3.seed('uses', 'in-use/prod.jsonl', `${JSON.stringify({ image, usedBy: 'prod/shop/web' })}\n`);
  beforeEach(() => scene.account.s3.bucket('uses'));

  test.each([
    ['emptied', listing(options => Teardown.empty(options))],
    ['deleted', listing(options => Teardown.deleteWithImages(options))],
  ])('refuse until they list the image no longer, and the repository is %s', async (_done, build) => {
    const stack = await scene.deployed(build);
    write(`${URI}@${scene.add({ tags: ['v1'] })}`);
    expect((await scene.destroy(stack))?.Reason).toMatch(/^Repository 'team\/app' was not \w+: its images are in use: prod\/shop\/web\. /);
    expect(scene.left).toHaveLength(1);
    write('nginx');
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([]);
  });

  test('that cannot be read are a refusal that says why and what to do, and its code lifts it', async () => {
    const stack = await scene.deployed(listing(options => Teardown.empty(options)));
    scene.add({ tags: ['v1'] });
    const answer = await scene.destroy(stack);
    expect(answer?.Reason).toContain('was not emptied: its images may be in use, because workloads cannot be read from'
      + ' s3://uses/in-use/*.jsonl (no file matches s3://uses/in-use/*.jsonl; check the program that writes the files, and delete the files'
      + ' of what no longer exists)');
    expect(scene.left).toHaveLength(1);
    scene.obey(answer);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  });
});
