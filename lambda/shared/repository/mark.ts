import { TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-ecr';
import { readTags, repositoryName } from './repository';
import { GAP, SETTLING_TIME } from './settling';
import { uncapitalize } from '../../../src/core/format';
import { markKey, markOwner, MarkOwner, markValue } from '../../../src/core/mark';
import { parseRepositoryArn } from '../../../src/core/repository-arn';
import { ECR_PATIENCE } from '../aws/read-back';
import { sendToEcr } from '../aws/send-command';
import { isDeniedForGood } from '../protocol/denial';
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
  /** Name of the effect in messages: teardown, lifecycle policy. */
  readonly what: string;
}

/** A repository whose tags can be changed, private or public. */
export interface TaggedRepository {
  readonly arn: string;
  /** Name of the repository in messages. */
  readonly subject: string;
  tag(key: string, value: string): Promise<void>;
  /** Removes tags, if the repository has them. */
  untag(keys: readonly string[]): Promise<void>;
}

export function ownerOf(job: Job<unknown>, { handler }: RepositoryMark, tags: ReadonlyMap<string, string>): MarkOwner {
  return markOwner(tags.get(markKey(handler)), job.request.StackId, job.request.LogicalResourceId);
}

/**
 * Sets this resource's mark on a repository that the stack does not declare. Never replaces the mark of another stack.
 *
 * ECR has no conditional write, so two stacks may claim a repository at once. A mark is sent at most GAP after the read that it is based
 * on. It counts if it is still there SETTLING_TIME after it was sent: every stack that had read before has finished by then. The last claim
 * remains, and the others are refused (docs/decisions/0013-written-within-two-seconds-verified-after-four.md).
 *
 * @param memo what a rolled-back Create must know; if the resource replaces another one of this stack, the memo is the id of that one
 * @returns the tags that the repository then has
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
  /** A mark that was sent may take a while to become visible, and is not sent again. */
  let isSent = false;
  for (;;) {
    const readAt = clock.now();
    const tags = await readTags(job, repositoryArn);
    if (!tags) {
      throw new UserError(`Repository '${name}' does not exist in this account and Region. Create it or correct its name,`
        + ' then deploy again.');
    }
    const owner = ownerOf(job, marked, tags);
    const live = tags.get(key);
    if (owner === 'own') {
      if (readAt >= settledAt) {
        job.log(`repository '${name}' carries the mark of this resource for its ${what}`);
        return tags;
      }
      await clock.sleep(settledAt - readAt);
      continue;
    }
    if (owner === 'other-stack') {
      throw new UserError(
        `Repository '${name}' has its ${what} from another stack (its tag ${key} is ${live}). Remove it from that stack first.`
        + ' If that stack was deleted or no longer has it, run this command:\naws ecr untag-resource'
        + ` --region ${parseRepositoryArn(repositoryArn)?.region} --resource-arn ${repositoryArn} --tag-keys ${key}\nThen deploy again.`,
      );
    }
    if (readAt - start >= ECR_PATIENCE) {
      throw new UserError(`Repository '${name}' does not carry its mark: the tag ${key} should be ${mark} but is ${live ?? 'missing'}`
        + ` after ${ECR_PATIENCE / 1_000} seconds. ${live === undefined ? 'Deploy' : 'Check what else sets that tag, then deploy'} again.`);
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
      // IAM denies it until new permissions take effect, and if another stack was faster: the next read shows which
      const passes = timeUp.aborted ? !job.signal.aborted
        : isRepositoryMissing(error) || (isAccessDenied(error) && !isDeniedForGood(error) && clock.now() < start + job.patience);
      if (!passes) throw error;
      await clock.sleep(PAUSE);
    }
    settledAt = clock.now() + SETTLING_TIME;
    await clock.sleep(SETTLING_TIME);
  }
}

/**
 * Removes the mark from a repository that is kept, so that another stack can claim it. If a changed construct id is rolled back, sets the
 * mark of the predecessor instead, which gets no request.
 */
export async function releaseMark(job: Job<unknown>, repository: TaggedRepository, handler: string, stackStatus: string): Promise<void> {
  const predecessor = predecessorOf(job.request);
  if (predecessor === undefined || !isRollingBack(stackStatus)) return repository.untag([markKey(handler)]);
  await repository.tag(markKey(handler), markValue(job.request.StackId, predecessor));
  job.log(`${uncapitalize(repository.subject)} belongs to ${predecessor} again`);
}

/** Returns a private repository whose tags can be changed. */
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
      throw new UserError(`Repository '${name}' already has the 50 tags that ECR allows, so the mark cannot be added.`
        + ' Remove a tag, then deploy again.', { cause: error });
    }
    throw error;
  }
}
