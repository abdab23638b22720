import type { StackResourceDetail } from '@aws-sdk/client-cloudformation';
import { deleteWithImages } from './delete';
import { emptyUnlessRefused } from './empty-unless-refused';
import { findOpenRefusals, readOverride } from './override-code';
import { refusalContext, refuse, throwIfRefused } from './refusal';
import { checkRepositoryGuards } from './repository-guards';
import type { Teardown } from './teardown';
import { checkCreation } from './unfinished-creation';
import { uncapitalize } from '../../../src/core/format';
import { markKey, markOwner } from '../../../src/core/mark';
import { checkUse, Refusal } from '../../../src/core/teardown/guards';
import type { Job } from '../protocol/job';
import { memoOf } from '../protocol/physical-id';
import {
  describeResource, hasFinishedCreation, isRollingBackNow, readStack, readStackEnd, StackEnd, StackState, statusBeforeDeletion,
} from '../protocol/stack';
import { releaseMark } from '../repository/mark';

/** Somebody removed the repository from the stack, for example with `cdk orphan`, and may rely on it. */
const LEFT_STACK: Refusal = { limit: 'leftStack', because: 'it is no longer a resource of this stack' };

/**
 * Handles the Delete of a teardown, with all checks in their order. Images are removed only if the whole stack is being deleted, the
 * repository belongs to this resource, and no guard refuses. In any other case they are kept, and the log says why.
 */
export async function tearDown(job: Job<unknown>, teardown: Teardown, mayWait = true): Promise<void> {
  const { target, handler, onStackDelete, creator, repositoryLogicalId, guards, audit, uses, replicas, checkDestinations } = teardown;
  const { request } = job;
  const isRetained = onStackDelete === 'retain';
  const log = (outcome: string) => job.log(`${uncapitalize(target.subject)} ${outcome}`);

  // 1. Does the repository exist?
  const tags = await target.tags();
  if (!tags) {
    await replicas?.refuseOrphans();
    return log('does not exist anymore');
  }

  // 2. What happens to the stack? CloudFormation sends the same request whenever it deletes a resource.
  const stack = await readStack(job);
  const end = await readEnd(job, teardown, stack, isRetained);

  // 3. Who owns the repository? A repository that CloudFormation created for the deleted stack must not be left behind without a message.
  const mark = { handler, live: tags.get(markKey(handler)) };
  const owner = markOwner(mark.live, request.StackId, request.LogicalResourceId);
  const isTheirs = owner === 'same-stack' || owner === 'other-stack';
  const resource = end === 'stays' || repositoryLogicalId === undefined ? undefined : await describeResource(job, repositoryLogicalId);
  const hasLeft = end === 'deleted' && repositoryLogicalId !== undefined && !isResource(resource, target.name);
  const isDeletedWithStack = end === 'deleted' && creator === 'cloudformation' && onStackDelete === 'delete-with-images' && !hasLeft;
  if (isTheirs && !isDeletedWithStack) {
    return log(`is not changed: its tag ${markKey(handler)} is ${mark.live}, which does not name this resource`);
  }
  const keep = async (reason: string) => {
    if (owner === 'own') await releaseMark(job, target, handler, stack.status);
    const { manualCommand, adoptCommand } = teardown;
    log(`is kept with its images: ${reason}; to delete it yourself: ${manualCommand}`
      + (adoptCommand === undefined ? '' : `; to adopt it: ${adoptCommand}`));
  };

  // 4. Is its creation rolled back? Then it is deleted if it is empty, as CloudFormation does with RetainExceptOnCreate.
  if (end === 'creation-undone' && owner === 'own') {
    if (existedBefore(job, creator, resource)) return keep('it existed before this resource');
    if (await target.removeIfEmpty()) return log('was empty and was deleted: the operation that created it is rolled back');
    if (onStackDelete !== 'delete-with-images') return keep('it holds images, although its creation is rolled back');
  }

  // 5. Is it kept?
  if (isRetained) return keep('the template retains it');
  if (end === 'stays' || (end === 'creation-undone' && owner !== 'own')) {
    return keep(`the whole stack is not being deleted (its status is ${stack.status})`);
  }

  // 6. Is it in use? The stack's own workloads are deleted at the same time. After a wait, everything is checked again.
  const override = await readOverride(job, tags);
  const isUseLifted = findOpenRefusals(request, target.arn, checkUse(guards.inUseBy, ['anything']), override).length === 0;
  if (mayWait && !isUseLifted && await uses?.waitForEnd()) return tearDown(job, teardown, false);

  // 7. May images be removed? A person can lift the refusals with a code.
  const wrongMark = owner === 'own' ? undefined : mark;
  const unfinished = await checkCreation(job, stack, end);
  const orphaned = hasLeft ? [LEFT_STACK] : [];
  if (onStackDelete === 'empty') {
    await emptyUnlessRefused(job, teardown, { tags, override, wrongMark, stack, refusals: [...orphaned, ...unfinished] });
    await releaseMark(job, target, handler, stack.status);
    return log('is kept');
  }
  // an empty repository that the stack itself created holds nothing to protect
  const isEmpty = unfinished.length > 0 && !existedBefore(job, creator, resource) && (await target.count(0)).images === 0;
  const ofReplicas = await replicas?.inspect() ?? [];
  const ofDestinations = await checkDestinations?.() ?? [];
  const ofGuards = await checkRepositoryGuards(target, tags, teardown, await uses?.find());
  const refusals = [...orphaned, ...isEmpty ? [] : unfinished, ...ofGuards, ...ofReplicas, ...ofDestinations];
  await throwIfRefused(job, stack, override, refusalContext(teardown, 'deleted', refusals, wrongMark));

  // 8. No refusal is left. Replicas are compared with the repository, so it is deleted last.
  const failures = await replicas?.delete() ?? [];
  const openFailures = findOpenRefusals(request, target.arn, failures, override);
  if (openFailures.length > 0) {
    await refuse(job, stack, override, refusalContext(teardown, 'deleted', [...refusals, ...failures]), openFailures);
  }
  for (const { because } of failures) log(`is deleted although ${because}`);
  if (!isEmpty) await deleteWithImages(job, target, audit);
  else if (!await target.removeIfEmpty()) await refuse(job, stack, override, refusalContext(teardown, 'deleted', unfinished), unfinished);
  log('was deleted with its images');
}

