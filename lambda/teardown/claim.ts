import { TagResourceCommand } from '@aws-sdk/client-ecr';
import { markKey, markOwner, markValue } from '../../src/core/mark';
import { parseRepositoryArn } from '../../src/core/repository-arn';
import { TEARDOWN_HANDLER, TeardownProperties } from '../../src/core/wire/teardown';
import { Explained, isNamed } from '../shared/errors';
import type { Job } from '../shared/job';
import { untilAllowed } from '../shared/permission';
import { readTags, repositoryName } from '../shared/repository';
import { isRollingBack, readStack } from '../shared/stack';

type TeardownJob = Job<TeardownProperties>;

const KEY = markKey(TEARDOWN_HANDLER);
const READ_BACKS = 5;

/** Create: sees that the repository carries the mark of this resource; on one that the stack does not own, sets it. */
export async function claim(job: TeardownJob): Promise<void> {
  const { properties: { owned, repositoryArn } } = job;
  const name = repositoryName(repositoryArn);
  requireOwnEnvironment(job);
  const tags = await readTags(job, repositoryArn);
  if (!tags) throw new Explained(`Repository '${name}' does not exist in this account and Region — create it, or correct its name, and deploy again`);
  const owner = markOwner(tags.get(KEY), job.request.StackId, job.request.LogicalResourceId);
  if (owner === 'own') return;
  if (owned) return confirmMark(job);
  if (owner === 'other-stack') {
    throw new Explained(
      `Repository '${name}' is torn down by another stack (its tag ${KEY} is ${tags.get(KEY)}) — remove the teardown there first; if that stack is gone, run:\n`
      + `aws ecr untag-resource --region ${parseRepositoryArn(repositoryArn)?.region} --resource-arn ${repositoryArn} --tag-keys ${KEY}\nand deploy again`,
    );
  }
  await setMark(job);
  await confirmMark(job);
}

/** Update: as Create, but the target of a resource never changes, and nothing is refused while a stack rolls back. */
export async function reclaim(job: TeardownJob, old: TeardownProperties | undefined): Promise<void> {
  try {
    refuseAnotherTarget(job, old);
    await claim(job);
  } catch (error) {
    if (!(error instanceof Explained) || !isRollingBack((await readStack(job)).status)) throw error;
    job.log(`the stack is rolling back, so this is no failure: ${error.message}`);
  }
}

function refuseAnotherTarget(job: TeardownJob, old: TeardownProperties | undefined): void {
  const { properties: { owned, repositoryArn } } = job;
  if (old === undefined || old.repositoryArn === repositoryArn) return;
  if (!owned) {
    throw new Explained(
      `Repository '${repositoryName(repositoryArn)}' cannot take the place of '${repositoryName(old.repositoryArn)}' in the same teardown`
      + ' — give the teardown another construct id, then each is handled on its own',
    );
  }
  job.log(`repository '${repositoryName(old.repositoryArn)}' was replaced by '${repositoryName(repositoryArn)}';`
    + ' the old one and its images are kept, outside the stack');
}

function requireOwnEnvironment({ properties: { repositoryArn }, request: { StackId } }: TeardownJob): void {
  const [, , , region, account] = StackId.split(':');
  const target = parseRepositoryArn(repositoryArn);
  if (target && (target.region !== region || target.account !== account)) {
    throw new Explained(
      `Repository '${target.repositoryName}' is in account ${target.account}, Region ${target.region}, the stack in account ${account}, Region ${region}`
      + ' — give the teardown in a stack of the repository\'s own account and Region',
    );
  }
}

async function setMark(job: TeardownJob): Promise<void> {
  const { properties: { repositoryArn } } = job;
  const name = repositoryName(repositoryArn);
  job.progress(`marking repository '${name}'`);
  const tags = [{ Key: KEY, Value: markValue(job.request.StackId, job.request.LogicalResourceId) }];
  try {
    await untilAllowed(job, () => job.ecr.send(new TagResourceCommand({ resourceArn: repositoryArn, tags }), { abortSignal: job.signal }));
  } catch (error) {
    if (isNamed(error, 'TooManyTagsException')) {
      throw new Explained(`Repository '${name}' has as many tags as ECR allows (50), there is no room for the mark — remove one and deploy again`, { cause: error });
    }
    if (isNamed(error, 'RepositoryNotFoundException')) {
      throw new Explained(`Repository '${name}' was deleted by somebody meanwhile — create it and deploy again`, { cause: error });
    }
    throw error;
  }
}

async function confirmMark(job: TeardownJob): Promise<void> {
  const { properties: { owned, repositoryArn }, request } = job;
  let live: string | undefined;
  for (let reading = 1; reading <= READ_BACKS; reading++) {
    live = (await readTags(job, repositoryArn))?.get(KEY);
    if (markOwner(live, request.StackId, request.LogicalResourceId) === 'own') return;
    if (reading < READ_BACKS) await job.clock.sleep(1_000);
  }
  throw new Explained(
    `Repository '${repositoryName(repositoryArn)}' does not carry its mark: the tag ${KEY} should be ${markValue(request.StackId, request.LogicalResourceId)}`
    + ` but is ${live ?? 'missing'} — ${owned ? 'see that nothing strips tags from the template' : 'see what else changes the tags of the repository'}, then deploy again`,
  );
}
