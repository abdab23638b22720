import { CODE, imported, MARK, owned, STAGE } from './scene';
import type { CustomResourceRequest } from '../../../lambda/shared/protocol/job';
import { overrideCode } from '../../../lambda/shared/teardown/override-code';
import { teardownHandler } from '../../../lambda/teardown/handler';
import { Repository, Teardown } from '../../../src';
import { TEARDOWN_CODE_TAG } from '../../../src/core/wire/teardown';
import { DeployedStack } from '../deployed-stack';
import { account, calls, deploy, deployed, resourceOf, send, startForEachTest } from '../handler-scene';
import { Answer, Handle } from '../local-account';

const OTHER_UUID = '22222222-2222-2222-2222-222222222222';

const legacy = (id = 'Legacy', name = 'team/legacy', guards = {}) =>
  imported(Teardown.deleteWithImages({ requireTag: STAGE, ...guards }), id, name);

startForEachTest({ handler: teardownHandler, resourceType: 'Custom::EcrTeardown' });
beforeEach(() => {
  account.ecr.seed({ repositoryName: 'bystander', images: 3, kind: 'flat', tags: { stage: 'test' } });
});
afterEach(() => {
  expect(account.ecr.images('bystander')).toBe(3);
});

const going = (stack: DeployedStack) => account.cloudFormation.stack(stack.stackId).status('DELETE_IN_PROGRESS');
const commandIn = (answer: Answer) => answer!.Reason.split('\n').find(line => line.startsWith('aws ecr tag-resource'))!;

/** Runs the command of a refusal. */
function obey(answer: Answer): void {
  const [, arn, tags] = /--resource-arn (\S+) --tags (.*)$/.exec(commandIn(answer))!;
  const pairs = tags.split(' ').map(tag => /^Key=(.+),Value=(.+)$/.exec(tag)!.slice(1));
  account.ecr.retag(arn.split(':repository/')[1], Object.fromEntries(pairs));
}

