import { reachReplicas } from './replicas';
import { adoptCommand, teardownOf } from './teardown';
import type { TeardownJob } from './teardown-job';
import { markKey, markOwner, markValue } from '../../src/core/mark';
import { parseRepositoryArn } from '../../src/core/repository-arn';
import { TEARDOWN_HANDLER, TeardownProperties } from '../../src/core/wire/teardown';
import { connectTo } from '../shared/aws/ecr-clients';
import { ECR_PATIENCE } from '../shared/aws/read-back';
import { isDeniedForGood } from '../shared/protocol/denial';
import { isAccessDenied, UserError } from '../shared/protocol/errors';
import { physicalIdOf } from '../shared/protocol/stack';
import { refuseAnotherTarget, requireOwnEnvironment, unlessRollingBack } from '../shared/repository/located-repository';
import { claimMark, tagRepository } from '../shared/repository/mark';
import { repositoryName } from '../shared/repository/repository';
import { SETTLING_TIME } from '../shared/repository/settling';
import type { TeardownClients } from '../shared/teardown/clients';
import { emptyIfTriggered } from '../shared/teardown/empty-unless-refused';
import { PrivateTarget } from '../shared/teardown/private-target';

const PAUSE = 3_000;

type Tags = ReadonlyMap<string, string>;

/** Create: makes sure that the repository carries the mark of this resource. */
export async function claim(stackJob: TeardownJob, clients: TeardownClients): Promise<void> {
  // so that the Delete after a failed Create acts on the repository: CloudFormation retains a repository that it created
  if (stackJob.properties.owned) stackJob.begin();
  const { job, tags } = await claimAtLocation(stackJob, clients);
  await emptyIfTriggered(job, teardownOf(job, clients), undefined, tags);
}

/** Update: does the same as Create. The target of a resource changes only if the stack itself replaced the repository. */
export async function reclaim(stackJob: TeardownJob, clients: TeardownClients, old: TeardownProperties | undefined): Promise<void> {
  const { properties: { owned, repositoryArn } } = stackJob;
  await unlessRollingBack(stackJob, async () => {
    if (!owned) {
      refuseAnotherTarget(stackJob, old?.repositoryArn, 'teardown');
    } else if (old && old.repositoryArn !== repositoryArn) {
      stackJob.log(`repository '${repositoryName(old.repositoryArn)}' was replaced by '${repositoryName(repositoryArn)}';`
        + ` the old one is kept with its images, outside the stack; to adopt it: ${adoptCommand(repositoryName(old.repositoryArn))}`);
    }
    const { job, tags } = await claimAtLocation(stackJob, clients);
    // a repository that replaced another one is not emptied: the changed trigger was meant for the old repository
    await emptyIfTriggered(job, teardownOf(job, clients), old?.repositoryArn === repositoryArn ? old : undefined, tags);
  });
}

/** @returns the job in the repository's own Region and account, and the tags of the repository */
async function claimAtLocation(stackJob: TeardownJob, clients: TeardownClients): Promise<{ job: TeardownJob; tags: Tags }> {
  requireOwnEnvironment(stackJob, 'teardown', ', or use an ARN that is known at synthesis');
  const { properties: { repositoryArn, owned } } = stackJob;
  const job = await connectTo(stackJob, clients, stackJob.properties, stackJob.request.StackId);
  await reachReplicas(job, clients);
  const tags = await (owned ? confirmMark(job) : claimMark(job, { repositoryArn, handler: TEARDOWN_HANDLER, what: 'teardown' }));
  return { job, tags };
}

/**
 * The template sets the mark of a repository that the stack declares. CloudFormation may not write tags when it imports an existing
 * repository (UNCERTAIN), and an adopted repository may carry the mark of a deleted stack. Therefore, Create sets the mark itself, but only
 * if CloudFormation says that the repository belongs to this stack.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
 */
async function confirmMark(job: TeardownJob): Promise<Tags> {
  const { properties: { repositoryArn, repositoryLogicalId }, request, clock } = job;
  const target = new PrivateTarget(job, repositoryArn);
  const key = markKey(TEARDOWN_HANDLER);
  const mark = markValue(request.StackId, request.LogicalResourceId);
  const start = clock.now();
  let settledAt = start;
  let isOfThisStack: boolean | undefined;
  for (;;) {
    const readAt = clock.now();
    const tags = await target.tags();
    const live = tags?.get(key);
    if (tags && markOwner(live, request.StackId, request.LogicalResourceId) === 'own') {
      if (readAt >= settledAt) {
        job.log(`repository '${target.name}' carries the mark of this resource`);
        return tags;
      }
      await clock.sleep(settledAt - readAt);
      continue;
    }
    if (readAt - start >= ECR_PATIENCE) throw tags ? markError(target, key, mark, live) : absenceError(target);
    // a tag that CloudFormation has just written may take a while to become visible
    if (tags && readAt > start && request.RequestType === 'Create' && repositoryLogicalId !== undefined) {
      isOfThisStack ??= await physicalIdOf(job, repositoryLogicalId) === target.name;
      if (isOfThisStack && await tryToTag(job, repositoryArn, key, mark)) {
        job.log(`repository '${target.name}' is ${repositoryLogicalId} of this stack, so its mark was set (before: ${live ?? 'missing'})`);
        settledAt = clock.now() + SETTLING_TIME;
      }
    }
    await clock.sleep(PAUSE);
  }
}

/**
 * IAM denies the call until new permissions take effect, and always if the repository has a generated name. The next read shows the tag.
 *
 * @returns false if it was denied
 */
async function tryToTag(job: TeardownJob, repositoryArn: string, key: string, value: string): Promise<boolean> {
  try {
    await tagRepository({ ...job, patience: 0 }, repositoryArn, key, value);
    return true;
  } catch (error) {
    if (!isAccessDenied(error) || isDeniedForGood(error)) throw error;
    return false;
  }
}

function absenceError({ subject }: PrivateTarget): UserError {
  return new UserError(`${subject} does not exist in this account and Region. Create it or correct its name, then deploy again.`);
}

/** CloudFormation compares templates, not tags, so it does not restore a tag that somebody removed. */
function markError({ subject, arn }: PrivateTarget, key: string, mark: string, live: string | undefined): UserError {
  return new UserError(`${subject} does not carry its mark: the tag ${key} should be ${mark} but is ${live ?? 'missing'}`
    + ` after ${ECR_PATIENCE / 1_000} seconds. Run this command, then deploy again:`
    + `\naws ecr tag-resource --region ${parseRepositoryArn(arn)?.region} --resource-arn ${arn} --tags Key=${key},Value=${mark}`);
}
