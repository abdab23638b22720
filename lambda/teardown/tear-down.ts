import { markOf } from './claim';
import { emptyGuarded } from './empty-guarded';
import { inPlace } from './place';
import { refusalOf } from './refusal-of';
import { deleteReplicas, replicasOf } from './replicas';
import type { TeardownJob } from './teardown-job';
import { parseRepositoryArn } from '../../src/core/repository-arn';
import type { Refusal } from '../../src/core/teardown/guards';
import { TEARDOWN_HANDLER } from '../../src/core/wire/teardown';
import { Explained } from '../shared/errors';
import { releaseMark } from '../shared/mark';
import { isElsewhere } from '../shared/target';
import { auditOf } from '../shared/teardown/audit';
import type { TeardownClients } from '../shared/teardown/clients';
import { deleteWithImages } from '../shared/teardown/delete';
import { Going, goesWithStack, unfinishedCreation } from '../shared/teardown/going';
import { askGuards, PATIENCE_FOR_USE } from '../shared/teardown/guards';
import { PrivateTarget } from '../shared/teardown/private-target';
import { heed } from '../shared/teardown/refusal';

/** Delete: removes the images only when the whole stack goes, the mark is its own and no guard refuses. */
export async function tearDown(given: TeardownJob, clients: TeardownClients): Promise<void> {
  const { properties: { onStackDelete, repositoryArn } } = given;
  const { region, repositoryName } = parseRepositoryArn(repositoryArn)!;
  if (isElsewhere(given)) return given.log(`repository '${repositoryName}' is in another account, nothing was done to it`);
  const job = await inPlace(given, clients);
  const target = new PrivateTarget(job, repositoryArn);
  const going = await goesWithStack(job, {
    target,
    handler: TEARDOWN_HANDLER,
    staysBecause: onStackDelete === 'retain' ? 'its deletion policy is Retain' : undefined,
    byHand: `aws ecr delete-repository --region ${region} --repository-name ${repositoryName} --force`,
    release: stackStatus => releaseMark(job, markOf(job), stackStatus),
  });
  if (!going) return;
  if (onStackDelete === 'empty') await emptyAtTheEnd(job, clients, target, going);
  else await deleteAtTheEnd(job, clients, target, going);
}

async function emptyAtTheEnd(job: TeardownJob, clients: TeardownClients, target: PrivateTarget, going: Going): Promise<void> {
  await emptyGuarded(job, clients, target, { ...going, patienceForUse: PATIENCE_FOR_USE });
  await releaseMark(job, markOf(job), going.stack.status);
  job.log(`repository '${target.name}' stays`);
}

async function deleteAtTheEnd(job: TeardownJob, clients: TeardownClients, target: PrivateTarget, going: Going): Promise<void> {
  const { stack, tags, markIsMissing } = going;
  const { properties: { owned, guards, exceptions } } = job;
  const question = { guards, exceptions, patienceForUse: PATIENCE_FOR_USE };
  const replicas = await replicasOf(job, clients, target, question);
  const refusals: Refusal[] = [
    // of an empty repository that the stack itself made nothing can be lost
    ...await unfinishedCreation(job, stack, async () => owned && (await target.count(0)).images === 0),
    ...await askGuards(job, clients, target, tags, question),
    ...replicas.flatMap(replica => replica.refusals),
  ];
  heed(job, stack, tags, refusalOf(job, target, 'deleted', refusals, markIsMissing));
  const audit = auditOf(job, job.properties.audit, clients);
  const failures = await deleteReplicas(job, replicas, audit);
  if (failures.length > 0) {
    throw new Explained(`${target.subject} was not deleted yet, since its replicas could not be: ${failures.join('; ')} — mend this, then delete the stack again;`
      + ' what could be reached is deleted');
  }
  await deleteWithImages(job, target, audit);
  job.log(`repository '${target.name}' was deleted with its images`);
}
