import { markOf } from './claim';
import { emptyingOf } from './emptying';
import { refusalContext } from './refusal-context';
import { deleteReplicas, inspectReplicas, refuseOrphans, replicaArns } from './replicas';
import { teardownCommand } from './teardown-command';
import type { TeardownJob } from './teardown-job';
import { parseRepositoryArn } from '../../src/core/repository-arn';
import { checkUse, Refusal } from '../../src/core/teardown/guards';
import { TEARDOWN_HANDLER } from '../../src/core/wire/teardown';
import { connectTo } from '../shared/aws/ecr-clients';
import { isOutOfReach } from '../shared/repository/located-repository';
import { releaseMark } from '../shared/repository/mark';
import { repositoryName } from '../shared/repository/repository';
import { auditOf } from '../shared/teardown/audit';
import type { TeardownClients } from '../shared/teardown/clients';
import { deleteWithImages } from '../shared/teardown/delete';
import { emptyGuarded } from '../shared/teardown/empty-guarded';
import { checkGuards, waitForEndOfUse } from '../shared/teardown/guards';
import { findOpenRefusals } from '../shared/teardown/override-code';
import { PrivateTarget } from '../shared/teardown/private-target';
import { refuse, throwIfRefused, withWayOut } from '../shared/teardown/refusal';
import { checkCreation, confirmStackDeletion, StackDeletion } from '../shared/teardown/stack-deletion';

/** Delete: removes the images only when the whole stack is deleted, the mark is its own and no guard refuses. */
export async function tearDown(job: TeardownJob, clients: TeardownClients): Promise<void> {
  const { properties: { repositoryArn, repositoryLogicalId } } = job;
  const name = repositoryName(repositoryArn);
  if (isOutOfReach(job)) return job.log(`repository '${name}' is in another account or Region, nothing was done to it`);
  await withWayOut(job, `Repository '${name}'`, repositoryLogicalId ? [repositoryLogicalId] : [], async () =>
    tearDownAtLocation(await connectTo(job, clients, job.properties, job.request.StackId), clients));
}

async function tearDownAtLocation(job: TeardownJob, clients: TeardownClients): Promise<void> {
  const { properties: { onStackDelete, repositoryArn, guards, exceptions } } = job;
  const target = new PrivateTarget(job, repositoryArn);
  let deletion = await confirmDeletion(job, clients, target);
  const use = checkUse(guards.inUseBy, ['anything']);
  const isUseLifted = deletion !== undefined && findOpenRefusals(job.request, repositoryArn, use, deletion.override).length === 0;
  const hasWaited = deletion !== undefined && !isUseLifted
    && await waitForEndOfUse(job, clients, target, replicaArns(job), { guards, exceptions });
  // what was read before the wait may have changed
  if (hasWaited) deletion = await confirmDeletion(job, clients, target);
  if (!deletion) return;
  if (onStackDelete === 'empty') await emptyOnStackDeletion(job, clients, target, deletion);
  else await deleteOnStackDeletion(job, clients, target, deletion);
}

function confirmDeletion(job: TeardownJob, clients: TeardownClients, target: PrivateTarget): Promise<StackDeletion | undefined> {
  const { properties: { onStackDelete, repositoryArn } } = job;
  return confirmStackDeletion(job, {
    target,
    handler: TEARDOWN_HANDLER,
    reasonToKeep: onStackDelete === 'retain' ? 'its deletion policy is Retain' : undefined,
    manualCommand: onStackDelete === 'empty' ? teardownCommand(job.properties) ?? 'npx cdk-ecr-keeper teardown --help'
      : `aws ecr delete-repository --region ${parseRepositoryArn(repositoryArn)!.region} --repository-name ${target.name} --force`,
    release: stackStatus => releaseMark(job, markOf(job), stackStatus),
    onAbsence: () => refuseOrphans(job, clients),
  });
}

async function emptyOnStackDeletion(
  job: TeardownJob, clients: TeardownClients, target: PrivateTarget, deletion: StackDeletion,
): Promise<void> {
  await emptyGuarded(job, deletion, emptyingOf(job, clients, target, deletion));
  await releaseMark(job, markOf(job), deletion.stack.status);
  job.log(`repository '${target.name}' stays`);
}

async function deleteOnStackDeletion(
  job: TeardownJob, clients: TeardownClients, target: PrivateTarget, { stack, tags, override, markIsMissing }: StackDeletion,
): Promise<void> {
  const { properties: { repositoryArn, owned, guards, exceptions, audit: auditPlan }, request } = job;
  const conditions = { guards, exceptions };
  const replicas = await inspectReplicas(job, clients, target, conditions);
  const refusals: Refusal[] = [
    // nothing can be lost in an empty repository that the stack itself made
    ...await checkCreation(job, stack, async () => owned && (await target.count(0)).images === 0),
    ...await checkGuards(job, clients, target, tags, conditions),
    ...replicas.flatMap(replica => replica.refusals),
  ];
  await throwIfRefused(job, stack, override, refusalContext(job, target, 'deleted', refusals, markIsMissing));
  const audit = auditOf(job, auditPlan, clients);
  const failures = await deleteReplicas(job, replicas, audit);
  const openFailures = findOpenRefusals(request, repositoryArn, failures, override);
  // replicas are compared with the source, so it is deleted last
  if (openFailures.length > 0) {
    const context = refusalContext(job, target, 'deleted', [...refusals, ...failures], false);
    await refuse(job, stack, override, context, openFailures);
  }
  for (const { because } of failures) job.log(`repository '${target.name}' is deleted although ${because}`);
  await deleteWithImages(job, target, audit);
  job.log(`repository '${target.name}' was deleted with its images`);
}