describe('when the whole stack is deleted', () => {
  test.each(['flat', 'multiArch', 'nested', 'sharedChild', 'referrers'] as const)('an owned repository'
    + ' is deleted with its images: %s', async kind => {
    const stack = await deployed(owned(Teardown.deleteWithImages()));
    account.ecr.seed({ repositoryName: 'team/app', images: 120, kind, archived: 30, untagged: 10, tagsPerImage: 2 });
    account.ecr.clearCalls();
    going(stack);
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('team/app').exists).toBe(false);
    expect(calls()).toEqual(['ListTagsForResource', 'DeleteRepository', 'DescribeRepositories']);
  });

  test('three calls delete a repository with 100,000 images', async () => {
    const stack = await deployed(owned(Teardown.deleteWithImages()));
    account.ecr.seed({ repositoryName: 'team/app', images: 100_000, kind: 'multiArch' });
    account.ecr.clearCalls();
    going(stack);
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(calls()).toHaveLength(3);
    expect(account.ecr.repository('team/app').exists).toBe(false);
  });

  test('an imported repository is also deleted while it carries the required tag', async () => {
    account.ecr.seed({ repositoryName: 'team/legacy', images: 5, kind: 'flat', tags: { stage: 'test', owner: 'them' } });
    const stack = await deployed(legacy());
    expect(account.ecr.repository('team/legacy').tags)
      .toEqual({ stage: 'test', owner: 'them', [MARK]: `11111111-1111-1111-1111-111111111111:${resourceOf(stack)}` });
    going(stack);
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('team/legacy').exists).toBe(false);
  });

  test('the deletion succeeds if the repository does not exist anymore', async () => {
    const stack = await deployed(owned(Teardown.deleteWithImages()));
    account.ecr.vanish('team/app');
    going(stack);
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.logs.join('\n')).toContain('\'team/app\' does not exist anymore');
  });

  test('the deletion succeeds if the repository disappears after it was read, although IAM then denies access', async () => {
    const stack = await deployed(owned(Teardown.deleteWithImages()));
    going(stack);
    account.cloudFormation.onCall = () => account.ecr.vanish('team/app');
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.calls.map(call => call.outcome)).toContain('AccessDeniedException');
  });

  test('an owned repository with Teardown.retain is kept and loses its mark', async () => {
    const stack = await deployed(scope => {
      const repository = new Repository(scope, 'App', { repositoryName: 'team/app', teardown: Teardown.deleteWithImages() });
      (repository.node.defaultChild as import('aws-cdk-lib').CfnResource).addOverride('DeletionPolicy', 'Retain');
    });
    account.ecr.seed({ repositoryName: 'team/app', images: 2, kind: 'flat' });
    going(stack);
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.images('team/app')).toBe(2);
    expect(account.ecr.repository('team/app').tags).not.toHaveProperty(MARK);
  });

  test('a KmsException after the deletion is not a failure if the repository is gone', async () => {
    const stack = DeployedStack.of('Test', owned(Teardown.deleteWithImages()));
    account.ecr.seed({ repositoryName: 'team/app', encryption: { encryptionType: 'KMS' } });
    await deploy(stack);
    going(stack);
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.calls.find(call => call.operation === 'DeleteRepository')?.outcome).toBe('KmsException');
    expect(account.logs.join('\n')).toMatch(/grants of repository 'team\/app' on its KMS key could not be retired/);
  });

  test.each(['another mark', 'another status'])('keeping the images succeeds whatever the log function returns: %s', async why => {
    const stack = await deployed(owned(Teardown.deleteWithImages()));
    account.ecr.seed({ repositoryName: 'team/app', images: 2, kind: 'flat' });
    if (why === 'another mark') account.ecr.retag('team/app', { [MARK]: 'x:y' });
    else account.cloudFormation.stack(stack.stackId).status('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    const handler: Handle = (surroundings, clients) =>
      teardownHandler({ ...surroundings, log: (() => ({ wrapped: true })) as never }, clients);
    expect(await account.request(handler, stack, 'Delete', resourceOf(stack))).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.images('team/app')).toBe(2);
  });

  test('a repository that ECR shows for a minute after its deletion is deleted', async () => {
    const stack = await deployed(owned(Teardown.deleteWithImages()));
    going(stack);
    let readings = 0;
    account.ecr.onCall = ({ operation }) => {
      if (operation === 'DeleteRepository') account.ecr.seed({ repositoryName: 'team/app' });
      if (operation === 'DescribeRepositories' && ++readings === 10) account.ecr.vanish('team/app');
    };
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(readings).toBe(11);
  });

  test('a repository that somebody immediately creates again is not reported as deleted', async () => {
    const stack = await deployed(owned(Teardown.deleteWithImages()));
    going(stack);
    account.ecr.onCall = call => { if (call.operation === 'DeleteRepository') account.ecr.seed({ repositoryName: 'team/app' }); };
    expect(await send(stack, 'Delete')).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/^Repository 'team\/app' still exists 120 seconds after its deletion\. If it was created since then \(2.*Z\), stop the push/),
    });
  });
});

