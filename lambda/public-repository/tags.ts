import { TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-ecr-public';
import { MARK, PublicJob } from './public-job';
import { markValue } from '../../src/core/mark';
import { PublicRepositoryProperties } from '../../src/core/wire/public-repository';
import { ECR_PUBLIC_PATIENCE, readBack } from '../shared/aws/read-back';
import { sendCommand } from '../shared/aws/send-command';
import { UserError, isNamed, isRepositoryMissing } from '../shared/protocol/errors';
import { predecessorOf } from '../shared/protocol/physical-id';
import { isRollingBack } from '../shared/protocol/stack';

/** The mark and the tags of the template. */
export function templateTags({ request, properties: { tags } }: PublicJob): Map<string, string> {
  return new Map([[MARK, markValue(request.StackId, request.LogicalResourceId)], ...Object.entries(tags)]);
}

export function missingTags(job: PublicJob, live: ReadonlyMap<string, string>): Array<[string, string]> {
  return [...templateTags(job)].filter(([key, value]) => live.get(key) !== value);
}

/** Sets missing tags and removes those that left the template, never those of others, and reads them back. */
export async function settleTags(job: PublicJob, old: PublicRepositoryProperties | undefined): Promise<void> {
  const { target } = job;
  const tags = templateTags(job);
  const obsoleteKeys = Object.keys(old?.tags ?? {}).filter(key => !tags.has(key));
  let wrongKeys = [...tags.keys()];
  let isWritten = false;
  const isSettled = await readBack(job, ECR_PUBLIC_PATIENCE, `the tags of public repository '${target.name}'`, async () => {
    const live = await target.tags();
    if (!live) return false; // a repository that was just made may take a while to show
    const tagsToAdd = missingTags(job, live);
    const keysToRemove = obsoleteKeys.filter(key => live.has(key));
    wrongKeys = [...tagsToAdd.map(([key]) => key), ...keysToRemove];
    if (wrongKeys.length === 0) return true;
    if (isWritten) return false;
    if (tagsToAdd.length > 0) await addTags(job, tagsToAdd);
    if (keysToRemove.length > 0) await removeTags(job, keysToRemove);
    isWritten = true;
    return false;
  });
  if (isSettled) return;
  throw new UserError(`${target.subject} does not show its tags ${ECR_PUBLIC_PATIENCE / 1_000} seconds after they were written:`
    + ` ${wrongKeys.join(', ')} — deploy again; if it stays so, see whether something else changes them`);
}

/**
 * A repository that stays belongs to nobody. But where a construct id was changed and that is rolled back, it is its predecessor's again.
 */
export async function releaseMark(job: PublicJob, stackStatus: string): Promise<void> {
  const predecessor = predecessorOf(job.request);
  if (predecessor === undefined || !isRollingBack(stackStatus)) return removeTags(job, [MARK]);
  await addTags(job, [[MARK, markValue(job.request.StackId, predecessor)]]);
  job.log(`public repository '${job.target.name}' is ${predecessor}'s again`);
}

async function addTags(job: PublicJob, tags: ReadonlyArray<readonly [string, string]>): Promise<void> {
  const { target, ecrPublic } = job;
  job.progress(`tagging public repository '${target.name}'`);
  const input = { resourceArn: target.arn, tags: tags.map(([Key, Value]) => ({ Key, Value })) };
  try {
    await sendCommand(job, ecrPublic, TagResourceCommand, input);
  } catch (error) {
    if (!isNamed(error, 'TooManyTagsException')) throw error;
    throw new UserError(`${target.subject} would have more tags than the 50 that ECR allows`
      + ' — remove some and deploy again', { cause: error });
  }
}

/** Removes tags that the repository has. */
export async function removeTags(job: PublicJob, tagKeys: string[]): Promise<void> {
  const { target, ecrPublic } = job;
  job.progress(`removing ${tagKeys.join(', ')} from public repository '${target.name}'`);
  try {
    await sendCommand(job, ecrPublic, UntagResourceCommand, { resourceArn: target.arn, tagKeys }, async () => {
      const live = await target.tags();
      return !tagKeys.some(key => live?.has(key));
    });
  } catch (error) {
    if (!isRepositoryMissing(error)) throw error;
  }
}
