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

/** Sets a tag on an image of the repository, as another client would. */
async function tag(manifest: string, imageTag: string): Promise<void> {
  const client = clientOf(scene.ecr, 'somebody');
  await client.send(new PutImageCommand({ repositoryName: 'to', imageManifest: manifest, imageTag }));
  client.destroy();
}

test('by default, everything is retained', async () => {
  const { digest } = add();
  await scene.created(fromEcr());
  await gone(fromEcr());
  expect(scene.tags()).toEqual({ v1: digest });
});

test.each([
  'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS',
  'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
])('everything is retained while the stack is %s', async status => {
  const { digest } = add();
  await scene.created(destroyed());
  await gone(destroyed(), status);
  expect(scene.tags()).toEqual({ v1: digest });
});

describe('if the whole stack is deleted,', () => {
  test('the added tags are removed, and the image with the last one', async () => {
    add();
    await scene.created(destroyed({ tags: ['a', 'b'] }));
    await gone();
    expect(scene.digests()).toEqual([]);
  });

  test('tags that pointed to the image before and tags of other clients are retained', async () => {
    const { digest, manifest } = add();
    scene.ecr.addRealImage({ repositoryName: 'to', tags: ['there'], seed: 1 });
    await scene.created(destroyed({ tags: ['there', 'a'] }));
    await tag(manifest, 'theirs');
    await gone(destroyed({ tags: ['there', 'a'] }));
    expect(scene.tags()).toEqual({ there: digest, theirs: digest });
  });

  test('the last tag of an image is retained that the repository had before the copy', async () => {
    const { digest } = add(1);
    scene.ecr.addRealImage({ repositoryName: 'to', seed: 1 });
    await scene.created(destroyed({ tags: ['a', 'b'] }));
    await gone();
    expect(Object.values(scene.tags())).toEqual([digest]);
    expect(scene.log).toContain('is the last tag of the image and is not removed');
  });

  test('an image that was copied is deleted even after updates of its tags', async () => {
    add();
    await scene.created(destroyed({ tags: ['a'] }));
    for (const tags of [['a', 'b'], ['b']]) expect(await scene.update(destroyed({ tags }))).toMatchObject({ Status: 'SUCCESS' });
    await gone(destroyed({ tags: ['b'] }));
    expect(scene.digests()).toEqual([]);
  });

  test('tags that were moved in the meantime are retained', async () => {
    add();
    const other = scene.ecr.addRealImage({ repositoryName: 'to', tags: ['other'], seed: 9 });
    await scene.created(destroyed({ tags: ['a', 'b'] }));
    await tag(other.manifest, 'b');
    await gone();
    expect(scene.tags()).toEqual({ other: other.digest, b: other.digest });
  });

  test('tags that an update no longer lists are removed if they point to the image', async () => {
    add();
    await scene.created(destroyed({ tags: ['a', 'b'] }));
    expect(await scene.update(destroyed({ tags: ['b', 'c'] }))).toMatchObject({ Status: 'SUCCESS' });
    await gone(destroyed({ tags: ['b', 'c'] }));
    expect(scene.digests()).toEqual([]);
  });

  test('only the last of several images loses its tags', async () => {
    const one = add(1);
    await scene.created(destroyed({ tags: ['a', 'only-one'] }));
    add(2);
    expect(await scene.update(destroyed({ tags: ['a'], trigger: '2' }))).toMatchObject({ Status: 'SUCCESS' });
    await gone(destroyed({ tags: ['a'], trigger: '2' }));
    expect(scene.tags()).toEqual({ 'only-one': one.digest });
    expect(scene.digests()).toEqual([one.digest]);
  });

  test('the tags that were added before a rolled back update are removed', async () => {
    add(1);
    const before = destroyed({ tags: ['a', 'b'], trigger: '1' });
    await scene.created(before);
    add(2);
    expect(await scene.update(destroyed({ tags: ['a'], trigger: '2' }))).toMatchObject({ Status: 'SUCCESS' });
    expect(await scene.update(before, 'UPDATE_ROLLBACK_IN_PROGRESS')).toMatchObject({ Status: 'SUCCESS' });
    await gone(before);
    // tags that are no longer listed are remembered only for their image; if CloudFormation sends a Delete for the new id, nothing is lost
    expect(Object.keys(scene.tags())).toEqual(['b']);
  });

  test('the maximum number of tags is removed, even after several updates', async () => {
    add();
    const tags = (from: number) => Array.from({ length: 40 }, (_, n) => `tag-${from + n}`);
    await scene.created(destroyed({ tags: tags(0) }));
    expect(await scene.update(destroyed({ tags: tags(5) }))).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.physicalId!.length).toBeLessThan(1024 - 255);
    await gone(destroyed({ tags: tags(5) }));
    expect(scene.digests()).toEqual([]);
  });

  test('but its root stack is not, everything is retained', async () => {
    const { digest } = add();
    const stack = scene.stack(destroyed());
    const rootId = 'arn:aws:cloudformation:us-east-1:000000000000:stack/Root/22222222-2222-2222-2222-222222222222';
    scene.account.cloudFormation.stack(rootId).status('UPDATE_IN_PROGRESS');
    scene.account.cloudFormation.stack(stack.stackId, { rootId, parentId: rootId });
    // the template of a nested stack has a reference to its parent
    scene.ecr.principal(scene.account.roleOf(stack), { policy: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });
    await scene.created(stack);
    await gone(destroyed());
    expect(scene.tags()).toEqual({ v1: digest });
    scene.account.cloudFormation.stack(rootId).status(GOES);
    await gone(destroyed());
    expect(scene.tags()).toEqual({});
  });

  test.each<[string, () => unknown]>([
    ['image', () => scene.ecr.recreate('to')], ['repository', () => scene.ecr.vanish('to')],
    ['source', () => scene.ecr.vanish('from')],
  ])('a missing %s is no error', async (_what, happen) => {
    add();
    await scene.created(destroyed());
    happen();
    await gone();
    expect(scene.tags()).toEqual({});
  });

  test('the last tag of an image that another index refers to is retained, which is no error', async () => {
    const { digest, images: [{ digest: child }] } = scene.ecr.addRealIndex({ repositoryName: 'from', tags: ['v1'], seed: 1 });
    const build = fromEcr(child, { tagRemovalPolicy: TagRemovalPolicy.DESTROY, tags: ['mine'] });
    await scene.created(build);
    scene.ecr.addRealIndex({ repositoryName: 'to', tags: ['index'], seed: 1 });
    await gone(build);
    expect(scene.tags()).toEqual({ index: digest, mine: child });
    expect(scene.log).toContain('is the last tag of an image that an index refers to, and is not removed');
  });

  test('an index is deleted, and other indexes of its images are retained', async () => {
    scene.ecr.addRealIndex({ repositoryName: 'from', tags: ['v1'] });
    const { Data } = await scene.created(destroyed());
    await gone();
    expect(scene.digests()).not.toContain(`sha256:${Data.ImageDigestHex}`);
    expect(scene.tags()).toEqual({});
  });

  test('nothing is removed after a Create that sent no response', async () => {
    const { digest } = add();
    await scene.created(destroyed());
    expect(await scene.delete(destroyed(), GOES, 'Test-Copy-1ABCDEF')).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.tags()).toEqual({ v1: digest });
  });
});

test('the Delete of the previous physical id after an update does nothing', async () => {
  add(1);
  await scene.created(destroyed());
  const former = scene.physicalId;
  const { digest } = add(2);
  expect(await scene.update(destroyed({ trigger: '2' }))).toMatchObject({ Status: 'SUCCESS' });
  const before = scene.digests();
  expect(await scene.delete(destroyed(), 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', former)).toMatchObject({ Status: 'SUCCESS' });
  expect([scene.tags(), scene.digests()]).toEqual([{ v1: digest }, before]);
});

test('a Create that is cancelled while the stack is deleted is undone', async () => {
  add();
  const answer = await scene.create(destroyed(), {}, GOES);
  expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('was canceled while it ran') });
  expect(scene.tags()).toEqual({});
});

/** Permissions that only the Lambda service uses, to write the output of a function with the role of the function. */
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
])('the role has no unused permission to copy %s', async (_what, prepare) => {
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
