import { Duration } from 'aws-cdk-lib';
import { CODE, emptied, imported, owned, REPOSITORY, Scene, STAGE } from './scene';
import { DeleteWithImagesOptions, ImageUse, Teardown } from '../../../src';
import type { NewImage } from '../../local-ecr/seed';

const [HERE, WEST, CENTRAL] = ['us-east-1', 'eu-west-1', 'eu-central-1'].map(region => ({ region }));
const OTHER_ACCOUNT = { account: '222222222222', region: 'eu-west-1' };
const PULLED = { pulledWithin: Duration.days(7) };
const IN_WEST = 'in eu-west-1, where the replication rule for \'team/\' repeats deletions, ';
const URI_THERE = `000000000000.dkr.ecr.eu-west-1.amazonaws.com/${REPOSITORY}`;

let scene: Scene;
beforeEach(async () => { scene = await Scene.start(); });
afterEach(() => scene.stop());

const images = (place: { region: string }) => scene.ecr.images(REPOSITORY, place);
const callsIn = (region: string) => scene.ecr.calls.filter(call => call.region === region).map(({ operation }) => operation);
const deletesTo = (...to: { region: string; account?: string }[]) =>
  scene.ecr.replicate({ from: HERE, to, prefix: 'team/', deletes: true });

/** Adds an image to the repository and its copy, which can differ. Both have the same digest. */
function addCopied(image: NewImage = {}, copy: NewImage = image, place = WEST): string {
  const digest = scene.ecr.addImage({ repositoryName: REPOSITORY, ...HERE, ...image });
  expect(scene.ecr.addImage({ repositoryName: REPOSITORY, ...place, ...copy })).toBe(digest);
  return digest;
}

/** A stack whose repository has two images, with copies in eu-west-1 that were pulled there, before a rule repeats deletions. */
async function pulledThere(build = owned(Teardown.deleteWithImages(PULLED))) {
  const stack = await scene.deployed(build);
  scene.ecr.seed({ repositoryName: REPOSITORY, ...WEST });
  addCopied({ tags: ['old'] });
  addCopied({ tags: ['v1'] }, { tags: ['v1'], lastRecordedPullTime: new Date() });
  deletesTo(WEST);
  scene.ecr.clearCalls();
  return stack;
}

describe('a guard refuses because of a copy that is deleted with the image:', () => {
  test('it was pulled in the other Region', async () => {
    const stack = await pulledThere();
    const answer = await scene.destroy(stack);
    expect(answer?.Reason).toMatch(/^Repository 'team\/app' was not deleted: in eu-west-1, where the replication rule for 'team\/' repeats deletions, 1 image was pulled within 7 days: v1\. To delete it anyway, run this command, /);
    expect([HERE, WEST].map(images)).toEqual([2, 2]);
    expect(scene.calls.filter(name => name === 'DescribeRegistry')).toHaveLength(1);
    scene.obey(answer);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(images(HERE)).toBe(0);
  });

  test('it has a protected tag only in the other Region', async () => {
    const stack = await scene.deployed(owned(Teardown.deleteWithImages({ protectedTags: ['release-*'] })));
    scene.ecr.seed({ repositoryName: REPOSITORY, ...WEST });
    addCopied({ tags: ['v1'] }, { tags: ['release-1'] });
    deletesTo(WEST);
    expect((await scene.destroy(stack))?.Reason).toMatch(/in eu-west-1, where the .* repeats deletions, 1 image has a protected tag: release-1\./);
    expect(images(HERE)).toBe(1);
  });

  test.each([
    ['a function', 'Lambda function resize', ImageUse.lambdaFunctions(), (digest: string) => {
      scene.account.lambda.function('resize', { imageUri: `${URI_THERE}@${digest}`, imageDigest: digest }, WEST);
    }],
    ['a task', 'ECS task shop/', ImageUse.ecs(), (digest: string) => runTaskThere(digest)],
    ['a task of a cluster that is only there', 'ECS task shop/', ImageUse.ecs({ clusters: ['main', 'shop'] }), (digest: string) => {
      for (const name of ['main', 'shop']) scene.account.ecs.cluster(name, HERE);
      runTaskThere(digest);
    }],
  ])('%s runs it in the other Region', async (_what, named, use, run) => {
    const stack = await scene.deployed(owned(Teardown.deleteWithImages({ inUseBy: [use] })));
    scene.ecr.seed({ repositoryName: REPOSITORY, ...WEST });
    run(addCopied({ tags: ['v1'] }));
    deletesTo(WEST);
    const answer = await scene.destroy(stack);
    expect(answer?.Reason).toContain(`${IN_WEST}its images are in use: `);
    expect(answer?.Reason).toContain(named);
    expect(images(HERE)).toBe(1);
  });

  test('the repository was imported, or is only emptied', async () => {
    const refused = expect.objectContaining({ Reason: expect.stringContaining('1 image was pulled within 7 days: v1') });
    expect(await scene.destroy(await pulledThere(imported(Teardown.deleteWithImages({ ...PULLED, requireTag: STAGE }))))).toEqual(refused);
    await scene.stop();
    scene = await Scene.start();
    expect(await scene.destroy(await pulledThere(emptied(PULLED)))).toEqual(refused);
    expect([HERE, WEST].map(images)).toEqual([2, 2]);
  });

  test('ECR repeats the deletion of the repository (replication-delete-repository: other)', async () => {
    scene.account.readings.set('replication-delete-repository', 'other');
    const stack = await pulledThere();
    expect((await scene.destroy(stack))?.Status).toBe('FAILED');
    expect([HERE, WEST].map(images)).toEqual([2, 2]);
  });
});

