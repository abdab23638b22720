import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { addWhole, Build, emptied, imported, MARK, owned, REPOSITORY, Scene, STAGE } from './scene';
import { DeleteWithImagesOptions, EmptyRepositoryOptions, Repository, Teardown, TeardownAudit } from '../../../src';

interface Line { readonly action: string; readonly repositoryArn: string; readonly imageDigest: string; readonly imageTags: string[] }

let scene: Scene;
let events: string[];
beforeEach(async () => {
  scene = await Scene.start('sockets');
  scene.account.s3.bucket('audit');
  events = [];
});
afterEach(() => scene.stop());

const toBucket = (stack: Stack) => TeardownAudit.toBucket(s3.Bucket.fromBucketName(stack, 'Audit', 'audit'));
const emptiedTo = (options: EmptyRepositoryOptions = {}): Build => stack => emptied({ audit: toBucket(stack), ...options })(stack);
const deletedTo = (options: DeleteWithImagesOptions = {}): Build => stack =>
  owned(Teardown.deleteWithImages({ audit: toBucket(stack), ...options }))(stack);

const linesIn = (texts: Iterable<string>): Line[] =>
  [...texts].flatMap(text => text.trimEnd().split('\n')).map(line => JSON.parse(line) as Line);
const inBucket = () => linesIn(scene.account.s3.objects('audit').values());
const inLog = () => linesIn(scene.account.logs.filter(line => line.startsWith('{')));
const digests = (lines: readonly Line[]) => lines.map(({ imageDigest }) => imageDigest).sort();

/** Records the order in which the services are called, and what was written when an image was removed. */
function watch(): void {
  scene.account.s3.onCall = ({ operation }) => { events.push(operation); };
  scene.ecr.onCall = ({ operation, input, outcome }) => {
    if (!/^(BatchDeleteImage|DeleteRepository)$/.test(operation)) return;
    events.push(operation);
    const gone = (input.imageIds as Array<{ imageDigest: string }> | undefined ?? []).map(({ imageDigest }) => imageDigest);
    if (outcome === 'ok') expect(digests(inBucket())).toEqual(expect.arrayContaining(gone));
  };
}

test.each([
  ['emptied', emptiedTo()], ['deleted', deletedTo()],
])('log and bucket have a line for each image before it is %s', async (done, build) => {
  const stack = await scene.deployed(build);
  const pushedAt = new Date('2026-02-03T04:05:06Z');
  const tagged = scene.add({ tags: ['first', 'latest'], pushedAt, status: 'ARCHIVED' });
  addWhole(scene, 'whole');
  scene.ecr.seed({ repositoryName: REPOSITORY, images: 1_200, kind: 'flat', untagged: 100 });
  const all = scene.left;
  watch();
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(digests(inBucket())).toEqual(all);
  expect(digests(inLog())).toEqual(all);
  expect(inBucket().find(({ imageDigest }) => imageDigest === tagged)).toEqual({
    action: 'REMOVE_IMAGE',
    repositoryArn: 'arn:aws:ecr:us-east-1:000000000000:repository/team/app',
    imageDigest: tagged,
    imageTags: ['first', 'latest'],
    imageSizeInBytes: expect.any(Number),
    imagePushedAt: '2026-02-03T04:05:06.000Z',
  });
  for (const key of scene.account.s3.objects('audit').keys()) expect(key).toMatch(/^cdk-ecr-keeper\/Stack\/.+\.jsonl$/);
  const removal = done === 'emptied' ? 'BatchDeleteImage' : 'DeleteRepository';
  expect(events.indexOf(removal)).toBeGreaterThan(events.lastIndexOf('PutObject'));
});

test('the bucket is written before the log', async () => {
  const stack = await scene.deployed(emptiedTo());
  scene.ecr.seed({ repositoryName: REPOSITORY, images: 30, kind: 'flat' });
  scene.account.s3.onCall = ({ operation }) => { if (operation === 'PutObject') expect(inLog()).toEqual([]); };
  scene.account.s3.deleteBucket('audit');
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'FAILED' });
  expect(inLog()).toEqual([]);
  scene.account.s3.bucket('audit');
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(digests(inLog())).toEqual(digests(inBucket()));
});

