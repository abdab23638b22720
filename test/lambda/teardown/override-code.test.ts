import { Duration } from 'aws-cdk-lib';
import { CODE, commandIn, emptied, imported, MARK, owned, REPOSITORY, Scene, STAGE } from './scene';
import { overrideCode } from '../../../lambda/shared/teardown/override-code';
import { Teardown } from '../../../src';
import { DeployedStack } from '../deployed-stack';
import type { Answer } from '../local-account';

const ARN = `arn:aws:ecr:us-east-1:000000000000:repository/${REPOSITORY}`;
const REMOVED = 'The tag cdk-ecr-keeper:teardown matched no refusal of the last 7 days and was removed. To ';

let scene: Scene;
beforeEach(async () => { scene = await Scene.start(); });
afterEach(() => scene.stop());

/** The code that anybody can calculate who knows the stack, the repository, and the guard. */
const calculated = ({ stackId: StackId }: DeployedStack, limit: string): string =>
  overrideCode({ StackId } as Parameters<typeof overrideCode>[0], ARN, [{ limit, because: '' }]);

const plant = (code: string) => scene.ecr.retag(REPOSITORY, { [CODE]: code });

const fill = () => scene.ecr.seed({ repositoryName: REPOSITORY, images: 6, kind: 'flat' });

/** The stack of the scene, before a test deploys it. */
const SCENE_STACK = DeployedStack.of('Stack', owned(Teardown.retain())).stackId;

const eventsRead = () => scene.account.cloudFormation.calls
  .filter(({ operation, input }) => operation === 'DescribeStackEvents' || 'Filters.FailedEvents' in input)
  .map(({ operation }) => operation);

const refused = (answer: Answer, because = /it holds 6 images/) => {
  expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(because) });
  expect(scene.left).toHaveLength(6);
};

describe.each<[string, (limits: { maxImages?: number; requireTag?: typeof STAGE }) => Teardown, string]>([
  ['Teardown.deleteWithImages', limits => Teardown.deleteWithImages(limits), 'deleted'],
  ['Teardown.empty', limits => Teardown.empty(limits), 'emptied'],
])('%s: a code that was calculated before anything was refused', (_name, teardown, outcome) => {
  test.each([
    ['an owned repository', () => owned(teardown({ maxImages: 5 }))],
    ['an imported repository', () => imported(teardown({ maxImages: 5, requireTag: STAGE }))],
  ])('lifts nothing on %s, is removed and named, and does not lift the next attempt either', async (_what, build) => {
    const stack = await scene.deployed(build());
    fill();
    plant(calculated(stack, 'maxImages=5'));
    const answer = await scene.destroy(stack);
    refused(answer);
    expect(answer?.Reason).toContain(`${REMOVED}${outcome === 'deleted' ? 'delete' : 'empty'} it anyway, run this command`);
    expect(scene.tags).not.toHaveProperty(CODE);
    const second = await scene.destroy(stack);
    refused(second);
    expect(second?.Reason).not.toContain(REMOVED);
    scene.obey(second);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  });

  test('is not looked up if nothing is refused', async () => {
    const stack = await scene.deployed(owned(teardown({ maxImages: 6 })));
    fill();
    plant(calculated(stack, 'maxImages=6'));
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  });

  test('is kept if IAM denies its removal, and the refusal is still returned', async () => {
    const stack = await scene.deployed(owned(teardown({ maxImages: 5 })));
    fill();
    plant(calculated(stack, 'maxImages=5'));
    scene.ecr.faults.add({ kind: 'accessDenied', operation: 'UntagResource', times: Infinity });
    const answer = await scene.destroy(stack);
    refused(answer);
    expect(answer?.Reason).not.toContain(REMOVED);
    expect(scene.log).toContain('the tag cdk-ecr-keeper:teardown, which matches no refusal, could not be removed: ');
  });
});

