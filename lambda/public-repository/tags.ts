import { TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-ecr-public';
import { MARK, PAUSE, PublicJob, READ_BACKS } from './public-job';
import { markValue } from '../../src/core/mark';
import { PublicRepositoryProperties } from '../../src/core/wire/public-repository';
import { untilAllowed } from '../shared/aws/until-allowed';
import { Explained, isNamed } from '../shared/protocol/errors';
import { predecessorOf } from '../shared/protocol/physical-id';
import { isRollingBack } from '../shared/protocol/stack';

/** The mark, and what the user asked for. */
export function wantedTags({ request, properties: { tags } }: PublicJob): Map<string, string> {
  return new Map([[MARK, markValue(request.StackId, request.LogicalResourceId)], ...Object.entries(tags)]);
}

export function missingTags(job: PublicJob, live: ReadonlyMap<string, string>): Array<[string, string]> {
  return [...wantedTags(job)].filter(([key, value]) => live.get(key) !== value);
}

/** Sets what is missing and takes off what left the template, never what others put there; until it reads back so. */
export async function settleTags(job: PublicJob, old: PublicRepositoryProperties | undefined): Promise<void> {
  const { target } = job;
  const wanted = wantedTags(job);
  const left = Object.keys(old?.tags ?? {}).filter(key => !wanted.has(key));
  let wrong = [...wanted.keys()];
  for (let reading = 1; reading <= READ_BACKS; reading++) {
    if (reading > 2) await job.clock.sleep(PAUSE);
    const live = await target.tags();
    if (!live) continue;
    const missing = missingTags(job, live);
    const leftover = left.filter(key => live.has(key));
    wrong = [...missing.map(([key]) => key), ...leftover];
    if (wrong.length === 0) return;
    if (missing.length > 0) await addTags(job, missing);
    if (leftover.length > 0) await removeTags(job, leftover);
  }
  throw new Explained(`${target.subject} does not keep its tags: ${wrong.join(', ')} — see what else changes them, then deploy again`);
}

/** What stays is nobody's any more; but where a construct id was changed and that is rolled back, it is its predecessor's again. */
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
    await untilAllowed(job, () => ecrPublic.send(new TagResourceCommand(input), { abortSignal: job.signal }));
  } catch (error) {
    if (!isNamed(error, 'TooManyTagsException')) throw error;
    throw new Explained(`${target.subject} would have more tags than the 50 that ECR allows — remove some and deploy again`, { cause: error });
  }
}

/** Takes tags off, if they are there at all. */
export async function removeTags(job: PublicJob, tagKeys: string[]): Promise<void> {
  const { target, ecrPublic } = job;
  job.progress(`removing ${tagKeys.join(', ')} from public repository '${target.name}'`);
  try {
    await untilAllowed(
      job,
      () => ecrPublic.send(new UntagResourceCommand({ resourceArn: target.arn, tagKeys }), { abortSignal: job.signal }),
      async () => {
        const live = await target.tags();
        return !tagKeys.some(key => live?.has(key));
      },
    );
  } catch (error) {
    if (!isNamed(error, 'RepositoryNotFoundException')) throw error;
  }
}