function runTaskThere(imageDigest: string): void {
  const image = `${URI_THERE}:v1`;
  const taskDefinition = scene.account.ecs.taskDefinition('web', { containers: [image] }, WEST);
  scene.account.ecs.cluster('shop', WEST).task({ taskDefinition, containers: [{ image, imageDigest }] });
}

test('an image that is kept does not refuse because its copy was pulled', async () => {
  const stack = await pulledThere(emptied({ ...PULLED, exceptTags: ['v1'] }));
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect([HERE, WEST].map(images)).toEqual([1, 1]);
  expect(scene.ecr.repository(REPOSITORY, WEST).images[0].tags).toEqual(['v1']);
});

test('a changed trigger checks the copies before it empties the repository', async () => {
  const stack = await pulledThere(emptied({ ...PULLED, trigger: '1' }));
  const { answer } = await scene.update(stack, emptied({ ...PULLED, trigger: '2' }));
  expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('was not emptied: in eu-west-1, where') });
  expect([HERE, WEST].map(images)).toEqual([2, 2]);
});

describe('nothing is read in the other Region', () => {
  test.each<[string, DeleteWithImagesOptions]>([
    ['no guard', {}],
    ['guards that do not depend on the registry', { maxImages: 9, pushedWithin: Duration.hours(1), requireTag: STAGE }],
  ])('and the replication rules are not read, with %s', async (_what, options) => {
    const stack = await pulledThere(owned(Teardown.deleteWithImages(options)));
    scene.ecr.retag(REPOSITORY, { stage: 'test' });
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect([scene.calls.includes('DescribeRegistry'), callsIn('eu-west-1')]).toEqual([false, []]);
  });

  test.each([
    ['no rule', () => undefined],
    ['a rule that does not repeat deletions', () => scene.ecr.replicate({ from: HERE, to: [WEST], prefix: 'team/', deletes: false })],
    ['a rule for other repositories', () => scene.ecr.replicate({ from: HERE, to: [WEST], prefix: 'shop/', deletes: true })],
    ['a rule of the other registry', () => scene.ecr.replicate({ from: WEST, to: [HERE], deletes: true })],
  ])('with %s', async (_what, rule) => {
    const stack = await scene.deployed(owned(Teardown.deleteWithImages(PULLED)));
    scene.ecr.seed({ repositoryName: REPOSITORY, ...WEST });
    addCopied({ tags: ['v1'] }, { tags: ['v1'], lastRecordedPullTime: new Date() });
    rule();
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(callsIn('eu-west-1')).toEqual([]);
  });
});

test('a repository that does not exist in the other Region is read once, and does not refuse', async () => {
  const stack = await scene.deployed(owned(Teardown.deleteWithImages({ ...PULLED, inUseBy: [ImageUse.lambdaFunctions()] })));
  deletesTo(WEST);
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(callsIn('eu-west-1')).toEqual(['DescribeImages']);
  expect(scene.account.lambda.calls.filter(({ region }) => region === WEST.region)).toEqual([]);
});

test('a cluster that does not exist in the other Region, and one of another Region, run nothing there', async () => {
  const arn = 'arn:aws:ecs:us-east-1:000000000000:cluster/main';
  for (const name of ['main', 'shop']) scene.account.ecs.cluster(name, HERE);
  const stack = await scene.deployed(owned(Teardown.deleteWithImages({ inUseBy: [ImageUse.ecs({ clusters: ['shop', arn] })] })));
  scene.ecr.seed({ repositoryName: REPOSITORY, ...WEST });
  addCopied({ tags: ['v1'] });
  deletesTo(WEST);
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
});

test('another account is refused, and the message names the rule, the registry, and what to do', async () => {
  const stack = await scene.deployed(owned(Teardown.deleteWithImages(PULLED)));
  scene.ecr.replicate({ from: HERE, to: [OTHER_ACCOUNT], deletes: true });
  const answer = await scene.destroy(stack);
  expect(answer?.Reason).toMatch(/^Repository 'team\/app' was not deleted: the replication rule for all repositories repeats deletions in account 222222222222, eu-west-1, where images cannot be checked \(to stop that, set deleteReplication of the rule to false\)\. To delete it anyway, run this command,/);
  expect(scene.ecr.repository(REPOSITORY).exists).toBe(true);
  scene.obey(answer);
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.ecr.repository(REPOSITORY).exists).toBe(false);
});

