import { MARK, PublicJob } from './public-job';
import { markValue } from '../../src/core/mark';
import { PublicRepositoryProperties } from '../../src/core/wire/public-repository';
import { ECR_PUBLIC_PATIENCE, readBack } from '../shared/aws/read-back';
import { UserError } from '../shared/protocol/errors';

/** Returns the mark and the tags of the template. */
export function templateTags({ request, properties: { tags } }: PublicJob): Map<string, string> {
  return new Map([[MARK, markValue(request.StackId, request.LogicalResourceId)], ...Object.entries(tags)]);
}

export function missingTags(job: PublicJob, live: ReadonlyMap<string, string>): Array<[string, string]> {
  return [...templateTags(job)].filter(([key, value]) => live.get(key) !== value);
}

/** Sets missing tags, removes tags that left the template, and reads the result back. Never changes tags of others. */
export async function settleTags(job: PublicJob, old: PublicRepositoryProperties | undefined): Promise<void> {
  const { target } = job;
  const tags = templateTags(job);
  const obsoleteKeys = Object.keys(old?.tags ?? {}).filter(key => !tags.has(key));
  let wrongKeys = [...tags.keys()];
  let isWritten = false;
  const isSettled = await readBack(job, ECR_PUBLIC_PATIENCE, `the tags of public repository '${target.name}'`, async () => {
    const live = await target.tags();
    if (!live) return false; // a repository that was just created may take a while to become visible
    const tagsToAdd = missingTags(job, live);
    const keysToRemove = obsoleteKeys.filter(key => live.has(key));
    wrongKeys = [...tagsToAdd.map(([key]) => key), ...keysToRemove];
    if (wrongKeys.length === 0) return true;
    if (isWritten) return false;
    if (tagsToAdd.length > 0) await target.addTags(tagsToAdd);
    if (keysToRemove.length > 0) await target.untag(keysToRemove);
    isWritten = true;
    return false;
  });
  if (isSettled) return;
  throw new UserError(`${target.subject}: ECR Public does not return its tags ${ECR_PUBLIC_PATIENCE / 1_000} seconds after they were`
    + ` written: ${wrongKeys.join(', ')}. Deploy again. If that does not help, check whether somebody else changes them.`);
}
