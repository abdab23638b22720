import { Duration, Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Build, emptied, imported, owned, REPOSITORY, Scene, STAGE } from './scene';
import { teardownCommand } from '../../../lambda/teardown/teardown';
import { ImageUse, Repository, RepositoryTeardown, Teardown, TeardownAudit } from '../../../src';
import { decodeTeardown } from '../../../src/core/wire/teardown';
import { CommandLine } from '../../cli/command-line';
import type { TornDown } from '../../cli/teardown-account';
import { DeployedStack } from '../deployed-stack';

const commandOf = (build: Build): string | undefined => {
  const stack = DeployedStack.of('Stack', build);
  return teardownCommand(decodeTeardown(stack.customResourceProperties(stack.logicalIds('Custom::EcrTeardown')[0])));
};
const NPX = `npx cdk-ecr-keeper teardown ${REPOSITORY} --region us-east-1`;
const DAY = { pulledWithin: Duration.days(1) };
const PUSHED = { protectedTags: ['release-*', 'prod'], pushedWithin: Duration.hours(2) };
const USES = [ImageUse.ecs(), ImageUse.lambdaFunctions()];
const bucket = (stack: Stack) => s3.Bucket.fromBucketName(stack, 'Bucket', 'audit');

test.each<[string, Build]>([
  ['--dry-run', owned(Teardown.deleteWithImages())],
  ['--empty --dry-run', emptied()],
  ['--max-images 0 --dry-run', owned(Teardown.deleteWithImages({ maxImages: 0 }))],
  ['--require-tag \'stage=test\' --dry-run', imported(Teardown.deleteWithImages({ requireTag: STAGE }))],
  ['--protected-tags \'release-*\' \'prod\' --dry-run', owned(Teardown.deleteWithImages({ protectedTags: PUSHED.protectedTags }))],
  ['--pushed-within 7200s --dry-run', owned(Teardown.deleteWithImages({ pushedWithin: PUSHED.pushedWithin }))],
  ['--pulled-within 86400s --dry-run', owned(Teardown.deleteWithImages(DAY))],
  ['--in-use-by ecs --in-use-by lambda --dry-run', owned(Teardown.deleteWithImages({ inUseBy: USES }))],
  ['--audit removed-images.jsonl --dry-run', owned(Teardown.deleteWithImages({ audit: TeardownAudit.toLogs() }))],
  ['--audit removed-images.jsonl --dry-run',
    stack => owned(Teardown.deleteWithImages({ audit: TeardownAudit.toBucket(bucket(stack)) }))(stack)],
  ['--empty --except-tags \'v*\' \'latest\' --except-newest 3 --max-images 9 --require-tag \'stage=test\' --protected-tags \'release-*\''
    + ' \'prod\' --pushed-within 7200s --pulled-within 86400s --in-use-by ecs --in-use-by lambda --audit removed-images.jsonl --dry-run',
  emptied({
    exceptTags: ['v*', 'latest'],
    exceptNewest: 3,
    maxImages: 9,
    requireTag: STAGE,
    ...PUSHED,
    ...DAY,
    inUseBy: USES,
    audit: TeardownAudit.toLogs(),
  })],
])('the printed command has the same guards and only lists: %s', (options, build) => {
  expect(commandOf(build)).toBe(`${NPX} ${options}`);
});

test('the printed command names the Region of the repository', () => {
  const west = (stack: Stack) =>
    Repository.fromRepositoryArn(stack, 'Import', `arn:aws:ecr:eu-west-1:000000000000:repository/${REPOSITORY}`);
  const teardown = Teardown.deleteWithImages({ requireTag: STAGE, inUseBy: [ImageUse.ecs()] });
  expect(commandOf(stack => { new RepositoryTeardown(stack, 'App', { repository: west(stack), teardown }); }))
    .toBe(`npx cdk-ecr-keeper teardown ${REPOSITORY} --region eu-west-1 --require-tag 'stage=test' --in-use-by ecs --dry-run`);
});

describe('no command is printed if the command line does not support', () => {
  test.each<[string, Build]>([
    ['replicas', owned(Teardown.deleteWithImages({ replicaRegions: ['eu-west-1'] }))],
    ['an ImageUse in a Region', emptied({ inUseBy: [ImageUse.ecs({ region: 'eu-west-1' })] })],
    ['an ImageUse of some clusters', emptied({ inUseBy: [ImageUse.lambdaFunctions(), ImageUse.ecs({ clusters: ['shop'] })] })],
    ['an ImageUse of the newest task definitions', emptied({ inUseBy: [ImageUse.ecs({ newestTaskDefinitions: 1 })] })],
    ['an ImageUse with access', emptied({ inUseBy: [ImageUse.ecs({ access: { roleArn: 'arn:aws:iam::111111111111:role/look' } })] })],
  ])('%s', (_what, build) => {
    expect(commandOf(build)).toBeUndefined();
  });

  test.each([{ RoleArn: 'arn:aws:iam::222222222222:role/teardown-access', ExternalId: 'id' }, { OnStackDelete: 'retain' }])('%j', more => {
    const stack = DeployedStack.of('Stack', owned(Teardown.deleteWithImages()));
    const properties = stack.customResourceProperties(stack.logicalIds('Custom::EcrTeardown')[0]);
    expect(teardownCommand(decodeTeardown({ ...properties, ...more }))).toBeUndefined();
  });
});

