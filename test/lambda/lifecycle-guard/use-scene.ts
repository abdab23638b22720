import { Stack } from 'aws-cdk-lib';
import { lifecycleGuardHandler } from '../../../lambda/lifecycle-guard/handler';
import { ImageUse, LifecycleGuard, LifecyclePolicy, LifecycleRule, Repository } from '../../../src';
import { DeployedStack } from '../deployed-stack';
import { account, resourceOf, send, startForEachTest } from '../handler-scene';

const REPOSITORY_NAME = 'team/app';

/** Access key of the function's role. */
export const ROLE = 'ROLE11111111-1111-1111-1111-111111111111';

/** Digests of nine images of a repository, the oldest first. The policy of `checkUses` expires all but the last two. */
export let digests: string[];

/** Starts a new account with the repository for every test of the file that calls this. */
export function startWithImages(): void {
  startForEachTest({ handler: lifecycleGuardHandler, resourceType: 'Custom::EcrLifecycleGuard' });
  beforeEach(() => {
    const live = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(1_000)]).toJson();
    account.ecr.seed({ repositoryName: REPOSITORY_NAME, lifecyclePolicyText: live, images: 9, kind: 'flat' });
    digests = account.ecr.repository(REPOSITORY_NAME).images.map(({ digest }) => digest);
  });
}

/** Returns the tag of an image, the oldest with number 0. */
export function tagOf(nth: number): string {
  return account.ecr.repository(REPOSITORY_NAME).images[nth].tags[0];
}

/** Returns an image of the repository as a workload names it, with a tag or a digest. */
export function uri(reference: string): string {
  return `000000000000.dkr.ecr.us-east-1.amazonaws.com/${REPOSITORY_NAME}${reference}`;
}

/** Sends the request of an update, and returns why the guard refuses, or that it passes. */
export async function checkUses(use: (scope: Stack) => ImageUse): Promise<string> {
  const stack = DeployedStack.of('Test', scope => {
    new Repository(scope, 'App', {
      repositoryName: REPOSITORY_NAME,
      lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(2)]),
      lifecycleGuard: LifecycleGuard.refuse({ inUseBy: [use(scope)] }),
    });
  });
  account.ecr.principal(account.roleOf(stack), { policy: stack.policy() });
  const live = account.cloudFormation.stack(stack.stackId);
  live.status('UPDATE_IN_PROGRESS');
  live.resource(stack.logicalIds('AWS::ECR::Repository')[0], { physicalId: REPOSITORY_NAME, type: 'AWS::ECR::Repository' });
  const answer = await send(stack, 'Update', { OldResourceProperties: stack.customResourceProperties(resourceOf(stack)) });
  return answer!.Status === 'SUCCESS' ? 'passes' : answer!.Reason;
}