describe('a Region that cannot be read is a refusal with the reason:', () => {
  test.each(['accessDenied', 'throttle', 'serverError', 'reset'] as const)('%s', async kind => {
    const stack = await pulledThere();
    scene.ecr.faults.add({ kind, region: WEST.region, times: Infinity });
    const answer = await scene.destroy(stack, { remaining: 120_000 });
    expect(answer?.Reason).toMatch(/^Repository 'team\/app' was not deleted: the replication rule for 'team\/' repeats deletions in eu-west-1, where images cannot be checked: /);
    expect([HERE, WEST].map(images)).toEqual([2, 2]);
    scene.obey(answer);
    expect(await scene.destroy(stack, { remaining: 120_000 })).toMatchObject({ Status: 'SUCCESS' });
  });

  test('a policy of the organization denies it', async () => {
    const stack = await pulledThere();
    scene.ecr.principals.limit({
      kind: 'service control policy',
      policy: [
        { Effect: 'Allow', Action: '*', Resource: '*' }, { Effect: 'Deny', Action: '*', Resource: 'arn:aws:ecr:eu-west-1:*:*' },
      ],
    });
    expect((await scene.destroy(stack))?.Reason).toContain('where images cannot be checked: a service control policy of the organization'
      + ' denies ecr:DescribeImages to the calling role.');
    expect(callsIn('eu-west-1')).toEqual(['DescribeImages']);
  });
});

test.each(['accessDenied', 'serverError'] as const)('unreadable replication rules are a refusal with the reason: %s', async kind => {
  const stack = await pulledThere();
  scene.ecr.faults.add({ kind, operation: 'DescribeRegistry', times: Infinity });
  const answer = await scene.destroy(stack);
  expect(answer?.Reason).toMatch(/^Repository 'team\/app' was not deleted: its deletions may be repeated in other registries, because the replication rules cannot be read: /);
  scene.obey(answer);
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
});

describe('together with replicaRegions', () => {
  const replicated = (region: string) => owned(Teardown.deleteWithImages({ ...PULLED, replicaRegions: [region] }));

  test('a replica is checked once, and the rules are read once', async () => {
    const stack = await pulledThere(replicated('eu-west-1'));
    const answer = await scene.destroy(stack);
    expect(answer?.Reason).toMatch(/^Repository 'team\/app' was not deleted: in eu-west-1, 1 image was pulled within 7 days: v1\. To/);
    expect(scene.calls.filter(name => name === 'DescribeRegistry')).toHaveLength(1);
    // one reading compares its images with those of the source, and one is that of the guards
    expect(callsIn('eu-west-1')).toEqual(['ListTagsForResource', 'DescribeImages', 'DescribeImages']);
    scene.obey(answer);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect([HERE, WEST].map(place => scene.ecr.repository(REPOSITORY, place).exists)).toEqual([false, false]);
  });

  test('a listed Region without a repository is read once', async () => {
    const stack = await scene.deployed(replicated('eu-west-1'));
    deletesTo(WEST);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(callsIn('eu-west-1')).toEqual(['ListTagsForResource']);
  });

  test('a repository there that is not a replica is checked, because its images are deleted, too', async () => {
    const stack = await pulledThere(replicated('eu-west-1'));
    scene.ecr.addImage({ repositoryName: REPOSITORY, ...WEST, tags: ['their-own'], annotations: { of: 'theirs' } });
    const reason = (await scene.destroy(stack))?.Reason;
    expect(reason).toContain('in eu-west-1 is not its replica: it holds 1 image that the source does not hold');
    expect(reason).toContain(`${IN_WEST}1 image was pulled within 7 days: v1`);
  });

  test('another Region is checked, too', async () => {
    const stack = await pulledThere(replicated('eu-central-1'));
    scene.ecr.replicate({ from: HERE, to: [CENTRAL], prefix: 'team/' });
    expect((await scene.destroy(stack))?.Reason).toContain(`${IN_WEST}1 image was pulled within 7 days: v1`);
  });
});

test('a code for one registry does not lift the refusal of another', async () => {
  const stack = await pulledThere();
  const code = scene.obey(await scene.destroy(stack));
  deletesTo(OTHER_ACCOUNT);
  const answer = await scene.destroy(stack);
  expect(answer?.Reason).toContain('repeats deletions in account 222222222222, eu-west-1');
  expect(answer?.Reason).not.toContain('1 image was pulled');
  expect(scene.tags[CODE]).toBe(code);
});
