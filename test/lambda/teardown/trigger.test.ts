import { CODE, emptied, imported, MARK, owned, REPOSITORY, Scene, STAGE } from './scene';
import { Teardown, TeardownAudit } from '../../../src';

let scene: Scene;
beforeEach(async () => { scene = await Scene.start(); });
afterEach(() => scene.stop());

const fill = (archived = 2) => scene.ecr.seed({ repositoryName: REPOSITORY, images: 6, kind: 'multiArch', archived });

test('an update that changes the trigger empties the repository, which keeps its mark', async () => {
  const before = await scene.deployed(emptied({ trigger: 'one' }));
  fill();
  const mark = scene.tags[MARK];
  const { after, answer } = await scene.update(before, emptied({ trigger: 'two' }));
  expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: mark });
  expect(scene.left).toEqual([]);
  expect(scene.tags).toEqual({ [MARK]: mark });

  scene.status(after, 'UPDATE_COMPLETE');
  fill();
  expect((await scene.update(after, emptied({ trigger: 'two' }))).answer).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toHaveLength(6);
});

test('an imported repository is emptied in the same way, except for excepted images', async () => {
  const before = await scene.deployed(imported(Teardown.empty({ trigger: 'one', requireTag: STAGE, exceptTags: ['keep'] })));
  fill(0);
  const kept = scene.add({ tags: ['keep'] });
  expect((await scene.update(before, imported(Teardown.empty({ trigger: 'two', requireTag: STAGE, exceptTags: ['keep'] })))).answer)
    .toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toEqual([kept].sort());
});

test.each<[string, Parameters<typeof Teardown.empty>[0], Parameters<typeof Teardown.empty>[0] | 'delete']>([
  ['it is set for the first time', {}, { trigger: 'one' }],
  ['it stays the same, and everything else changes', { trigger: 'one' },
    { trigger: 'one', maxImages: 9, exceptNewest: 1, audit: TeardownAudit.toLogs() }],
  ['it is removed', { trigger: 'one' }, {}],
  ['it is removed with the teardown', { trigger: 'one' }, 'delete'],
])('a trigger removes nothing if %s', async (_what, old, now) => {
  const before = await scene.deployed(emptied(old));
  fill();
  const { answer } = await scene.update(before, now === 'delete' ? owned(Teardown.deleteWithImages()) : emptied(now));
  expect(answer).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toHaveLength(6);
  expect(scene.calls).not.toContain('BatchDeleteImage');
});

test.each(['UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_ROLLBACK_FAILED'])(
  'a rollback removes nothing: %s', async status => {
    const before = await scene.deployed(emptied({ trigger: 'two' }));
    fill();
    const { answer } = await scene.update(before, emptied({ trigger: 'one' }), status);
    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toHaveLength(6);
    expect(scene.log).toContain('the rollback restores the previous trigger, so no image is removed');
  });

test('the update after a rollback empties again, although CloudFormation may still say ROLLBACK_COMPLETE', async () => {
  const before = await scene.deployed(emptied({ trigger: 'one' }));
  fill();
  expect((await scene.update(before, emptied({ trigger: 'two' }), 'UPDATE_ROLLBACK_COMPLETE')).answer).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toEqual([]);
});

test('an invalid property of the old template is not a trigger', async () => {
  const before = await scene.deployed(emptied({ trigger: 'two' }));
  fill();
  scene.status(before, 'UPDATE_IN_PROGRESS');
  for (const OldResourceProperties of [undefined, {}, { ...before.customResourceProperties(scene.resourceOf(before)), EmptyTrigger: '' }]) {
    expect(await scene.send(before, 'Update', { OldResourceProperties })).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toHaveLength(6);
  }
});

test('a repository that replaced another one is not emptied, because the trigger of the other one changed', async () => {
  const before = await scene.deployed(emptied({ trigger: 'one' }));
  fill();
  const OldResourceProperties = {
    ...before.customResourceProperties(scene.resourceOf(before)),
    RepositoryArn: 'arn:aws:ecr:us-east-1:000000000000:repository/old',
    EmptyTrigger: 'zero',
  };
  scene.status(before, 'UPDATE_IN_PROGRESS');
  expect(await scene.send(before, 'Update', { OldResourceProperties })).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toHaveLength(6);
});

test('after a failure, the rollback removes nothing more, and the next deployment continues', async () => {
  const before = await scene.deployed(emptied({ trigger: 'one' }));
  scene.ecr.seed({ repositoryName: REPOSITORY, images: 450, kind: 'flat' });
  scene.ecr.faults.add({ kind: 'serverError', operation: 'BatchDeleteImage', skip: 1, times: Infinity });
  const failed = await scene.update(before, emptied({ trigger: 'two' }));
  expect(failed.answer).toMatchObject({
    Status: 'FAILED', Reason: expect.stringMatching(/^Repository 'team\/app': .* Changes so far are kept\.$/),
  });
  scene.ecr.faults.clear();
  const left = scene.left.length;
  expect(left).toBe(350);
  expect((await scene.update(failed.after, emptied({ trigger: 'one' }), 'UPDATE_ROLLBACK_IN_PROGRESS')).answer)
    .toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toHaveLength(left);
  scene.status(before, 'UPDATE_ROLLBACK_COMPLETE');
  expect((await scene.update(before, emptied({ trigger: 'two' }))).answer).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toEqual([]);
});

test('a guard refuses without removing an image, the command lifts exactly that refusal, and the code is removed', async () => {
  const before = await scene.deployed(emptied({ trigger: 'one', maxImages: 5 }));
  fill();
  const { answer } = await scene.update(before, emptied({ trigger: 'two', maxImages: 5 }));
  expect(answer).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringMatching(
      /^Repository 'team\/app' was not emptied: it holds 6 images, more than its maxImages of 5\. .* deploy again:/,
    ),
  });
  expect(answer?.Reason).not.toContain('--retain-resources');
  expect(scene.left).toHaveLength(6);
  scene.obey(answer);
  expect((await scene.update(before, emptied({ trigger: 'two', maxImages: 5 }))).answer).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.left).toEqual([]);
  expect(Object.keys(scene.tags)).toEqual([MARK]);
  expect(scene.tags).not.toHaveProperty(CODE);
});

test('a repository that lost its mark to another stack is not emptied', async () => {
  const before = await scene.deployed(imported(Teardown.empty({ trigger: 'one', requireTag: STAGE })));
  fill();
  scene.ecr.retag(REPOSITORY, { [MARK]: '99999999-9999-9999-9999-999999999999:Other' });
  const { answer } = await scene.update(before, imported(Teardown.empty({ trigger: 'two', requireTag: STAGE })));
  expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('has its teardown from another stack') });
  expect(scene.left).toHaveLength(6);
});
