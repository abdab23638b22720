import { TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-ecr';
import { readTags, repositoryName } from './repository';
import { markKey, markOwner, MarkOwner, markValue } from '../../../src/core/mark';
import { parseRepositoryArn } from '../../../src/core/repository-arn';
import { ECR_PATIENCE, readBack } from '../aws/read-back';
import { sendToEcr } from '../aws/send-command';
import { UserError, isNamed, isRepositoryMissing, ifRepositoryMissing } from '../protocol/errors';
import type { Job } from '../protocol/job';
import { predecessorOf } from '../protocol/physical-id';
import { isRollingBack } from '../protocol/stack';

/** The mark of a custom resource on a repository. */
export interface RepositoryMark {
  readonly repositoryArn: string;
  /** The handler's name in the key of the mark. */
  readonly handler: string;
  /** What people call the effect: a teardown, a lifecycle policy. */
  readonly what: string;
  /** Whether the template sets the mark. */
  readonly native: boolean;
}

export function ownerOf(job: Job<unknown>, { handler }: RepositoryMark, tags: ReadonlyMap<string, string>): MarkOwner {
  return markOwner(tags.get(markKey(handler)), job.request.StackId, job.request.LogicalResourceId);
}

/**
 * Sees that the repository carries this resource's mark, and where the template does not set it, sets it. Another stack's is never taken.
 *
 * @param memo what a rolled-back Create must know, unless it took the place of another resource of this stack, which then is it
 */
export async function claimMark(job: Job<unknown>, marked: RepositoryMark, memo?: string): Promise<void> {
  const { repositoryArn, handler, native, what } = marked;
  const name = repositoryName(repositoryArn);
  const tags = await readTags(job, repositoryArn);
  if (!tags) {
    throw new UserError(`Repository '${name}' does not exist in this account and Region — create it, or correct its name,`
      + ' and deploy again');
  }
  const owner = ownerOf(job, marked, tags);
  if (owner === 'own') return;
  const key = markKey(handler);
  if (!native && owner === 'other-stack') {
    throw new UserError(
      `Repository '${name}' has its ${what} from another stack (its tag ${key} is ${tags.get(key)}) — remove it there first;`
      + ` if that stack is gone or no longer has it, run:\naws ecr untag-resource --region ${parseRepositoryArn(repositoryArn)?.region}`
      + ` --resource-arn ${repositoryArn} --tag-keys ${key}\nand deploy again`,
    );
  }
  if (!native) {
    job.begin(owner === 'same-stack' ? tags.get(key)?.split(':')[1] : memo);
    await setMark(job, marked, job.request.LogicalResourceId);
  }
  await confirmMark(job, marked);
  job.log(`repository '${name}' is marked: its ${what} is this resource's`);
}

/**
 * What stays is nobody's any more, free for another stack to claim; but where a construct id was changed and that is rolled back, it is
 * its predecessor's again, which gets no request of its own.
 */
export async function releaseMark(job: Job<unknown>, marked: RepositoryMark, stackStatus: string): Promise<void> {
  const { repositoryArn, handler } = marked;
  const predecessor = predecessorOf(job.request);
  if (predecessor === undefined || !isRollingBack(stackStatus)) return untagRepository(job, repositoryArn, [markKey(handler)]);
  await setMark(job, marked, predecessor);
  job.log(`repository '${repositoryName(repositoryArn)}' is ${predecessor}'s again`);
}

/** Removes tags of a repository, if it has them. */
export async function untagRepository(job: Job<unknown>, repositoryArn: string, tagKeys: string[]): Promise<void> {
  job.progress(`removing ${tagKeys.join(', ')} from repository '${repositoryName(repositoryArn)}'`);
  await sendToEcr(job, UntagResourceCommand, { resourceArn: repositoryArn, tagKeys }, async () => {
    const live = await readTags(job, repositoryArn);
    return !tagKeys.some(key => live?.has(key));
  }).catch(ifRepositoryMissing(undefined));
}

async function setMark(job: Job<unknown>, { repositoryArn, handler }: RepositoryMark, logicalId: string): Promise<void> {
  const name = repositoryName(repositoryArn);
  job.progress(`marking repository '${name}'`);
  const tags = [{ Key: markKey(handler), Value: markValue(job.request.StackId, logicalId) }];
  try {
    await sendToEcr(job, TagResourceCommand, { resourceArn: repositoryArn, tags });
  } catch (error) {
    if (isNamed(error, 'TooManyTagsException')) {
      throw new UserError(`Repository '${name}' has as many tags as ECR allows (50), there is no room for the mark`
        + ' — remove one and deploy again', { cause: error });
    }
    if (isRepositoryMissing(error)) {
      throw new UserError(`Repository '${name}' was deleted by somebody meanwhile — create it and deploy again`, { cause: error });
    }
    throw error;
  }
}

async function confirmMark(job: Job<unknown>, marked: RepositoryMark): Promise<void> {
  const { repositoryArn, handler, native } = marked;
  const { request } = job;
  let tags: ReadonlyMap<string, string> | undefined;
  const isMarked = await readBack(job, ECR_PATIENCE, `the mark of repository '${repositoryName(repositoryArn)}'`, async () => {
    tags = await readTags(job, repositoryArn);
    return tags !== undefined && ownerOf(job, marked, tags) === 'own';
  });
  if (isMarked) return;
  const [key, mark] = [markKey(handler), markValue(request.StackId, request.LogicalResourceId)];
  throw new UserError(
    `Repository '${repositoryName(repositoryArn)}' does not carry its mark: the tag ${key} should be ${mark} but is`
    + ` ${tags?.get(key) ?? 'missing'} after ${ECR_PATIENCE / 1_000} seconds — `
    + (native
      // CloudFormation compares templates, not tags: it does not set again what somebody removed
      ? `run this and deploy again:\naws ecr tag-resource --region ${parseRepositoryArn(repositoryArn)?.region} --resource-arn`
        + ` ${repositoryArn} --tags Key=${key},Value=${mark}`
      : `${tags?.has(key) ? 'see what else sets that tag, then ' : ''}deploy again`),
  );
}
