import { reachReplicas } from './replicas';
import { adoptCommand, teardownOf } from './teardown';
import type { TeardownJob } from './teardown-job';
import { markKey, markOwner, markValue } from '../../src/core/mark';
import { parseRepositoryArn } from '../../src/core/repository-arn';
import { TEARDOWN_HANDLER, TeardownProperties } from '../../src/core/wire/teardown';
import { connectTo } from '../shared/aws/ecr-clients';
import { ECR_PATIENCE } from '../shared/aws/read-back';
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

/** Create: sees that the repository carries the mark of this resource. */
export async function claim(stackJob: TeardownJob, clients: TeardownClients): Promise<void> {
  // a stack whose creation failed is asked again when it is deleted: CloudFormation retains a repository that it created
  if (stackJob.properties.owned) stackJob.begin();
  const { job, tags } = await claimAtLocation(stackJob, clients);
  await emptyIfTriggered(job, teardownOf(job, clients), undefined, tags);
}

/** Update: as Create. The target of a resource never changes, unless the stack itself replaced the repository. */
export async function reclaim(stackJob: TeardownJob, clients: TeardownClients, old: TeardownProperties | undefined): Promise<void> {
  const { properties: { owned, repositoryArn } } = stackJob;
  await unlessRollingBack(stackJob, async () => {
    if (!owned) {
      refuseAnotherTarget(stackJob, old?.repositoryArn, 'teardown');
    } else if (old && old.repositoryArn !== repositoryArn) {
      stackJob.log(`repository '${repositoryName(old.repositoryArn)}' was replaced by '${repositoryName(repositoryArn)}';`
        + ` the old one and its images are kept, outside the stack; to take it back: ${adoptCommand(repositoryName(old.repositoryArn))}`);
    }
    const { job, tags } = await claimAtLocation(stackJob, clients);
    // a repository that took the place of another one is not emptied: the changed trigger was meant for the other
    await emptyIfTriggered(job, teardownOf(job, clients), old?.repositoryArn === repositoryArn ? old : undefined, tags);
  });
}

/** @returns the job in the repository's own Region and account, and the tags that the repository has */
async function claimAtLocation(stackJob: TeardownJob, clients: TeardownClients): Promise<{ job: TeardownJob; tags: Tags }> {
  requireOwnEnvironment(stackJob, 'teardown', ', or one whose ARN is known when the app is synthesised');
  const { properties: { repositoryArn, owned } } = stackJob;
  const job = await connectTo(stackJob, clients, stackJob.properties, stackJob.request.StackId);
  await reachReplicas(job, clients);
  const tags = await (owned ? confirmMark(job) : claimMark(job, { repositoryArn, handler: TEARDOWN_HANDLER, what: 'teardown' }));
  return { job, tags };
}

/**
 * The template sets the mark of a repository that the stack declares. CloudFormation may not write tags when it imports a repository that
 * exists (UNCERTAIN), and one that was kept may carry the mark of a stack that is gone. So Create sets the mark itself, but only if
 * CloudFormation says that the repository is the one of this stack.
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
        job.log(`repository '${target.name}' is marked: its teardown is this resource's`);
        return tags;
      }
      await clock.sleep(settledAt - readAt);
      continue;
    }
    if (readAt - start >= ECR_PATIENCE) throw tags ? markError(target, key, mark, live) : absenceError(target);
    // what CloudFormation has just written may take a while to show
    if (tags && readAt > start && request.RequestType === 'Create' && repositoryLogicalId !== undefined) {
      isOfThisStack ??= await physicalIdOf(job, repositoryLogicalId) === target.name;
      if (isOfThisStack && await tryToTag(job, repositoryArn, key, mark)) {
        job.log(`repository '${target.name}' is ${repositoryLogicalId} of this stack, so its mark was set; it was ${live ?? 'missing'}`);
        settledAt = clock.now() + SETTLING_TIME;
      }
    }
    await clock.sleep(PAUSE);
  }
}

/**
 * IAM denies the tag until its rights have spread, and always if the name was generated. The next reading shows what is there.
 *
 * @returns false if it was denied
 */
async function tryToTag(job: TeardownJob, repositoryArn: string, key: string, value: string): Promise<boolean> {
  try {
    await tagRepository({ ...job, patience: 0 }, repositoryArn, key, value);
    return true;
  } catch (error) {
    if (!isAccessDenied(error)) throw error;
    return false;
  }
}

function absenceError({ subject }: PrivateTarget): UserError {
  return new UserError(`${subject} does not exist in this account and Region — create it, or correct its name, and deploy again`);
}

/** CloudFormation compares templates, not tags: it does not set again what somebody removed. */
function markError({ subject, arn }: PrivateTarget, key: string, mark: string, live: string | undefined): UserError {
  return new UserError(`${subject} does not carry its mark: the tag ${key} should be ${mark} but is ${live ?? 'missing'}`
    + ` after ${ECR_PATIENCE / 1_000} seconds — run this and deploy again:`
    + `\naws ecr tag-resource --region ${parseRepositoryArn(arn)?.region} --resource-arn ${arn} --tags Key=${key},Value=${mark}`);
}
