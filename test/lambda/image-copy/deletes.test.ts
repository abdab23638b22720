import { PutImageCommand } from '@aws-sdk/client-ecr';
import { CopyScene, fromEcr, fromRegistry, MB, Rest } from './copy-scene';
import { TagRemovalPolicy } from '../../../src';
import { clientOf } from '../../local-ecr/test-client';

let scene: CopyScene;
beforeEach(async () => { scene = await CopyScene.start(); });
afterEach(() => scene.stop());

const GOES = 'DELETE_IN_PROGRESS';
const destroyed = (rest: Rest = {}) => fromEcr('v1', { tagRemovalPolicy: TagRemovalPolicy.DESTROY, ...rest });
const add = (seed?: number) => scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'], seed });
const gone = async (build = destroyed(), status = GOES) => expect(await scene.delete(build, status)).toMatchObject({ Status: 'SUCCESS' });

/** Somebody points a tag to an image that the repository has. */
async function tag(manifest: string, imageTag: string): Promise<void> {
  const client = clientOf(scene.ecr, 'somebody');
  await client.send(new PutImageCommand({ repositoryName: 'to', imageManifest: manifest, imageTag }));
  client.destroy();
}

test('by default everything stays', async () => {
  const { digest } = add();
  await scene.created(fromEcr());
  await gone(fromEcr());
  expect(scene.tags()).toEqual({ v1: digest });
});

test.each([
  'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS',
  'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
])('with the stack %s everything stays', async status => {
  const { digest } = add();
  await scene.created(destroyed());
  await gone(destroyed(), status);
  expect(scene.tags()).toEqual({ v1: digest });
});

describe('with the whole stack', () => {
  test('the tags go that were made, and the image with the last one', async () => {
    add();
    await scene.created(destroyed({ tags: ['a', 'b'] }));
    await gone();
    expect(scene.digests()).toEqual([]);
  });

  test('tags stay that pointed to the image before, and those that somebody else gave it', async () => {
    const { digest, manifest } = add();
    scene.ecr.addRealImage({ repositoryName: 'to', tags: ['there'], seed: 1 });
    await scene.created(destroyed({ tags: ['there', 'a'] }));
    await tag(manifest, 'theirs');
    await gone(destroyed({ tags: ['there', 'a'] }));
    expect(scene.tags()).toEqual({ there: digest, theirs: digest });
  });

  test('the last tag of an image stays that the repository had before the copy', async () => {
    const { digest } = add(1);
    scene.ecr.addRealImage({ repositoryName: 'to', seed: 1 });
    await scene.created(destroyed({ tags: ['a', 'b'] }));
    await gone();
    expect(Object.values(scene.tags())).toEqual([digest]);
    expect(scene.log).toContain('is the last tag of the image and stays');
  });

  test('an image goes after updates of the tags, if the copy brought it', async () => {
    add();
    await scene.created(destroyed({ tags: ['a'] }));
    for (const tags of [['a', 'b'], ['b']]) expect(await scene.update(destroyed({ tags }))).toMatchObject({ Status: 'SUCCESS' });
    await gone(destroyed({ tags: ['b'] }));
    expect(scene.digests()).toEqual([]);
  });

  test('tags stay that were moved meanwhile', async () => {
    add();
    const other = scene.ecr.addRealImage({ repositoryName: 'to', tags: ['other'], seed: 9 });
    await scene.created(destroyed({ tags: ['a', 'b'] }));
    await tag(other.manifest, 'b');
    await gone();
    expect(scene.tags()).toEqual({ other: other.digest, b: other.digest });
  });

  test('tags that an update left out go, as long as they point to the image', async () => {
    add();
    await scene.created(destroyed({ tags: ['a', 'b'] }));
    expect(await scene.update(destroyed({ tags: ['b', 'c'] }))).toMatchObject({ Status: 'SUCCESS' });
    await gone(destroyed({ tags: ['b', 'c'] }));
    expect(scene.digests()).toEqual([]);
  });

  test('of several versions only the last image loses its tags', async () => {
    const one = add(1);
    await scene.created(destroyed({ tags: ['a', 'only-one'] }));
    add(2);
    expect(await scene.update(destroyed({ tags: ['a'], trigger: '2' }))).toMatchObject({ Status: 'SUCCESS' });
    await gone(destroyed({ tags: ['a'], trigger: '2' }));
    expect(scene.tags()).toEqual({ 'only-one': one.digest });
    expect(scene.digests()).toEqual([one.digest]);
  });

  test('after an update was rolled back, the tags go that were made before it', async () => {
    add(1);
    const before = destroyed({ tags: ['a', 'b'], trigger: '1' });
    await scene.created(before);
    add(2);
    expect(await scene.update(destroyed({ tags: ['a'], trigger: '2' }))).toMatchObject({ Status: 'SUCCESS' });
    expect(await scene.update(before, 'UPDATE_ROLLBACK_IN_PROGRESS')).toMatchObject({ Status: 'SUCCESS' });
    await gone(before);
    // what an update left out is remembered for its own image only; where CloudFormation sends a Delete for the new id, nothing is
    // forgotten
    expect(Object.keys(scene.tags())).toEqual(['b']);
  });

  test('as many tags as a construct may have, over several updates', async () => {
    add();
    const tags = (from: number) => Array.from({ length: 40 }, (_, n) => `tag-${from + n}`);
    await scene.created(destroyed({ tags: tags(0) }));
    expect(await scene.update(destroyed({ tags: tags(5) }))).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.physicalId!.length).toBeLessThan(1024 - 255);
    await gone(destroyed({ tags: tags(5) }));
    expect(scene.digests()).toEqual([]);
  });

  test('which is nested, and whose root stays', async () => {
    const { digest } = add();
    const stack = scene.stack(destroyed());
    const rootId = 'arn:aws:cloudformation:us-east-1:000000000000:stack/Root/22222222-2222-2222-2222-222222222222';
    scene.account.cloudFormation.stack(rootId).status('UPDATE_IN_PROGRESS');
    scene.account.cloudFormation.stack(stack.stackId, { rootId, parentId: rootId });
    // its parent is known to the template of a nested stack
    scene.ecr.principal(scene.account.roleOf(stack), { policy: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });
    await scene.created(stack);
    await gone(destroyed());
    expect(scene.tags()).toEqual({ v1: digest });
    scene.account.cloudFormation.stack(rootId).status(GOES);
    await gone(destroyed());
    expect(scene.tags()).toEqual({});
  });

  test.each<[string, () => unknown]>([
    ['the image is', () => scene.ecr.recreate('to')], ['the repository is', () => scene.ecr.vanish('to')],
    ['the source is', () => scene.ecr.vanish('from')],
  ])('when %s gone already', async (_what, happen) => {
    add();
    await scene.created(destroyed());
    happen();
    await gone();
    expect(scene.tags()).toEqual({});
  });

  test('the last tag of an image that another index refers to stays, and that is no failure', async () => {
    const { digest, images: [{ digest: child }] } = scene.ecr.addRealIndex({ repositoryName: 'from', tags: ['v1'], seed: 1 });
    const build = fromEcr(child, { tagRemovalPolicy: TagRemovalPolicy.DESTROY, tags: ['mine'] });
    await scene.created(build);
    scene.ecr.addRealIndex({ repositoryName: 'to', tags: ['index'], seed: 1 });
    await gone(build);
    expect(scene.tags()).toEqual({ index: digest, mine: child });
    expect(scene.log).toContain('is the last tag of an image that an index refers to, and stays');
  });

  test('an index goes, and what else refers to its images stays', async () => {
    scene.ecr.addRealIndex({ repositoryName: 'from', tags: ['v1'] });
    const { Data } = await scene.created(destroyed());
    await gone();
    expect(scene.digests()).not.toContain(`sha256:${Data.ImageDigestHex}`);
    expect(scene.tags()).toEqual({});
  });

  test('nothing goes by the id of a Create that gave no answer', async () => {
    const { digest } = add();
    await scene.created(destroyed());
    expect(await scene.delete(destroyed(), GOES, 'Test-Copy-1ABCDEF')).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.tags()).toEqual({ v1: digest });
  });
});