describe('a code that matches a refusal', () => {
  const toLift = async (): Promise<DeployedStack> => {
    const stack = await scene.deployed(owned(Teardown.deleteWithImages({ maxImages: 5 })));
    fill();
    scene.obey(await scene.destroy(stack));
    return stack;
  };
  const story = (stack: DeployedStack) => scene.account.cloudFormation.stack(stack.stackId);

  test.each([[6, true], [8, false]])('after %d days lifts it: %s', async (days, lifts) => {
    const stack = await toLift();
    story(stack).passDays(days);
    const answer = await scene.destroy(stack);
    if (lifts) return expect(answer).toMatchObject({ Status: 'SUCCESS' });
    refused(answer);
    expect(answer?.Reason).toContain(REMOVED);
    scene.obey(answer);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  });

  /** A stack that was refused in an Update, which reads no other events. */
  const toLiftWithinUpdate = async (): Promise<() => Promise<Answer>> => {
    const before = await scene.deployed(emptied({ trigger: 'one', maxImages: 5 }));
    fill();
    const refusal = await scene.update(before, emptied({ trigger: 'two', maxImages: 5 }));
    scene.obey(refusal.answer);
    for (let nth = 0; nth < 40; nth++) story(before).resourceEvent(`Other${nth}`, 'AWS::X', 'UPDATE_COMPLETE');
    scene.account.cloudFormation.clearCalls();
    return async () => (await scene.update(before, emptied({ trigger: 'two', maxImages: 5 }))).answer;
  };

  test('is found with one call, however many events there are', async () => {
    const again = await toLiftWithinUpdate();
    expect(await again()).toMatchObject({ Status: 'SUCCESS' });
    expect(eventsRead()).toEqual(['DescribeEvents']);
  });

  test.each(['does not have the operation', 'shows only failures of others'])(
    'is found in all events if DescribeEvents %s', async how => {
      const stack = await toLift();
      if (how.startsWith('does')) scene.account.cloudFormation.tellsOperations = false;
      for (let nth = 0; nth < 9; nth++) story(stack).resourceEvent(`Other${nth}`, 'AWS::X', 'DELETE_FAILED', 'another reason');
      expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    });

  test('is not looked up if the repository has no code', async () => {
    const stack = await scene.deployed(owned(Teardown.deleteWithImages({ maxImages: 9 })));
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.account.cloudFormation.calls.some(({ input }) => 'Filters.FailedEvents' in input)).toBe(false);
  });

  test('is not looked up further back than it is valid', async () => {
    const again = await toLiftWithinUpdate();
    scene.account.cloudFormation.stack(SCENE_STACK).passDays(30);
    refused(await again());
    expect(eventsRead()).toEqual(['DescribeEvents', 'DescribeStackEvents']);
  });

  test.each<[string, (stack: DeployedStack, code: string) => void]>([
    ['a failure of another resource', (stack, code) =>
      story(stack).resourceEvent('Other', 'Custom::EcrTeardown', 'DELETE_FAILED', `--tags Key=${CODE},Value=${code}`)],
    ['an event that is not a failure', (stack, code) =>
      story(stack).resourceEvent(scene.resourceOf(stack), 'Custom::EcrTeardown', 'DELETE_COMPLETE', `--tags Key=${CODE},Value=${code}`)],
    ['a message that only shows the hash', (stack, code) =>
      story(stack).resourceEvent(scene.resourceOf(stack), 'Custom::EcrTeardown', 'DELETE_FAILED', `1 image has a protected tag: ${code}`)],
    ['a longer code that ends in it', (stack, code) =>
      story(stack).resourceEvent(scene.resourceOf(stack), 'Custom::EcrTeardown', 'DELETE_FAILED', `Key=${CODE},Value=ab${code}`)],
  ])('lifts nothing if only %s shows it', async (_what, tell) => {
    const stack = await scene.deployed(owned(Teardown.deleteWithImages({ maxImages: 5 })));
    fill();
    const code = calculated(stack, 'maxImages=5');
    tell(stack, code);
    plant(code);
    refused(await scene.destroy(stack));
  });

  test('is kept beside a later refusal, and one command lifts both', async () => {
    const stack = await scene.deployed(owned(Teardown.deleteWithImages({ maxImages: 5, protectedTags: ['release'] })));
    fill();
    const first = scene.obey(await scene.destroy(stack));
    scene.add({ tags: ['release'] });
    const second = await scene.destroy(stack);
    expect(second?.Reason).toContain('1 image has a protected tag: release. To delete');
    expect(scene.tags[CODE]).toBe(first);
    expect(scene.obey(second).split('.')).toContain(first);
    expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
  });

  test('is removed together with a calculated code', async () => {
    const stack = await scene.deployed(owned(Teardown.deleteWithImages({ maxImages: 5, protectedTags: ['release'] })));
    fill();
    const first = scene.obey(await scene.destroy(stack));
    scene.add({ tags: ['release'] });
    plant(`${first}.${calculated(stack, 'protectedTags=["release"]')}`);
    const second = await scene.destroy(stack);
    expect(second).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining(REMOVED) });
    expect(scene.tags).not.toHaveProperty(CODE);
  });
});

