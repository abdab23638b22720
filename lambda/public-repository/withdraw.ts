import { DeleteRepositoryCommand, DescribeRepositoriesCommand } from '@aws-sdk/client-ecr-public';
import { emptyAtTheEnd } from './empty';
import { byHand, MARK, PublicJob } from './public-job';
import { deleteAtTheEnd } from './remove';
import { releaseMark } from './tags';
import { markOwner } from '../../src/core/mark';
import { PUBLIC_REPOSITORY_HANDLER } from '../../src/core/wire/public-repository';
import { untilAllowed } from '../shared/aws/until-allowed';
import { isNamed } from '../shared/protocol/errors';
import { memoOf } from '../shared/protocol/physical-id';
import { finishedCreation, isRollingBackNow, readStack, StackState, statusBeforeDeletion } from '../shared/protocol/stack';
import { confirmGone } from '../shared/teardown/removal';
import { confirmStackDeletion } from '../shared/teardown/stack-deletion';

/** Delete: what a failed operation made is taken back; else the images go only with the whole stack, and only if a teardown says so. */
export async function withdraw(job: PublicJob): Promise<void> {
  const { properties: { onStackDelete }, target } = job;
  const now = await readStack(job);
  if (await isTakenBack(job, now)) return takeBack(job, now.status);
  const going = await confirmStackDeletion(job, {
    target,
    handler: PUBLIC_REPOSITORY_HANDLER,
    staysBecause: onStackDelete === 'retain' ? 'it has no teardown that says otherwise' : undefined,
    byHand: byHand(job),
    release: status => releaseMark(job, status),
  });
  if (!going) return;
  if (onStackDelete === 'empty') await emptyAtTheEnd(job, going);
  else await deleteAtTheEnd(job, going);
}

/** CloudFormation deletes while it rolls back only what the same operation created; and a first deployment that failed may be deleted whole. */
async function isTakenBack(job: PublicJob, { status, rootId }: StackState): Promise<boolean> {
  if (isRollingBackNow(status)) return true;
  // a nested stack that goes while its root rolls back was made by what is rolled back
  if (status === 'DELETE_IN_PROGRESS' && rootId !== undefined && rootId !== job.request.StackId) {
    const root = await readStack(job, rootId).catch(() => undefined);
    if (root && isRollingBackNow(root.status)) return true;
  }
  if (status !== 'DELETE_IN_PROGRESS' || job.properties.onStackDelete !== 'retain') return false;
  const before = await statusBeforeDeletion(job, job.request.StackId);
  return before !== undefined && !finishedCreation(before);
}

/** As RetainExceptOnCreate of native resources: deleted while it is empty, whatever the teardown. */
async function takeBack(job: PublicJob, stackStatus: string): Promise<void> {
  const { target, request } = job;
  const { name } = target;
  const tags = await target.tags();
  if (!tags) return job.log(`public repository '${name}' is gone already`);
  if (markOwner(tags.get(MARK), request.StackId, request.LogicalResourceId) !== 'own') {
    return job.log(`public repository '${name}' is left alone: its tag ${MARK} ${tags.has(MARK) ? `names ${tags.get(MARK)}, not this resource` : 'is gone'}`);
  }
  if (memoOf(request) !== undefined) {
    await releaseMark(job, stackStatus);
    return job.log(`public repository '${name}' is kept: it was there before this resource`);
  }
  if (await deleteIfEmpty(job)) return job.log(`public repository '${name}', made by the operation that is taken back, was deleted`);
  await releaseMark(job, stackStatus);
  job.log(`public repository '${name}' is kept although its creation is taken back: it holds images; to delete it by hand: ${byHand(job)}`);
}

/** ECR itself refuses to delete one that holds images, so that nothing can come in between. */
async function deleteIfEmpty(job: PublicJob): Promise<boolean> {
  const { target, ecrPublic } = job;
  const options = { abortSignal: job.signal };
  job.progress(`deleting public repository '${target.name}', if it is empty`);
  try {
    await untilAllowed(
      job, () => ecrPublic.send(new DeleteRepositoryCommand({ repositoryName: target.name }), options), async () => await target.tags() === undefined,
    );
  } catch (error) {
    if (isNamed(error, 'RepositoryNotFoundException')) return true;
    if (isNamed(error, 'RepositoryNotEmptyException')) return false;
    throw error;
  }
  await confirmGone(job, target.subject, async () => {
    await untilAllowed(job, () => ecrPublic.send(new DescribeRepositoriesCommand({ repositoryNames: [target.name] }), options));
  }, true);
  return true;
}
