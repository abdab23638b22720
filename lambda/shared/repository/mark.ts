import { TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-ecr';
import { readTags, repositoryName } from './repository';
import { GAP, SETTLING_TIME } from './settling';
import { uncapitalize } from '../../../src/core/format';
import { markKey, markOwner, MarkOwner, markValue } from '../../../src/core/mark';
import { parseRepositoryArn } from '../../../src/core/repository-arn';
import { ECR_PATIENCE } from '../aws/read-back';
import { runConcurrently } from '../aws/run-concurrently';
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
  /** Whether the mark also names the resource of this stack that had the repository before. @default false */
  readonly namesPredecessor?: boolean;
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

/** What one attempt to claim a repository found: its tags if it is claimed, or how long to wait before the next attempt. */
type Attempt = { readonly tags: ReadonlyMap<string, string> } | { readonly wait: number } | 'missing';

/** The claim of this resource on one repository, in attempts between which the caller waits. */
class MarkClaim {
  private readonly start: number;
  private readonly name: string;
  private settledAt: number;
  /** A mark that was sent may take a while to become visible, and is not sent again. */
  private isSent = false;

  constructor(private readonly job: Job<unknown>, private readonly marked: RepositoryMark, private readonly memo: string | undefined) {
    const { clock, request: { RequestType } } = job;
    this.name = repositoryName(marked.repositoryArn);
    this.start = clock.now();
    // a Create that was cut off may have sent it just now
    this.settledAt = RequestType !== 'Create' ? 0 : this.start + SETTLING_TIME;
  }

  async attempt(): Promise<Attempt> {
    const { job, marked: { repositoryArn, handler, what }, name } = this;
    const { request: { StackId, LogicalResourceId }, clock } = job;
    const key = markKey(handler);
    const readAt = clock.now();
    const tags = await readTags(job, repositoryArn);
    if (!tags) return 'missing';
    const owner = ownerOf(job, this.marked, tags);
    const live = tags.get(key);
    if (owner === 'own') {
      if (readAt < this.settledAt) return { wait: this.settledAt - readAt };
      job.log(`repository '${name}' carries the mark of this resource for its ${what}`);
      return { tags };
    }
    if (owner === 'other-stack') {
      throw new UserError(
        `Repository '${name}' has its ${what} from another stack (its tag ${key} is ${live}). Remove it from that stack first.`
        + ' If that stack was deleted or no longer has it, run this command:\naws ecr untag-resource'
        + ` --region ${parseRepositoryArn(repositoryArn)?.region} --resource-arn ${repositoryArn} --tag-keys ${key}\nThen deploy again.`,
      );
    }
    if (readAt - this.start >= ECR_PATIENCE) {
      throw new UserError(`Repository '${name}' does not carry its mark: the tag ${key} should be ${markValue(StackId, LogicalResourceId)}`
        + ` but is ${live ?? 'missing'} after ${ECR_PATIENCE / 1_000} seconds.`
        + ` ${live === undefined ? 'Deploy' : 'Check what else sets that tag, then deploy'} again.`);
    }
    if (this.isSent) return { wait: PAUSE };
    return this.send(readAt, owner === 'same-stack' ? live!.split(':')[1] : undefined);
  }

  private async send(readAt: number, predecessor: string | undefined): Promise<Attempt> {
    const { job, marked: { repositoryArn, handler, namesPredecessor = false }, start } = this;
    const { request: { StackId, LogicalResourceId }, clock } = job;
    job.begin(predecessor ?? this.memo);
    const mark = markValue(StackId, LogicalResourceId, namesPredecessor ? predecessor : undefined);
    const within = readAt + GAP - clock.now();
    const timeUp = AbortSignal.timeout(Math.max(0, Math.floor(within)));
    let pause = 0;
    try {
      if (within > 0) {
        await tagRepository({ ...job, signal: AbortSignal.any([job.signal, timeUp]), patience: 0 }, repositoryArn, markKey(handler), mark);
        this.isSent = true;
      }
    } catch (error) {
      // IAM denies it until new permissions take effect, and if another stack was faster: the next read shows which
      const passes = timeUp.aborted ? !job.signal.aborted
        : isRepositoryMissing(error) || (isAccessDenied(error) && !isDeniedForGood(error) && clock.now() < start + job.patience);
      if (!passes) throw error;
      pause = PAUSE;
    }
    this.settledAt = clock.now() + pause + SETTLING_TIME;
    return { wait: pause + SETTLING_TIME };
  }
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
  const claim = new MarkClaim(job, marked, memo);
  for (;;) {
    const attempt = await claim.attempt();
    if (attempt === 'missing') {
      throw new UserError(`Repository '${repositoryName(marked.repositoryArn)}' does not exist in this account and Region. Create it or`
        + ' correct its name, then deploy again.');
    }
    if ('tags' in attempt) return attempt.tags;
    await job.clock.sleep(attempt.wait);
  }
}

/**
 * Does the same for many repositories, which wait together. A Create that begins is not given the memo of one of them.
 *
 * @param marks a mark for each repository
 * @param atOnce number of repositories that are read or tagged at a time
 * @param failed called for each repository that cannot be claimed, with the reason, or with undefined if the repository is missing
 * @returns the ARNs of the claimed repositories
 */
export async function claimMarks(
  job: Job<unknown>, marks: readonly RepositoryMark[], atOnce: number, failed: (repositoryArn: string, error: unknown) => void,
): Promise<Set<string>> {
  const claimed = new Set<string>();
  let open = marks.map(marked => ({ marked, claim: new MarkClaim(job, marked, undefined) }));
  while (open.length > 0) {
    let wait = 0;
    const waiting = new Array<typeof open[number]>();
    await runConcurrently(open, atOnce, async each => {
      const { marked: { repositoryArn }, claim } = each;
      try {
        const attempt = await claim.attempt();
        if (attempt === 'missing') return failed(repositoryArn, undefined);
        if ('tags' in attempt) return void claimed.add(repositoryArn);
        wait = Math.max(wait, attempt.wait);
        waiting.push(each);
      } catch (error) {
        if (job.signal.aborted) throw error;
        failed(repositoryArn, error);
      }
    });
    open = waiting;
    if (open.length > 0) await job.clock.sleep(wait);
  }
  return claimed;
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