test('the second delivery of a request writes further objects and overwrites none', async () => {
  const stack = await scene.deployed(emptiedTo());
  scene.ecr.seed({ repositoryName: REPOSITORY, images: 250, kind: 'flat' });
  const all = scene.left;
  scene.ecr.faults.add({ kind: 'killAfter', operation: 'BatchDeleteImage', skip: 1 });
  expect(await scene.destroy(stack, { RequestId: 'same' })).toBeUndefined();
  expect(scene.left.length).toBeLessThan(250);
  const first = scene.account.s3.objects('audit');
  expect(await scene.destroy(stack, { RequestId: 'same' })).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toEqual([]);
  const objects = scene.account.s3.objects('audit');
  expect([...objects.keys()]).toEqual(['00001', '00002'].map(number => `cdk-ecr-keeper/Stack/same/${REPOSITORY}/${number}.jsonl`));
  for (const [key, text] of first) expect(objects.get(key)).toBe(text);
  expect([...new Set(digests(inBucket()))]).toEqual(all);
});

test('a kept image is not recorded', async () => {
  const stack = await scene.deployed(emptiedTo({ exceptTags: ['keep'] }));
  addWhole(scene, 'keep');
  const dropped = addWhole(scene, 'drop');
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(digests(inBucket())).toEqual(dropped.sort());
});

test('an image that is pushed meanwhile is also recorded before its removal', async () => {
  const stack = await scene.deployed(emptiedTo());
  scene.ecr.seed({ repositoryName: REPOSITORY, images: 5, kind: 'flat' });
  const all = scene.left;
  scene.meanwhile(({ operation }) => operation === 'BatchDeleteImage', () => { all.push(scene.add({ tags: ['late'] })); });
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(digests(inBucket())).toEqual(all.sort());
});

test('a refusal records nothing', async () => {
  const stack = await scene.deployed(emptiedTo({ maxImages: 1 }));
  scene.ecr.seed({ repositoryName: REPOSITORY, images: 5, kind: 'flat' });
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'FAILED' });
  expect([...scene.account.s3.objects('audit').keys()]).toEqual([]);
});

test('an empty repository has no object', async () => {
  const stack = await scene.deployed(deletedTo());
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect([...scene.account.s3.objects('audit').keys()]).toEqual([]);
});

describe('if the bucket cannot be written, nothing is deleted, and the next attempt succeeds', () => {
  test.each<[string, string, Build, () => void, () => void]>(
    ([['emptied', emptiedTo()], ['deleted', deletedTo()]] as const).flatMap(([done, build]) => [
      [done, 'does not exist', build, () => scene.account.s3.deleteBucket('audit'), () => scene.account.s3.bucket('audit')],
      [done, 'denies access', build, () => scene.account.s3.faults.add({ kind: 'accessDenied', times: Infinity }),
        () => scene.account.s3.faults.clear()],
      [done, 'does not exist (missing-bucket-denied: other)', build, () => {
        scene.account.readings.set('missing-bucket-denied', 'other');
        scene.account.s3.deleteBucket('audit');
      }, () => scene.account.s3.bucket('audit')],
      [done, 'returns errors', build, () => scene.account.s3.faults.add({ kind: 'serverError', times: Infinity }),
        () => scene.account.s3.faults.clear()],
    ]))('%s: the bucket %s', async (_done, _what, build, spoil, mend) => {
    const stack = await scene.deployed(build);
    scene.ecr.seed({ repositoryName: REPOSITORY, images: 130, kind: 'multiArch' });
    const all = scene.left;
    spoil();
    const answer = await scene.destroy(stack);
    expect(answer?.Status).toBe('FAILED');
    expect(answer?.Reason)
      .toMatch(/cannot be written to s3:\/\/audit\/cdk-ecr-keeper\/Stack\/.*, so nothing more was deleted\. Check that the bucket exists/);
    expect(scene.left).toEqual(all);
    expect(scene.tags).toHaveProperty(MARK);
    mend();
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([]);
    expect(digests(inBucket())).toEqual(all);
  });
});