describe('a code is removed', () => {
  const guarded = (trigger?: string) => emptied({ maxImages: 5, trigger });

  test('by Create', async () => {
    scene.ecr.seed({ repositoryName: REPOSITORY, tags: { stage: 'test', [CODE]: '0123456789ab' } });
    const stack = await scene.deployed(imported(Teardown.empty({ requireTag: STAGE })));
    expect(scene.tags).toEqual({ stage: 'test', [MARK]: expect.stringContaining(scene.resourceOf(stack)) });
    expect(scene.log).toContain('the tag cdk-ecr-keeper:teardown was removed, because it matches no refusal');
  });

  test.each([
    ['that changes nothing', 'one', 'one'], ['that sets a trigger for the first time', undefined, 'one'],
    ['that removes the trigger', 'one', undefined],
  ])('by an Update %s', async (_what, from, to) => {
    const stack = await scene.deployed(guarded(from));
    fill();
    plant(calculated(stack, 'maxImages=5'));
    expect((await scene.update(stack, guarded(to))).answer).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.tags).toEqual({ [MARK]: expect.any(String) });
    expect(scene.left).toHaveLength(6);
  });

  test('not in a rollback, because it may lift the refusal that failed the operation', async () => {
    const before = await scene.deployed(guarded('one'));
    fill();
    const failed = await scene.update(before, guarded('two'));
    refused(failed.answer);
    const code = scene.obey(failed.answer);
    expect((await scene.update(failed.after, guarded('one'), 'UPDATE_ROLLBACK_IN_PROGRESS')).answer).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.tags[CODE]).toBe(code);
    scene.status(before, 'UPDATE_ROLLBACK_COMPLETE');
    expect((await scene.update(before, guarded('two'))).answer).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual([]);
    expect(scene.tags).not.toHaveProperty(CODE);
  });

  test('by an Update that is refused, if the code was set before', async () => {
    const before = await scene.deployed(guarded('one'));
    fill();
    plant(calculated(before, 'maxImages=5'));
    const { answer } = await scene.update(before, guarded('two'));
    refused(answer);
    expect(answer?.Reason).toContain(REMOVED);
    expect(commandIn(answer)).toContain(calculated(before, 'maxImages=5'));
    expect(scene.tags).not.toHaveProperty(CODE);
  });

  test('by the retry of a Create that was cut off', async () => {
    scene.ecr.seed({ repositoryName: REPOSITORY, tags: { stage: 'test', [CODE]: '0123456789ab' } });
    scene.ecr.faults.add({ kind: 'killAfter', operation: 'UntagResource' });
    const stack = DeployedStack.of('Stack', imported(Teardown.empty({ requireTag: STAGE })));
    expect(await scene.deploy(stack)).toBeUndefined();
    expect(await scene.send(stack, 'Create')).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.tags).toEqual({ stage: 'test', [MARK]: expect.stringContaining(scene.resourceOf(stack)) });
  });
});

test('a code that a person sets between the read and the removal of an old code is removed too, and the refusal shows it'
  + ' again', async () => {
  const stack = await scene.deployed(owned(Teardown.deleteWithImages({ maxImages: 5 })));
  fill();
  plant('0123456789ab');
  scene.meanwhile(({ operation }) => operation === 'ListImages', () => plant(calculated(stack, 'maxImages=5')));
  const answer = await scene.destroy(stack);
  refused(answer);
  expect(scene.tags).not.toHaveProperty(CODE);
  expect(answer?.Reason).toContain(REMOVED);
  expect(commandIn(answer)).toContain(`Key=${CODE},Value=${calculated(stack, 'maxImages=5')}`);
  scene.obey(answer);
  expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
});

describe.each([4_096, 1_000])('a person who reads only the event of the stack, of which CloudFormation shows %d characters,', shown => {
  const tags = ['a', 'b', 'c'].map(letter => `release-${letter.repeat(120)}`);
  const guards = { maxImages: 1, protectedTags: ['release-*'], pushedWithin: Duration.days(1) };
  /** Returns the reason of the refusal. From then on, no event has more of its reason. */
  const readEvent = (stack: DeployedStack): string => {
    const events = scene.account.cloudFormation.stack(stack.stackId);
    events.events = events.events.map(event => ({ ...event, ResourceStatusReason: event.ResourceStatusReason?.slice(0, shown) }));
    return events.events.find(({ ResourceStatus, LogicalResourceId }) =>
      ResourceStatus === 'DELETE_FAILED' && LogicalResourceId === scene.resourceOf(stack))?.ResourceStatusReason ?? '';
  };

  test.each([
    ['with its mark', REPOSITORY, {}], ['without its mark', REPOSITORY, { [MARK]: undefined }],
    ['with a long name', `team/${'a'.repeat(175)}`, { [MARK]: undefined }],
  ])(
    'finds the command for a repository %s, however long the reasons are, and its code lifts the refusal', async (_what, name, change) => {
      const stack = await scene.deployed(owned(Teardown.deleteWithImages(guards), 'App', name));
      for (const tag of tags) scene.ecr.addImage({ repositoryName: name, tags: [tag], pushedAt: new Date() });
      scene.ecr.retag(name, change);
      const answer = await scene.destroy(stack);
      const Reason = readEvent(stack);
      expect(Reason).toContain('… (all reasons below). To delete it anyway, run this command, then delete the stack again:\n');
      scene.obey({ ...answer!, Reason });
      expect(await scene.destroy(stack)).toMatchObject({ Status: 'SUCCESS' });
    });

  test('finds all reasons in the log, and at the end of the event unless CloudFormation cuts it', async () => {
    const stack = await scene.deployed(owned(Teardown.deleteWithImages(guards)));
    for (const tag of tags) scene.add({ tags: [tag], pushedAt: new Date() });
    await scene.destroy(stack);
    const reasons = [
      'it holds 3 images, more than its maxImages of 1', `3 images have protected tags: ${tags.join(', ')}`,
      `3 images were pushed within 1 day: ${tags.join(', ')}`,
    ];
    for (const reason of reasons) expect(scene.log).toContain(`Repository 'team/app' was not deleted: ${reason}`);
    const atTheEnd = `\nAll reasons: ${reasons.join('; and ')}.`;
    if (shown === 4_096) expect(readEvent(stack)).toContain(atTheEnd);
    else expect(readEvent(stack)).not.toContain(atTheEnd);
  });
});
