import { TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-ecr';
import { readTags, repositoryName } from './repository';
import { GAP, SETTLING_TIME } from './settling';
import { uncapitalize } from '../../../src/core/format';
import { markKey, markOwner, MarkOwner, markValue } from '../../../src/core/mark';
import { parseRepositoryArn } from '../../../src/core/repository-arn';
import { ECR_PATIENCE } from '../aws/read-back';
import { sendToEcr } from '../aws/send-command';
import { UserError, isAccessDenied, isNamed, isRepositoryMissing, ifRepositoryMissing } from '../protocol/errors';
import type { EcrTask, Job } from '../protocol/job';
import { predecessorOf } from '../protocol/physical-id';
import { isRollingBack } from '../protocol/stack';

const PAUSE = 3_000;

/** The mark of a custom resource on a repository. */
export interface RepositoryMark {
  readonly repositoryArn: string;
  /** The handler's name in the key of the mark. */
  readonly handler: string;
  /** What people call the effect: a teardown, a lifecycle policy. */
  readonly what: string;
}

/** A repository whose tags can be changed, private or public. */
export interface TaggedRepository {
  readonly arn: string;
  /** How messages name it. */
  readonly subject: string;
  tag(key: string, value: string): Promise<void>;
  /** Removes tags, if the repository has them. */
  untag(keys: readonly string[]): Promise<void>;
}

export function ownerOf(job: Job<unknown>, { handler }: RepositoryMark, tags: ReadonlyMap<string, string>): MarkOwner {
  return markOwner(tags.get(markKey(handler)), job.request.StackId, job.request.LogicalResourceId);
}

/**
 * Sets this resource's mark on a repository that the stack does not declare. Another stack's is never taken.
 *
 * ECR has no conditional write, so two stacks may claim a repository at once. A mark is sent at most GAP after the reading that it is based
 * on, and counts when it is still there SETTLING_TIME after it was sent: whoever had read before is done by then, so that of all claims the
 * last one stays, and the others are refused (docs/decisions/0013-written-within-two-seconds-verified-after-four.md).
 *
 * @param memo what a rolled-back Create must know, unless it took the place of another resource of this stack, which then is it
 * @returns the tags that the repository has then
 */
export async function claimMark(job: Job<unknown>, marked: RepositoryMark, memo?: string): Promise<ReadonlyMap<string, string>> {
  const { repositoryArn, handler, what } = marked;
  const { request: { RequestType, StackId, LogicalResourceId }, clock } = job;
  const name = repositoryName(repositoryArn);
  const key = markKey(handler);
  const mark = markValue(StackId, LogicalResourceId);
  const start = clock.now();
  // a Create that was cut off may have sent it just now
  let settledAt = RequestType !== 'Create' ? 0 : start + SETTLING_TIME;
  /** What was sent may take a while to show, and is not sent again. */
  let isSent = false;
  for (;;) {
    const readAt = clock.now();
    const tags = await readTags(job, repositoryArn);
    if (!tags) {
      throw new UserError(`Repository '${name}' does not exist in this account and Region — create it, or correct its name,`
        + ' and deploy again');
    }
    const owner = ownerOf(job, marked, tags);
    const live = tags.get(key);
    if (owner === 'own') {
      if (readAt >= settledAt) {
        job.log(`repository '${name}' is marked: its ${what} is this resource's`);
        return tags;
      }
      await clock.sleep(settledAt - readAt);
      continue;
    }
    if (owner === 'other-stack') {
      throw new UserError(
        `Repository '${name}' has its ${what} from another stack (its tag ${key} is ${live}) — remove it there first;`
        + ` if that stack is gone or no longer has it, run:\naws ecr untag-resource --region ${parseRepositoryArn(repositoryArn)?.region}`
        + ` --resource-arn ${repositoryArn} --tag-keys ${key}\nand deploy again`,
      );
    }
    if (readAt - start >= ECR_PATIENCE) {
      throw new UserError(`Repository '${name}' does not carry its mark: the tag ${key} should be ${mark} but is ${live ?? 'missing'}`
        + ` after ${ECR_PATIENCE / 1_000} seconds — ${live === undefined ? '' : 'see what else sets that tag, then '}deploy again`);
    }
    if (isSent) {
      await clock.sleep(PAUSE);
      continue;
    }
    job.begin(owner === 'same-stack' ? live!.split(':')[1] : memo);
    const within = readAt + GAP - clock.now();
    const timeUp = AbortSignal.timeout(Math.max(0, Math.floor(within)));
    try {
      if (within > 0) {
        await tagRepository({ ...job, signal: AbortSignal.any([job.signal, timeUp]), patience: 0 }, repositoryArn, key, mark);
        isSent = true;
      }
    } catch (error) {
      // IAM denies it until its rights have spread, and where another stack was faster: the next reading shows which
      const passes = timeUp.aborted ? !job.signal.aborted
        : isRepositoryMissing(error) || (isAccessDenied(error) && clock.now() < start + job.patience);
      if (!passes) throw error;
      await clock.sleep(PAUSE);
    }
    settledAt = clock.now() + SETTLING_TIME;
    await clock.sleep(SETTLING_TIME);
  }
}

/**
 * What stays is nobody's any more, free for another stack to claim; but where a construct id was changed and that is rolled back, it is
 * its predecessor's again, which gets no request of its own.
 */
export async function releaseMark(job: Job<unknown>, repository: TaggedRepository, handler: string, stackStatus: string): Promise<void> {
  const predecessor = predecessorOf(job.request);
  if (predecessor === undefined || !isRollingBack(stackStatus)) return repository.untag([markKey(handler)]);
  await repository.tag(markKey(handler), markValue(job.request.StackId, predecessor));
  job.log(`${uncapitalize(repository.subject)} is ${predecessor}'s again`);
}

/** A private repository, to change its tags. */
export function taggedRepository(task: EcrTask, repositoryArn: string): TaggedRepository {
  return {
    arn: repositoryArn,
    subject: `Repository '${repositoryName(repositoryArn)}'`,
    tag: (key, value) => tagRepository(task, repositoryArn, key, value),
    untag: keys => untagRepository(task, repositoryArn, keys),
  };
}

/** Removes tags of a repository, if it has them. */
export async function untagRepository(task: EcrTask, repositoryArn: string, tagKeys: readonly string[]): Promise<void> {
  task.progress(`removing ${tagKeys.join(', ')} from repository '${repositoryName(repositoryArn)}'`);
  await sendToEcr(task, UntagResourceCommand, { resourceArn: repositoryArn, tagKeys: [...tagKeys] }, async () => {
    const live = await readTags(task, repositoryArn);
    return !tagKeys.some(key => live?.has(key));
  }).catch(ifRepositoryMissing(undefined));
}

/** Sets a tag of a repository. */
export async function tagRepository(task: EcrTask, repositoryArn: string, Key: string, Value: string): Promise<void> {
  const name = repositoryName(repositoryArn);
  task.progress(`tagging repository '${name}'`);
  try {
    await sendToEcr(task, TagResourceCommand, { resourceArn: repositoryArn, tags: [{ Key, Value }] });
  } catch (error) {
    if (isNamed(error, 'TooManyTagsException')) {
      throw new UserError(`Repository '${name}' has as many tags as ECR allows (50), there is no room for the mark`
        + ' — remove one and deploy again', { cause: error });
    }
    throw error;
  }
}