test('every image is recorded if the function is killed at each call and another request follows', async () => {
  const calls = 12;
  let struck = 0;
  for (let skip = 0; skip < calls; skip++) {
    for (const service of ['ecr', 's3'] as const) {
      scene.ecr.vanish(REPOSITORY);
      scene.account.s3.deleteBucket('audit');
      scene.account.s3.bucket('audit');
      const stack = await scene.deployed(emptiedTo());
      scene.ecr.seed({ repositoryName: REPOSITORY, images: 250, kind: 'flat' });
      const all = scene.left;
      scene.account[service].faults.add({ kind: 'killAfter', skip });
      const answer = await scene.destroy(stack);
      if (answer === undefined) struck++;
      scene.account[service].faults.clear();
      const written = new Set(digests(inBucket()));
      expect(all.filter(digest => !scene.left.includes(digest) && !written.has(digest))).toEqual([]);
      if (answer?.Status !== 'SUCCESS') expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
      expect(scene.left).toEqual([]);
      expect([...new Set(digests(inBucket()))]).toEqual(all);
    }
  }
  expect(struck).toBeGreaterThan(6);
});

describe('the template', () => {
  test.each<[string, EmptyRepositoryOptions, string, number]>([
    ['an audit', { audit: TeardownAudit.toLogs() }, 'Retain', 365],
    ['no audit', {}, 'Delete', 30],
  ])('with %s, the log group has the DeletionPolicy %3$s and keeps its lines for %4$d days', (_what, options, policy, days) => {
    const stack = new Stack();
    new Repository(stack, 'App', { teardown: Teardown.empty(options) });
    Template.fromStack(stack)
      .hasResource('AWS::Logs::LogGroup', { DeletionPolicy: policy, UpdateReplacePolicy: policy, Properties: { RetentionInDays: days } });
  });

  describe('a bucket that the same stack declares must outlive it', () => {
    const synthesized = (removalPolicy?: RemovalPolicy, later?: RemovalPolicy) => () => {
      const app = new App();
      const stack = new Stack(app, 'Stack');
      const bucket = new s3.Bucket(stack, 'Audit', { removalPolicy });
      new Repository(stack, 'App', { teardown: Teardown.empty({ audit: TeardownAudit.toBucket(bucket) }) });
      if (later) bucket.applyRemovalPolicy(later);
      app.synth();
    };

    test('even if the removal policy changes after the teardown', () => {
      const message = /the bucket of 'audit' must not be deleted with the stack, but 'Stack\/Audit\/Resource' is\. Set the removal policy RETAIN on the bucket, or use a bucket of another stack/;
      expect(synthesized()).not.toThrow();
      expect(synthesized(RemovalPolicy.DESTROY)).toThrow(message);
      expect(synthesized(RemovalPolicy.RETAIN, RemovalPolicy.DESTROY)).toThrow(message);
      expect(synthesized(RemovalPolicy.DESTROY, RemovalPolicy.RETAIN)).not.toThrow();
    });

    test('unless another stack declares it', () => {
      const app = new App();
      const bucket = new s3.Bucket(new Stack(app, 'Other'), 'Audit', { removalPolicy: RemovalPolicy.DESTROY });
      new Repository(new Stack(app, 'Stack'), 'App', { teardown: Teardown.empty({ audit: TeardownAudit.toBucket(bucket) }) });
      expect(() => app.synth()).not.toThrow();
    });
  });

  test('with a bucket, the function may write only below the prefix of its stack', () => {
    const stack = new Stack();
    new Repository(stack, 'App', { teardown: Teardown.empty({ audit: toBucket(stack) }) });
    const template = Template.fromStack(stack);
    template.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Retain' });
    template.hasResourceProperties('Custom::EcrTeardown', { Audit: true, AuditBucket: 'audit' });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([{
          Action: 's3:PutObject',
          Effect: 'Allow',
          Resource: { 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp(`audit/cdk-ecr-keeper/${stack.stackName}/\\*$`)])] },
        }]),
      },
    });
  });
});

test('of two teardowns in a stack, only the one with an audit writes', async () => {
  const stack = await scene.deployed(imported(Teardown.empty({ requireTag: STAGE })));
  scene.add();
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(inLog()).toEqual([]);
});
