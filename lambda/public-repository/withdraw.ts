import { DeleteRepositoryCommand } from '@aws-sdk/client-ecr-public';
import { emptyOnStackDeletion } from './empty';
import { deletionCommand, MARK, PublicJob } from './public-job';
import { deleteOnStackDeletion } from './remove';
import { releaseMark } from './tags';
import { markOwner } from '../../src/core/mark';
import { PUBLIC_REPOSITORY_HANDLER } from '../../src/core/wire/public-repository';
import { sendCommand } from '../shared/aws/send-command';
import { isNamed, isRepositoryMissing } from '../shared/protocol/errors';
import { memoOf } from '../shared/protocol/physical-id';
import { hasFinishedCreation, isRollingBackNow, readStack, StackState, statusBeforeDeletion } from '../shared/protocol/stack';
import { confirmStackDeletion } from '../shared/teardown/stack-deletion';

/**
 * Delete: undoes the creation by a failed operation. Otherwise the images are removed only with the whole stack, and only if a teardown
 * says so.
 */
export async function withdraw(job: PublicJob): Promise<void> {
  const { properties: { onStackDelete }, target } = job;
  const stack = await readStack(job);
  if (await isCreationUndone(job, stack)) return undoCreation(job, stack.status);
  const deletion = await confirmStackDeletion(job, {
    target,
    handler: PUBLIC_REPOSITORY_HANDLER,
    reasonToKeep: onStackDelete === 'retain' ? 'it has no teardown that says otherwise' : undefined,
    manualCommand: deletionCommand(job),
    release: status => releaseMark(job, status),
  });
  if (!deletion) return;
  if (onStackDelete === 'empty') await emptyOnStackDeletion(job, deletion);
  else await deleteOnStackDeletion(job, deletion);
}

/**
 * CloudFormation deletes while it rolls back only what the same operation created; and a first deployment that failed may be deleted whole.
 */
async function isCreationUndone(job: PublicJob, stack: StackState): Promise<boolean> {
  const { status, rootId } = stack;
  if (isRollingBackNow(status)) return true;
  // a nested stack that is deleted while its root rolls back was made by what is rolled back
  if (status === 'DELETE_IN_PROGRESS' && rootId !== undefined && rootId !== job.request.StackId) {
    const root = await readStack(job, rootId).catch(() => undefined);
    if (root && isRollingBackNow(root.status)) return true;
  }
  if (status !== 'DELETE_IN_PROGRESS' || job.properties.onStackDelete !== 'retain') return false;
  const formerStatus = await statusBeforeDeletion(job, job.request.StackId, stack);
  return formerStatus !== undefined && !hasFinishedCreation(formerStatus);
}

/** As RetainExceptOnCreate of native resources: the repository is deleted while it is empty, whatever the teardown. */
async function undoCreation(job: PublicJob, stackStatus: string): Promise<void> {
  const { target, request } = job;
  const { name } = target;
  const tags = await target.tags();
  if (!tags) return job.log(`public repository '${name}' is gone already`);
  if (markOwner(tags.get(MARK), request.StackId, request.LogicalResourceId) !== 'own') {
    return job.log(`public repository '${name}' is left alone:`
      + ` its tag ${MARK} ${tags.has(MARK) ? `names ${tags.get(MARK)}, not this resource` : 'is gone'}`);
  }
  if (memoOf(request) !== undefined) {
    await releaseMark(job, stackStatus);
    return job.log(`public repository '${name}' is kept: it was there before this resource`);
  }
  if (await deleteIfEmpty(job)) return job.log(`public repository '${name}', made by the operation that is undone, was deleted`);
  await releaseMark(job, stackStatus);
  job.log(`public repository '${name}' is kept although its creation is undone: it holds images; to delete it by hand:`
    + ` ${deletionCommand(job)}`);
}

/** ECR itself refuses to delete a repository that holds images, so that no push can come in between. */
async function deleteIfEmpty(job: PublicJob): Promise<boolean> {
  const { target, ecrPublic } = job;
  job.progress(`deleting public repository '${target.name}', if it is empty`);
  try {
    await sendCommand(
      job, ecrPublic, DeleteRepositoryCommand, { repositoryName: target.name }, async () => await target.tags() === undefined,
    );
  } catch (error) {
    if (isRepositoryMissing(error)) return true;
    if (isNamed(error, 'RepositoryNotEmptyException')) return false;
    throw error;
  }
  await target.confirmGone();
  return true;
}