/** Whether the repository existed before the resource, so that a rollback must not delete it. */
function existedBefore(job: Job<unknown>, creator: Teardown['creator'], resource: StackResourceDetail | undefined): boolean {
  if (creator === 'handler') return memoOf(job.request) !== undefined;
  return creator === 'others' || wasImported(resource);
}

/**
 * Whether a resource of the stack is this repository. An earlier failed deletion may have skipped it, as CloudFormation may do with the
 * dependencies of a failed resource (cloudformation-coverage-roadmap issue 852).
 */
function isResource(resource: StackResourceDetail | undefined, name: string): boolean {
  return resource?.PhysicalResourceId === name && resource.ResourceStatus !== 'DELETE_COMPLETE';
}

/**
 * Whether CloudFormation imported a resource into a stack that was never updated since. An import ends as IMPORT_COMPLETE, or
 * as UPDATE_COMPLETE if it applies stack-level tags.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
 */
function wasImported(resource: StackResourceDetail | undefined): boolean {
  return resource?.ResourceStatus !== undefined && !resource.ResourceStatus.startsWith('CREATE_');
}

/** Returns what the operation of CloudFormation means for the repository. */
async function readEnd(
  job: Job<unknown>, { creator, onStackDelete }: Teardown, stack: StackState, isRetained: boolean,
): Promise<StackEnd> {
  if (creator === 'handler') {
    // during a rollback, CloudFormation deletes only what the same operation created
    if (isRollingBackNow(stack.status)) return 'creation-undone';
    if (isRetained && stack.status === 'DELETE_IN_PROGRESS') {
      const formerStatus = await statusBeforeDeletion(job, job.request.StackId, stack);
      if (formerStatus !== undefined && !hasFinishedCreation(formerStatus)) return 'creation-undone';
    }
  }
  // whatever happens to the stack
  if (isRetained && creator !== 'handler') return 'stays';
  const end = await readStackEnd(job, stack);
  const isUndone = creator === 'handler' || (creator === 'cloudformation' && onStackDelete === 'delete-with-images');
  return end === 'creation-undone' && !isUndone ? 'stays' : end;
}