describe('guards', () => {
  test.each<[number, number, string | undefined]>([
    [3, 3, undefined],
    [4, 3, 'it holds 4 images, more than its maxImages of 3'],
    [1, 0, 'it holds 1 image, more than its maxImages of 0'],
    [0, 0, undefined],
    [2_500, 1_200, 'it holds at least 2000 images, more than its maxImages of 1200'],
  ])('maxImages: %d images are checked against %d', async (images, maxImages, refusal) => {
    const stack = await deployed(owned(Teardown.deleteWithImages({ maxImages })));
    if (images > 0) account.ecr.seed({ repositoryName: 'team/app', images, kind: 'flat', archived: 1, untagged: 1 });
    account.ecr.clearCalls();
    going(stack);
    const answer = await send(stack, 'Delete');
    expect(answer?.Status).toBe(refusal ? 'FAILED' : 'SUCCESS');
    if (refusal) {
      expect(answer?.Reason)
        .toMatch(new RegExp(`^Repository 'team/app' was not deleted: ${refusal}\\. To delete it anyway, run this command`));
    }
    expect(account.ecr.images('team/app')).toBe(refusal ? images : 0);
    expect(calls().filter(operation => operation === 'ListImages')).toHaveLength(images > 1_000 ? 2 : 1);
  });

  test('maxImages counts images, not tags, and multi-architecture children too', async () => {
    const stack = await deployed(owned(Teardown.deleteWithImages({ maxImages: 5 })));
    account.ecr.seed({ repositoryName: 'team/app', images: 6, kind: 'multiArch', tagsPerImage: 4 });
    going(stack);
    expect((await send(stack, 'Delete'))?.Reason).toContain('it holds 6 images');
  });

  test('all guards that refuse are named at once, and nothing is changed', async () => {
    account.ecr.seed({ repositoryName: 'team/legacy', images: 3, kind: 'flat', tags: { stage: 'prod' } });
    const stack = await deployed(legacy('Legacy', 'team/legacy', { maxImages: 1 }));
    const before = account.ecr.repository('team/legacy');
    going(stack);
    expect((await send(stack, 'Delete'))?.Reason).toContain(
      'it must carry the tag stage=test, but carries stage=prod; and it holds 3 images, more than its maxImages of 1');
    expect(account.ecr.repository('team/legacy')).toEqual(before);
  });

  test('the command in the refusal lifts exactly this refusal', async () => {
    account.ecr.seed({ repositoryName: 'team/legacy', images: 3, kind: 'flat', tags: {} });
    const stack = await deployed(legacy('Legacy', 'team/legacy', { maxImages: 1 }));
    going(stack);
    const first = await send(stack, 'Delete');
    account.cloudFormation.stack(stack.stackId).status('DELETE_FAILED');
    expect(
      commandIn(first),
    )
      .toMatch(/^aws ecr tag-resource --region us-east-1 --resource-arn arn:aws:ecr:us-east-1:000000000000:repository\/team\/legacy --tags Key=cdk-ecr-keeper:teardown,Value=[0-9a-f]{12}$/);
    obey(first);

    // the owner has not set the tag yet, and no command replaces it
    going(stack);
    expect((await send(stack, 'Delete'))?.Reason).toMatch(/^Repository 'team\/legacy' was not deleted: it must carry the tag stage=test, but has no tag stage\. An override code does not replace the required tag\. Ask the owner of the repository to set it, run this command, then delete the stack again:\n/);
    expect(account.ecr.images('team/legacy')).toBe(3);

    account.ecr.retag('team/legacy', { stage: 'test' }); // one guard fewer refuses now, and the refusal of the other stays lifted
    going(stack);
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('team/legacy').exists).toBe(false);
    expect(account.logs.join('\n')).toContain('is deleted although it holds 3 images');
  });

  test('if only the tag of the owner is missing, there is no command, and no calculated code lifts the refusal', async () => {
    account.ecr.seed({ repositoryName: 'team/legacy', images: 3, kind: 'flat', tags: { stage: 'prod' } });
    const stack = await deployed(legacy());
    going(stack);
    const answer = await send(stack, 'Delete');
    expect(answer?.Reason).toMatch(/carries stage=prod\. An override code does not replace the required tag\. Ask the owner of the repository to set it, then delete the stack again\.\nTo keep it/);
    expect(commandIn(answer)).toBeUndefined();
    const request = { StackId: stack.stackId } as CustomResourceRequest;
    const code = overrideCode(request, 'arn:aws:ecr:us-east-1:000000000000:repository/team/legacy', [
      { limit: 'requireTag=["stage","test"]', because: '' },
    ]);
    account.ecr.retag('team/legacy', { [TEARDOWN_CODE_TAG]: code });
    going(stack);
    expect(await send(stack, 'Delete')).toMatchObject({
      Status: 'FAILED', Reason: expect.stringContaining('An override code does not replace the required tag'),
    });
    expect(account.ecr.images('team/legacy')).toBe(3);
  });

  test('another limit or another stack has another code', async () => {
    const codeFor = async (maxImages: number, uuid?: string) => {
      account.ecr.vanish('team/app');
      const stack = await deployed(owned(Teardown.deleteWithImages({ maxImages })), uuid);
      account.ecr.seed({ repositoryName: 'team/app', images: 9, kind: 'flat' });
      going(stack);
      return commandIn(await send(stack, 'Delete')).split('Value=')[1];
    };
    const codes = [await codeFor(1), await codeFor(2, '33333333-3333-3333-3333-333333333333'), await codeFor(1, OTHER_UUID)];
    expect(new Set(codes).size).toBe(3);
  });

  test.each(['0123456789ab', '0123456789ab.ba9876543210', ''])('a code of another refusal (%s) lifts nothing', async code => {
    account.ecr.seed({ repositoryName: 'team/legacy', images: 3, kind: 'flat', tags: { stage: 'prod' } });
    const stack = await deployed(legacy('Legacy', 'team/legacy', { maxImages: 1 }));
    account.ecr.retag('team/legacy', { stage: 'prod', [TEARDOWN_CODE_TAG]: code });
    going(stack);
    expect((await send(stack, 'Delete'))?.Reason).toContain('carries stage=prod; and it holds 3 images');
    expect(account.ecr.images('team/legacy')).toBe(3);
  });

  test('the refusal shows how to keep everything', async () => {
    const stack = await deployed(owned(Teardown.deleteWithImages({ maxImages: 0 })));
    account.ecr.seed({ repositoryName: 'team/app', images: 1, kind: 'flat' });
    going(stack);
    expect((await send(stack, 'Delete'))?.Reason).toMatch(
      /\nTo keep it and delete the rest of the stack, run this command instead:\naws cloudformation delete-stack --region us-east-1 --stack-name Test --retain-resources AppTeardown\w+$/);
  });
});

