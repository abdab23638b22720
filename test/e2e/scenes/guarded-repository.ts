import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { GetLifecyclePolicyCommand } from '@aws-sdk/client-ecr';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Fakes } from './fakes';
import { reasonOf } from './shared-repository';
import { bystander } from './subject';
import type { End, World } from './world';
import { LifecycleGuard, LifecyclePolicy, LifecycleRule, Repository, RepositoryProps } from '../../../src';
import type { Outcome } from '../stacks';

export const APP = 'team/app';
export const OTHER = 'team/other';
export const GUARD_TYPE = 'Custom::EcrLifecycleGuard';

/** A policy that expires the first two of the four images, in the order of their pushes. */
export const HARMFUL = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(2)]);
/** A policy that expires the second image. */
export const CORRECTED = LifecyclePolicy.fromRules([LifecycleRule.keep('release-*'), LifecycleRule.keepNewest(2)]);
/** A policy that expires no image. */
export const HARMLESS = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(50)]);

export const REFUSE = LifecycleGuard.refuse({ maxImages: 1, protectedTags: ['release-*'] });
export const WARN = LifecycleGuard.warn({ maxImages: 1, protectedTags: ['release-*'] });
/** The findings of both guards about HARMFUL. */
export const FOUND = 'it would expire 2 images, more than its maxImages of 1 (release-1.0 by rule 1, build-1 by rule 1); '
  + 'it would act on images with protected tags: 1 image (release-1.0 by rule 1)';

export const left = 'template' as const;
export const created = { Test: { status: 'CREATE_COMPLETE', left } };
export const updated = { Test: { status: 'UPDATE_COMPLETE', left } };
export const updateRolledBack = { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left } };
export const createRolledBack = { Test: { status: 'ROLLBACK_COMPLETE', left: [] } };

/** Declares a repository and, with a guard, outputs with its findings. */
export function guarded(
  stack: Stack, lifecycle: LifecyclePolicy, lifecycleGuard?: LifecycleGuard, props: RepositoryProps = {}, id = 'App',
): void {
  const repository = new Repository(stack, id, { repositoryName: APP, lifecycle, lifecycleGuard, ...props });
  if (!lifecycleGuard) return;
  new CfnOutput(stack, `${id}Expiring`, { value: String(repository.expiringImageCount) });
  new CfnOutput(stack, `${id}Findings`, { value: `<${repository.lifecycleFindings}>` });
}

/** Declares such a repository in a separate stack that is never empty. */
export const app = (lifecycle: LifecyclePolicy, guard?: LifecycleGuard, props: RepositoryProps = {}) => (stack: Stack) => {
  bystander(stack);
  guarded(stack, lifecycle, guard, props);
};

/** Pushes four images with ages one day apart, and returns their digests. */
export async function fill(world: World, fakes: Fakes, repository = APP): Promise<string[]> {
  const digests = new Array<string>();
  for (const [index, tag] of ['release-1.0', 'build-1', 'build-2', 'build-3'].entries()) {
    const digest = await world.pushImage(repository, tag);
    fakes.ecr.aged(digest, 40 - index);
    digests.push(digest);
  }
  return digests;
}

/** Deploys a stack with a repository and its four images, with or without a guard. */
export async function deployed(world: World, fakes: Fakes, guard?: LifecycleGuard): Promise<string[]> {
  await fakes.deploy(app(HARMLESS, guard));
  const digests = await fill(world, fakes);
  await guardedEnds(world, fakes, { stacks: created, texts: { [APP]: HARMLESS } });
  return digests;
}

/** Checks the stacks, the repositories with their tags and policies, and every digest in the emulator and in the fake. */
export async function guardedEnds(world: World, fakes: Fakes, { stacks, texts, repositories }: {
  readonly stacks: End['stacks'];
  readonly texts: Readonly<Record<string, LifecyclePolicy | undefined>>;
  readonly repositories?: End['repositories'];
}): Promise<void> {
  await world.ends({ stacks, repositories: repositories ?? Object.fromEntries(Object.keys(texts).map(name => [name, {}])) });
  for (const [name, policy] of Object.entries(texts)) {
    strictEqual(await liveText(world, name), policy?.toJson(), `the lifecycle policy of ${name}`);
    await fakes.same(name);
  }
  await fakes.same('bystander');
}

/** Checks that the reason in the CloudFormation event contains everything that a user needs. */
export function refusalOf(outcome: Outcome, type = GUARD_TYPE, repository = APP): string {
  const reason = reasonOf(outcome, type);
  strictEqual(reason, `Repository '${repository}': the lifecycle policy was refused by its guard, and nothing was changed: ${FOUND}.`
    + ' Correct the policy or change the guard, and deploy again. To list all affected images, run this command soon, because ECR keeps'
    + ` the preview only for a limited time:\naws ecr get-lifecycle-policy-preview --region us-east-1 --repository-name ${repository}`);
  return reason;
}

/**
 * Checks that, in a first deployment, the guard only checks whether a repository with the declared name exists, because CloudFormation can
 * import it.
 */
export function onlyLookedFor({ ecr }: Fakes): void {
  deepStrictEqual(
    ecr.calls.map(({ operation, outcome }) => [operation, outcome]), [['DescribeRepositories', 'RepositoryNotFoundException']],
  );
}

/** Returns the statuses in the events of a custom resource of this type, in order. */
export function statusesOf({ events }: Outcome, type = GUARD_TYPE, id = ''): string[] {
  return events.filter(event => event.type === type && event.logicalId.startsWith(id)).map(({ status }) => status);
}

/** Checks that the log of this handler contains the text this number of times. */
export async function logged(world: World, what: RegExp, times = 1): Promise<void> {
  const story = await world.story();
  match(story, what);
  deepStrictEqual(story.match(new RegExp(what, 'g'))?.length, times, `${what} in:\n${story}`);
}

/** Returns the live lifecycle policy of a repository; undefined if it has none. */
export async function liveText(world: World, repositoryName: string): Promise<string | undefined> {
  try {
    return (await world.ecr.send(new GetLifecyclePolicyCommand({ repositoryName }))).lifecyclePolicyText;
  } catch (error) {
    if ((error as Error).name === 'LifecyclePolicyNotFoundException') return undefined;
    throw error;
  }
}