test('the Delete of the former id, after an update, does nothing', async () => {
  add(1);
  await scene.created(destroyed());
  const former = scene.physicalId;
  const { digest } = add(2);
  expect(await scene.update(destroyed({ trigger: '2' }))).toMatchObject({ Status: 'SUCCESS' });
  const before = scene.digests();
  expect(await scene.delete(destroyed(), 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', former)).toMatchObject({ Status: 'SUCCESS' });
  expect([scene.tags(), scene.digests()]).toEqual([{ v1: digest }, before]);
});

test('a Create that is cancelled while it runs is taken back, when the stack goes', async () => {
  add();
  const answer = await scene.create(destroyed(), {}, GOES);
  expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('was cancelled while it ran') });
  expect(scene.tags()).toEqual({});
});

/** Granted, and never asked for by the handler itself: the Lambda service writes a function's output with its role. */
const USED_ON_OUR_BEHALF = ['logs:CreateLogStream', 'logs:PutLogEvents'];

test.each([
  ['from ECR', (rest: Rest) => {
    scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'], layers: [Buffer.alloc(6 * MB, 'x'), Buffer.from('y')], seed: 1 });
    return destroyed(rest);
  }],
  ['from a registry', (rest: Rest) => {
    scene.registry.addImage({ name: 'lib/redis', tag: '7', layers: [6 * MB, 1000] });
    return fromRegistry('lib/redis:7', { tagRemovalPolicy: TagRemovalPolicy.DESTROY, ...rest });
  }],
])('granted minus used is empty, %s', async (_what, prepare) => {
  const [build, later] = [prepare({}), prepare({ tags: ['another'] })];
  const stack = scene.stack(build);
  await scene.created(build);
  expect(await scene.update(later)).toMatchObject({ Status: 'SUCCESS' });
  await gone(later);
  const granted = stack.policy().flatMap((statement, index) => [statement.Action].flat().flatMap(action =>
    [statement.Resource].flat().map(resource => `${index} ${action} on ${resource} if ${JSON.stringify(statement.Condition ?? {})}`)));
  const used = scene.ecr.granted(scene.account.roleOf(stack)).map(grant =>
    `${grant.statementIndex} ${grant.action} on ${grant.resource} if ${JSON.stringify(grant.condition ?? {})}`);
  expect(granted.filter(grant => !used.includes(grant)).map(grant => grant.split(' ')[1]).sort()).toEqual(USED_ON_OUR_BEHALF);
});
