import { markOf } from './claim';
import { emptyingOf } from './emptying';
import { refusalOf } from './refusal-of';
import { deleteReplicas, refuseOrphans, replicaArns, replicasOf } from './replicas';
import { teardownCommand } from './teardown-command';
import type { TeardownJob } from './teardown-job';
import { parseRepositoryArn } from '../../src/core/repository-arn';
import { inUse, Refusal } from '../../src/core/teardown/guards';
import { TEARDOWN_HANDLER } from '../../src/core/wire/teardown';
import { atLocation } from '../shared/aws/location';
import { isOutOfReach } from '../shared/repository/located-repository';
import { releaseMark } from '../shared/repository/mark';
import { repositoryName } from '../shared/repository/repository';
import { auditOf } from '../shared/teardown/audit';
import type { TeardownClients } from '../shared/teardown/clients';
import { deleteWithImages } from '../shared/teardown/delete';
import { emptyGuarded } from '../shared/teardown/empty-guarded';
import { askGuards, waitForUse } from '../shared/teardown/guards';
import { PrivateTarget } from '../shared/teardown/private-target';
import { throwIfRefused, refused, tellingWayOut, unanswered } from '../shared/teardown/refusal';
import { StackDeletion, confirmStackDeletion, unfinishedCreation } from '../shared/teardown/stack-deletion';

/** Delete: removes the images only when the whole stack goes, the mark is its own and no guard refuses. */
export async function tearDown(given: TeardownJob, clients: TeardownClients): Promise<void> {
  const { properties: { onStackDelete, repositoryArn, repositoryLogicalId, guards, exceptions } } = given;
  if (isOutOfReach(given)) return given.log(`repository '${repositoryName(repositoryArn)}' is in another account or Region, nothing was done to it`);
  await tellingWayOut(given, `Repository '${repositoryName(repositoryArn)}'`, repositoryLogicalId ? [repositoryLogicalId] : [], async () => {
    const job = await atLocation(given, clients, given.properties, given.request.StackId);
    const target = new PrivateTarget(job, repositoryArn);
    let going = await goes(job, clients, target);
    const use = inUse(guards.inUseBy, ['anything']);
    const isAnswered = going !== undefined && unanswered(job.request, repositoryArn, use, going.tags).length === 0;
    // what was looked at before may have changed while something was waited for
    const hasWaited = going !== undefined && !isAnswered && await waitForUse(job, clients, target, replicaArns(job), { guards, exceptions });
    if (hasWaited) going = await goes(job, clients, target);
    if (!going) return;
    if (onStackDelete === 'empty') await emptyAtTheEnd(job, clients, target, going);
    else await deleteAtTheEnd(job, clients, target, going);
  });
}

function goes(job: TeardownJob, clients: TeardownClients, target: PrivateTarget): Promise<StackDeletion | undefined> {
  const { properties: { onStackDelete, repositoryArn } } = job;
  return confirmStackDeletion(job, {
    target,
    handler: TEARDOWN_HANDLER,
    staysBecause: onStackDelete === 'retain' ? 'its deletion policy is Retain' : undefined,
    byHand: onStackDelete === 'empty' ? teardownCommand(job.properties) ?? 'npx cdk-ecr-keeper teardown --help'
      : `aws ecr delete-repository --region ${parseRepositoryArn(repositoryArn)!.region} --repository-name ${target.name} --force`,
    release: stackStatus => releaseMark(job, markOf(job), stackStatus),
    ifGone: () => refuseOrphans(job, clients),
  });
}

async function emptyAtTheEnd(job: TeardownJob, clients: TeardownClients, target: PrivateTarget, going: StackDeletion): Promise<void> {
  await emptyGuarded(job, going, emptyingOf(job, clients, target, going));
  await releaseMark(job, markOf(job), going.stack.status);
  job.log(`repository '${target.name}' stays`);
}

async function deleteAtTheEnd(job: TeardownJob, clients: TeardownClients, target: PrivateTarget, going: StackDeletion): Promise<void> {
  const { stack, tags, markIsMissing } = going;
  const { properties: { repositoryArn, owned, guards, exceptions, audit: auditPlan }, request } = job;
  const question = { guards, exceptions };
  const replicas = await replicasOf(job, clients, target, question);
  const refusals: Refusal[] = [
    // of an empty repository that the stack itself made nothing can be lost
    ...await unfinishedCreation(job, stack, async () => owned && (await target.count(0)).images === 0),
    ...await askGuards(job, clients, target, tags, question),
    ...replicas.flatMap(replica => replica.refusals),
  ];
  throwIfRefused(job, stack, tags, refusalOf(job, target, 'deleted', refusals, markIsMissing));
  const audit = auditOf(job, auditPlan, clients);
  const failures = await deleteReplicas(job, replicas, audit);
  const open = unanswered(request, repositoryArn, failures, tags);
  // the source is what replicas are compared with, so it goes last
  if (open.length > 0) throw refused(job, stack, refusalOf(job, target, 'deleted', [...refusals, ...failures], false), open);
  for (const { because } of failures) job.log(`repository '${target.name}' is deleted although ${because}`);
  await deleteWithImages(job, target, audit);
  job.log(`repository '${target.name}' was deleted with its images`);
}