describe('a Delete request is not always a stack deletion', () => {
  test.each([
    'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
    'ROLLBACK_IN_PROGRESS', 'CREATE_FAILED',
  ])(
    'while the stack is %s every image is kept, and the repository loses its mark', async status => {
      account.ecr.seed({ repositoryName: 'team/legacy', images: 5, kind: 'flat', tags: { stage: 'test' } });
      const stack = await deployed(legacy());
      account.cloudFormation.stack(stack.stackId).status(status);
      expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
      expect(account.ecr.images('team/legacy')).toBe(5);
      expect(account.ecr.repository('team/legacy').tags).toEqual({ stage: 'test' });
      expect(account.logs.join('\n')).toContain(`the whole stack is not being deleted (its status is ${status})`);
    });

  test('after a changed construct id, the new resource takes the mark, and the Delete of the old one changes nothing', async () => {
    account.ecr.seed({ repositoryName: 'team/legacy', images: 5, kind: 'flat', tags: { stage: 'test' } });
    const before = await deployed(legacy('Before'));
    const after = DeployedStack.of('Test', legacy('After'));
    expect(await send(after, 'Create')).toMatchObject({ Status: 'SUCCESS' });
    expect(await send(before, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('team/legacy').tags[MARK]).toBe(`11111111-1111-1111-1111-111111111111:${resourceOf(after)}`);
    expect(account.ecr.images('team/legacy')).toBe(5);
    going(before); // even while the whole stack is deleted, only the resource that the mark names acts
    expect(await send(before, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.images('team/legacy')).toBe(5);
  });

  test('after a rolled-back change of the construct id, the old resource has the mark again, and the stack can be deleted', async () => {
    account.ecr.seed({ repositoryName: 'team/legacy', images: 5, kind: 'flat', tags: { stage: 'test' } });
    const before = await deployed(legacy('Before'));
    const after = DeployedStack.of('Test', legacy('After'));
    const created = await send(after, 'Create');
    expect(created).toMatchObject({
      Status: 'SUCCESS', PhysicalResourceId: `11111111-1111-1111-1111-111111111111:${resourceOf(after)}:${resourceOf(before)}`,
    });
    account.cloudFormation.stack(before.stackId).status('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    account.ecr.principal(account.roleOf(after), { policy: after.policy() });
    expect(await send(after, 'Delete', { PhysicalResourceId: created!.PhysicalResourceId })).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('team/legacy').tags[MARK]).toBe(`11111111-1111-1111-1111-111111111111:${resourceOf(before)}`);
    account.cloudFormation.stack(before.stackId).status('UPDATE_ROLLBACK_COMPLETE');
    going(before);
    expect(await send(before, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('team/legacy').exists).toBe(false);
  });

  test('of two deployments of one app with one imported repository, the second is refused, and deleting either keeps'
    + ' what belongs to the other', async () => {
    account.ecr.seed({ repositoryName: 'team/legacy', images: 5, kind: 'flat', tags: { stage: 'test' } });
    const first = await deployed(legacy());
    const second = DeployedStack.of('Second', legacy(), OTHER_UUID);
    account.cloudFormation.stack(second.stackId).status('CREATE_IN_PROGRESS');
    expect(await send(second, 'Create')).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(
        /^Repository 'team\/legacy' has its teardown from another stack .*\. Remove it from that stack first\.[^]*\naws ecr untag-resource /,
      ),
    });
    going(second);
    expect(await send(second, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.images('team/legacy')).toBe(5);
    expect(account.ecr.repository('team/legacy').tags[MARK]).toContain('11111111-1111');
    going(first);
    expect(await send(first, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('team/legacy').exists).toBe(false);
  });

  test('a repository that the stack does not own, with the mark of another stack, is not changed, and the Delete succeeds', async () => {
    account.ecr.seed({ repositoryName: 'team/legacy', images: 5, kind: 'flat', tags: { stage: 'test' } });
    const stack = await deployed(legacy());
    account.ecr.retag('team/legacy', { [MARK]: `${OTHER_UUID}:App` });
    going(stack);
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.images('team/legacy')).toBe(5);
    expect(account.logs.join('\n')).toContain('is not changed');
  });

  test('an owned repository with the mark of another stack is refused, because CloudFormation would leave it without a message',
    async () => {
      const stack = await deployed(owned(Teardown.deleteWithImages()));
      account.ecr.seed({ repositoryName: 'team/app', images: 5, kind: 'flat' });
      account.ecr.retag('team/app', { [MARK]: `${OTHER_UUID}:App` });
      going(stack);
      const answer = await send(stack, 'Delete');
      expect(answer?.Reason).toContain(`its tag ${MARK} is ${OTHER_UUID}:App, which does not name this resource, although this stack`
        + ' owns the repository');
      expect(commandIn(answer)).toContain(`--tags Key=${MARK},Value=11111111-1111-1111-1111-111111111111:${resourceOf(stack)} Key=`);
      expect(account.ecr.images('team/app')).toBe(5);
    });

  describe('when the repository left the stack but its teardown did not (cdk orphan)', () => {
    const orphaned = async (teardown: Teardown, resource = 'DELETE_COMPLETE') => {
      const stack = await deployed(owned(teardown));
      account.ecr.seed({ repositoryName: 'team/app', images: 2, kind: 'flat' });
      account.cloudFormation.stack(stack.stackId).resource(stack.logicalIds('AWS::ECR::Repository')[0], {
        type: 'AWS::ECR::Repository', physicalId: 'team/app', status: resource,
      });
      going(stack);
      return stack;
    };

    test.each([['deleteWithImages', Teardown.deleteWithImages()], ['empty', Teardown.empty()]])(
      '%s: the deletion of the stack is refused until the printed command is run', async (_kind, teardown) => {
        const stack = await orphaned(teardown);
        const answer = await send(stack, 'Delete');
        expect(answer?.Reason).toContain(': it is no longer a resource of this stack. To ');
        expect(account.ecr.images('team/app')).toBe(2);
        obey(answer);
        account.cloudFormation.stack(stack.stackId).status('DELETE_FAILED');
        going(stack);
        expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
        expect(account.ecr.repository('team/app').images).toEqual([]);
      });

    test('a repository that another stack has taken since, with its mark, is not changed', async () => {
      const stack = await orphaned(Teardown.deleteWithImages());
      account.ecr.retag('team/app', { [MARK]: `${OTHER_UUID}:App` });
      expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
      expect(account.ecr.images('team/app')).toBe(2);
    });

    test('a repository that a failed deletion has already skipped did not leave the stack', async () => {
      const stack = await orphaned(Teardown.deleteWithImages(), 'DELETE_SKIPPED');
      expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
      expect(account.ecr.repository('team/app').exists).toBe(false);
    });
  });

  test.each(['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS'])(
    'a repository that leaves the template with the mark of another stack is not changed (%s)', async status => {
      const stack = await deployed(owned(Teardown.deleteWithImages()));
      account.ecr.retag('team/app', { [MARK]: `${OTHER_UUID}:App` });
      account.cloudFormation.stack(stack.stackId).status(status);
      expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
      expect(account.ecr.repository('team/app').tags[MARK]).toBe(`${OTHER_UUID}:App`);
    });

  describe('when the creation of the stack is rolled back', () => {
    const rolledBack = async (images: number) => {
      const stack = DeployedStack.of('Test', owned(Teardown.deleteWithImages()));
      account.ecr.principal(account.roleOf(stack), { policy: stack.policy() });
      account.cloudFormation.stack(stack.stackId).status('CREATE_IN_PROGRESS');
      const [{ repositoryName, tags }] = stack.nativeRepositories();
      account.ecr.seed({ repositoryName, tags, images, kind: 'flat' });
      expect(await send(stack, 'Create')).toMatchObject({ Status: 'SUCCESS' });
      account.cloudFormation.stack(stack.stackId).status('ROLLBACK_IN_PROGRESS');
      return stack;
    };

    test('an empty repository is deleted, without force', async () => {
      const stack = await rolledBack(0);
      expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
      expect(account.ecr.repository('team/app').exists).toBe(false);
      expect(account.ecr.calls.find(({ operation }) => operation === 'DeleteRepository')?.input.force).toBe(false);
      expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    });

    test('a repository with images is refused, and the code of that refusal also lifts the refusal of the later deletion', async () => {
      const stack = await rolledBack(2);
      const answer = await send(stack, 'Delete');
      expect(answer?.Reason).toMatch(/^Repository 'team\/app' was not deleted: its creation is being rolled back but it holds images, .* To delete it anyway, run this command, then delete the stack again:\n/);
      expect(answer?.Reason).toMatch(/\nTo keep it, delete the stack, which fails here again, then run this command:\naws cloudformation .* AppTeardown\w+$/);
      expect(account.ecr.images('team/app')).toBe(2);
      account.cloudFormation.stack(stack.stackId).status('ROLLBACK_FAILED');
      going(stack);
      expect((await send(stack, 'Delete'))?.Reason).toContain('never finished (its status before the deletion was ROLLBACK_FAILED)');
      account.cloudFormation.stack(stack.stackId).status('DELETE_FAILED');
      obey(answer);
      going(stack);
      expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
      expect(account.ecr.repository('team/app').exists).toBe(false);
    });

    test('an image that is pushed while the empty repository is deleted is kept', async () => {
      const stack = await rolledBack(0);
      account.cloudFormation.onCall = ({ operation }) => {
        if (operation === 'DescribeStacks') account.ecr.seed({ repositoryName: 'team/app', images: 1, kind: 'flat' });
      };
      expect((await send(stack, 'Delete'))?.Status).toBe('FAILED');
      expect(account.ecr.images('team/app')).toBe(1);
    });

    test.each([[0, 'IMPORT_COMPLETE'], [2, 'IMPORT_COMPLETE'], [0, 'UPDATE_COMPLETE'], [2, 'UPDATE_COMPLETE']])(
      'a repository that the creation imported, with %d images, is kept, because CloudFormation releases it (%s)', async (images, end) => {
        const stack = await rolledBack(images);
        account.cloudFormation.stack(stack.stackId).resource(stack.logicalIds('AWS::ECR::Repository')[0], {
          type: 'AWS::ECR::Repository', physicalId: 'team/app', status: end,
        });
        expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
        expect(account.ecr.repository('team/app')).toMatchObject({ exists: true, tags: {}, images: { length: images } });
        expect(account.logs.join('\n')).toContain('is kept with its images: it existed before this resource');
      });

    test('a repository that the stack does not own is kept and loses its mark', async () => {
      account.ecr.seed({ repositoryName: 'team/legacy', tags: { stage: 'test' } });
      const stack = await deployed(legacy());
      account.cloudFormation.stack(stack.stackId).status('ROLLBACK_IN_PROGRESS');
      expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
      expect(account.ecr.repository('team/legacy')).toMatchObject({ exists: true, tags: { stage: 'test' } });
    });
  });

  test('the rollback of an update that added the repository leaves its deletion to CloudFormation', async () => {
    const stack = await deployed(owned(Teardown.deleteWithImages()));
    account.cloudFormation.stack(stack.stackId).status('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('team/app').exists).toBe(true);
    expect(account.ecr.calls.map(({ operation }) => operation)).not.toContain('DeleteRepository');
  });

  test.each([[0, 'SUCCESS', false], [2, 'FAILED', true]])(
    'after a failed Create in a stack that is kept (--no-rollback) and then deleted, with %d images, the Delete is %s',
    async (images, end, isThere) => {
      const stack = DeployedStack.of('Test', owned(Teardown.deleteWithImages()));
      const [{ repositoryName, tags }] = stack.nativeRepositories();
      account.ecr.seed({ repositoryName, images, kind: 'flat' });
      account.cloudFormation.stack(stack.stackId).status('CREATE_IN_PROGRESS');
      const { PhysicalResourceId } = (await send(stack, 'Create'))!;
      account.cloudFormation.stack(stack.stackId).status('CREATE_FAILED');
      account.ecr.retag('team/app', tags);
      going(stack);
      expect(await send(stack, 'Delete', { PhysicalResourceId })).toMatchObject({ Status: end });
      expect(account.ecr.repository('team/app').exists).toBe(isThere);
    });

  test('a removed mark is refused, with the command that sets mark and code together', async () => {
    const stack = await deployed(owned(Teardown.deleteWithImages({ maxImages: 1 })));
    account.ecr.seed({ repositoryName: 'team/app', images: 5, kind: 'flat' });
    account.ecr.retag('team/app', { [MARK]: undefined });
    going(stack);
    const answer = await send(stack, 'Delete');
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('was removed; and it holds 5 images') });
    expect(commandIn(answer)).toContain(`Key=${MARK},Value=11111111-1111-1111-1111-111111111111:${resourceOf(stack)} Key=${CODE},Value=`);
    expect(account.ecr.images('team/app')).toBe(5);
    obey(answer);
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('team/app').exists).toBe(false);
  });

  test('a removed mark is refused even if no guard refuses, and the command lifts it', async () => {
    const stack = await deployed(owned(Teardown.deleteWithImages()));
    account.ecr.seed({ repositoryName: 'team/app', images: 5, kind: 'flat' });
    account.ecr.retag('team/app', { [MARK]: undefined });
    going(stack);
    const answer = await send(stack, 'Delete');
    expect(answer?.Reason).toMatch(
      /^Repository 'team\/app' was not deleted: its tag cdk-ecr-keeper:teardown-by, which named this stack, was removed\. To delete it/,
    );
    obey(answer);
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
  });

  test('a removed mark is not refused if only the resource is deleted', async () => {
    const stack = await deployed(owned(Teardown.deleteWithImages()));
    account.ecr.retag('team/app', { [MARK]: undefined });
    account.cloudFormation.stack(stack.stackId).status('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('team/app').exists).toBe(true);
  });

  test.each([['CREATE_FAILED'], ['ROLLBACK_FAILED'], ['ROLLBACK_COMPLETE'], ['CREATE_IN_PROGRESS']])(
    'the deletion of a first deployment that ended in %s is refused, with a code', async status => {
      account.ecr.seed({ repositoryName: 'team/legacy', images: 5, kind: 'flat', tags: { stage: 'test' } });
      const stack = DeployedStack.of('Test', legacy());
      account.cloudFormation.stack(stack.stackId).status('CREATE_IN_PROGRESS');
      expect(await send(stack, 'Create')).toMatchObject({ Status: 'SUCCESS' });
      const story = account.cloudFormation.stack(stack.stackId).status(status);
      for (let i = 0; i < 9; i++) story.resourceEvent(`Other${i}`, 'Test::Other', 'DELETE_COMPLETE'); // several pages
      going(stack);
      const answer = await send(stack, 'Delete');
      expect(answer).toMatchObject({
        Status: 'FAILED',
        Reason: expect.stringContaining('never finished (its status before the'
        + ` deletion was ${status})`),
      });
      expect(account.ecr.images('team/legacy')).toBe(5);
      account.cloudFormation.stack(stack.stackId).status('DELETE_FAILED');
      going(stack);
      obey(answer);
      expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
      expect(account.ecr.repository('team/legacy').exists).toBe(false);
    });

  test.each([
    'CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'UPDATE_ROLLBACK_FAILED', 'UPDATE_FAILED', 'IMPORT_COMPLETE',
  ])(
    'a stack that was %s once finished its creation', async status => {
      const stack = await deployed(owned(Teardown.deleteWithImages()));
      account.cloudFormation.stack(stack.stackId).status(status);
      going(stack);
      expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
      expect(account.ecr.repository('team/app').exists).toBe(false);
    });

  test('the deletion of a failed first deployment with an empty repository of its own is not refused', async () => {
    const stack = DeployedStack.of('Test', owned(Teardown.deleteWithImages()));
    for (const repository of stack.nativeRepositories()) account.ecr.seed(repository);
    account.cloudFormation.stack(stack.stackId).status('CREATE_IN_PROGRESS');
    expect(await send(stack, 'Create')).toMatchObject({ Status: 'SUCCESS' });
    account.cloudFormation.stack(stack.stackId).status('CREATE_FAILED');
    going(stack);
    expect(await send(stack, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('team/app').exists).toBe(false);
  });

  test('a stack whose events do not reach back to its creation is refused, with a code', async () => {
    account.ecr.seed({ repositoryName: 'team/legacy', images: 5, kind: 'flat', tags: { stage: 'test' } });
    const stack = DeployedStack.of('Test', legacy());
    await send(stack, 'Create');
    going(stack);
    expect((await send(stack, 'Delete'))?.Reason).toContain('the events of this stack do not show whether its creation ever finished');
    expect(account.ecr.images('team/legacy')).toBe(5);
  });
});

describe('nested stacks', () => {
  const ROOT = 'arn:aws:cloudformation:us-east-1:000000000000:stack/Root/99999999-9999-9999-9999-999999999999';
  const nested = async (rootStatus: string | undefined, ownHistory = 'CREATE_COMPLETE', images = 5) => {
    const stack = DeployedStack.of('Nested', owned(Teardown.deleteWithImages({ maxImages: 9 })));
    const [{ repositoryName, tags }] = stack.nativeRepositories();
    account.ecr.seed({ repositoryName, tags, images, kind: 'flat' });
    const readRoot = {
      Effect: 'Allow', Action: ['cloudformation:DescribeStacks', 'cloudformation:DescribeStackEvents'], Resource: ROOT,
    } as const;
    account.ecr.principal(account.roleOf(stack), { policy: [...stack.policy(), ...rootStatus ? [readRoot] : []] });
    account.cloudFormation.stack(stack.stackId, { rootId: ROOT, parentId: ROOT }).status('CREATE_IN_PROGRESS').status(ownHistory)
      .status('DELETE_IN_PROGRESS');
    account.cloudFormation.stack(ROOT).status('CREATE_IN_PROGRESS').status('CREATE_COMPLETE').status(rootStatus ?? 'DELETE_IN_PROGRESS');
    return send(stack, 'Delete');
  };

  test('the images are deleted when the root stack is deleted', async () => {
    expect(await nested('DELETE_IN_PROGRESS')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('team/app').exists).toBe(false);
  });

  test('every image is kept when only the nested stack is deleted', async () => {
    expect(await nested('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS')).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.images('team/app')).toBe(5);
  });

  test.each(['UPDATE_ROLLBACK_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'])(
    'a repository with images is refused when the root rolls back the creation of the nested stack (%s)', async status => {
      const answer = await nested(status);
      expect(answer?.Reason).toMatch(/^Repository 'team\/app' was not deleted: its creation is being rolled back but it holds images/);
      expect(answer?.Reason).toContain('To keep it, delete the parent stack Root');
      expect(account.ecr.images('team/app')).toBe(5);
    });

  test.each(['UPDATE_ROLLBACK_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'])(
    'an empty repository is deleted without force when the root rolls back the creation of the nested stack (%s)', async status => {
      expect(await nested(status, 'CREATE_COMPLETE', 0)).toMatchObject({ Status: 'SUCCESS' });
      expect(account.ecr.repository('team/app').exists).toBe(false);
      expect(account.ecr.calls.find(({ operation }) => operation === 'DeleteRepository')?.input.force).toBe(false);
    });

  test('a root stack that cannot be read is a refusal', async () => {
    expect(await nested(undefined)).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(
        /^The root stack 'Root' cannot be read \(access denied\), .* Nothing was deleted\. Allow the function's role/,
      ),
    });
    expect(account.ecr.images('team/app')).toBe(5);
  });

  test('a nested stack that never finished its creation is refused, although its root did', async () => {
    const answer = await nested('DELETE_IN_PROGRESS', 'ROLLBACK_FAILED');
    expect(answer?.Reason).toContain('the creation of this stack never finished');
    expect(answer?.Reason).toContain('To keep it, delete the parent stack Root with --retain-resources and the logical id of the nested'
      + ' stack Nested in it.');
    expect(account.ecr.images('team/app')).toBe(5);
  });
});