describe('when time runs out', () => {
  let scene: Scene;
  let line: CommandLine;
  beforeEach(async () => {
    scene = await Scene.start();
    line = new CommandLine();
  });
  afterEach(async () => {
    line.remove();
    await scene.stop();
  });

  async function cutOff(build: Build, held: string) {
    const stack = await scene.deployed(build);
    scene.ecr.seed({ repositoryName: REPOSITORY, images: 950, kind: 'flat' });
    scene.ecr.onCall = async ({ operation }) => {
      if (operation === held) await new Promise(resolve => setTimeout(resolve, 2_000));
    };
    const answer = await scene.destroy(stack, { remaining: 15_000 + 1_200 });
    await new Promise(resolve => setTimeout(resolve, 1_500));
    scene.ecr.onCall = undefined;
    expect(answer).toMatchObject({
      Status: 'FAILED', Reason: expect.stringMatching(/^Repository 'team\/app': time ran out while .*\. Try again: it continues from there/),
    });
    return { stack, answer };
  }

  /** Splits a command as a shell would. */
  const run = async (command: string) => {
    const [npx, program, ...args] = command.match(/'[^']*'|\S+/g)!.map(word => word.replace(/^'(.*)'$/, '$1'));
    expect([npx, program]).toEqual(['npx', 'cdk-ecr-keeper']);
    const { account: { ecr, ecs, lambda } } = scene;
    const outcome = await line.run([...args, '--json'], {
      env: {
        AWS_ENDPOINT_URL_ECR: ecr.endpoint,
        AWS_ENDPOINT_URL_ECS: ecs.endpoint,
        AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
        AWS_ACCESS_KEY_ID: 'PERSON',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_REGION: 'eu-north-1',
      },
    });
    return { ...outcome, rows: JSON.parse(outcome.stdout || '[]') as TornDown[] };
  };

  test.each([
    ['emptied', 'BatchDeleteImage', emptied({ exceptTags: ['keep'], maxImages: 1_000, ...PUSHED, ...DAY, inUseBy: USES })],
    ['deleted', 'DescribeImages', owned(Teardown.deleteWithImages({ maxImages: 1_000, ...PUSHED, ...DAY, inUseBy: USES }))],
  ])('the printed command continues with the same guards: %s', async (done, held, build) => {
    const { stack, answer } = await cutOff(build, held);
    const [, command] = / Or do it in a terminal, with progress: .*, and try again:\n(npx .*)/.exec(answer!.Reason)!;
    const before = scene.left.length;
    const digest = scene.add({ tags: ['keep'] });
    scene.add({ tags: ['v1', 'prod'], pushedAt: new Date(), lastRecordedPullTime: new Date() });
    scene.account.lambda.function('resize', {
      imageUri: `000000000000.dkr.ecr.us-east-1.amazonaws.com/${REPOSITORY}:v1`, imageDigest: scene.left.find(each => each !== digest)!,
    });
    const refused = await run(command);
    expect([refused.status, refused.rows[0].outcome, refused.rows[0].action])
      .toEqual([1, 'REFUSED', done === 'emptied' ? 'EMPTY' : 'DELETE']);
    expect(refused.rows[0].refusals).toEqual([
      '1 image has a protected tag: prod', '1 image was pushed within 2 hours: v1', '1 image was pulled within 1 day: v1',
      'its images are in use: Lambda function resize',
    ]);
    expect(scene.left).toHaveLength(before + 2);

    const withoutGuards = command.replace(/ --(protected-tags( '\S+')+|(pushed|pulled)-within \S+|in-use-by \S+)/g, '')
      .replace('--dry-run', '--yes');
    expect((await run(withoutGuards)).rows[0].outcome).toBe('DONE');
    expect(scene.ecr.repository(REPOSITORY)).toMatchObject(done === 'emptied' ? { images: [{ digest }] } : { exists: false });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  });

  test('no command is printed if there is none', async () => {
    const { answer } = await cutOff(emptied({ inUseBy: [ImageUse.ecs({ region: 'us-east-1' })] }), 'BatchDeleteImage');
    expect(answer?.Reason).not.toContain('npx');
  });
});
