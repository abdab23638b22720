import { match, strictEqual } from 'node:assert/strict';
import type { Stack } from 'aws-cdk-lib';
import { Tags } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { refusalIn } from './refusal';
import { onFakes, Scene } from './scene';
import { IMPORTED, STAGE, TAGS } from './subject';
import { Repository, Teardown } from '../../../src';

const KMS = { encryptionType: 'KMS' } as const;

/** Encrypted with a KMS key, so that ECR also uses the permission to retire its grants. */
const encrypted = (stack: Stack) => {
  const teardown = Teardown.deleteWithImages({ maxImages: 12 });
  const repository = new Repository(stack, 'App', { repositoryName: 'team/app', encryption: ecr.RepositoryEncryption.KMS, teardown });
  Tags.of(repository).add(STAGE.key, STAGE.value);
};

const CASES = [
  { kind: 'owned', repository: 'team/app', build: encrypted },
  { kind: 'imported', repository: 'team/legacy', build: (stack: Stack) => IMPORTED.declare(stack, { maxImages: 12 }) },
] as const;

/** 9. On AWS, the statuses are CREATE_IN_PROGRESS, CREATE_FAILED, and DELETE_IN_PROGRESS, as in any other delete. */
export const deleteOnFailure: Scene[] = CASES.flatMap(({ kind, repository, build }) => [
  onFakes(`9 ${kind}: a failed first deployment with delete-on-failure is refused, and the printed command lifts the`
    + ' refusal', async world => {
    if (kind === 'imported') world.seed(repository, TAGS);
    const stack = world.stack('Test', build);
    world.becomes(stack.stackId, 'CREATE_IN_PROGRESS');
    world.makeNatives(stack, KMS);
    await world.succeeds(stack, 'Create');
    world.becomes(stack.stackId, 'CREATE_FAILED', 'DELETE_IN_PROGRESS');
    const refused = await world.send(stack, 'Delete');
    strictEqual(refused?.Status, 'FAILED');
    const { because, lift, keep } = refusalIn(refused.Reason);
    match(
      because,
      /was not deleted: the creation of this stack never finished \(its status before the deletion was CREATE_FAILED\), so the images may not come from it\. /,
    );
    match(keep, /^aws cloudformation delete-stack --region us-east-1 --stack-name Test --retain-resources /);
    world.ends({ [repository]: { tags: TAGS, mark: world.mark(stack) } });
    world.becomes(stack.stackId, 'DELETE_FAILED', 'DELETE_IN_PROGRESS');
    strictEqual((await world.send(stack, 'Delete'))?.Status, 'FAILED'); // refused again until the user lifts the refusal
    world.becomes(stack.stackId, 'DELETE_FAILED');
    await world.run(lift);
    world.becomes(stack.stackId, 'DELETE_IN_PROGRESS');
    await world.succeeds(stack, 'Delete');
    world.ends({});
  }),
]);
