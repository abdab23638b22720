import { findRepositories, Found } from './find-repositories';
import { prefixCommand } from './prefix-command';
import { NO_EXCEPTIONS } from '../../src/core/images/kept-images';
import { examples, Refusal } from '../../src/core/teardown/guards';
import type { PrefixTeardownProperties } from '../../src/core/wire/prefix-teardown';
import { TEARDOWN_CODE_TAG } from '../../src/core/wire/teardown';
import { Explained } from '../shared/protocol/errors';
import type { Job } from '../shared/protocol/job';
import { readStack, StackState, wholeStackGoes } from '../shared/protocol/stack';
import { Audit, auditOf } from '../shared/teardown/audit';
import type { TeardownClients } from '../shared/teardown/clients';
import { deleteWithImages } from '../shared/teardown/delete';
import { askGuards } from '../shared/teardown/guards';
import { FoundUses, findUses, waitUntilUnused } from '../shared/teardown/image-use';
import { throwIfRefused, tellingWayOut } from '../shared/teardown/refusal';
import { unfinishedCreation } from '../shared/teardown/stack-deletion';

type PrefixJob = Job<PrefixTeardownProperties>;

/** Delete: removes the repositories that carry the tag only when the whole stack goes and no guard refuses. The list is in the log first. */
export async function tearDownPrefix(job: PrefixJob, clients: TeardownClients): Promise<void> {
  const { properties: { prefix } } = job;
  await tellingWayOut(job, `Repositories under '${prefix}'`, [], async () => {
    const stack = await readStack(job);
    if (await wholeStackGoes(job, stack)) return deleteAllUnder(job, clients, stack);
    job.log(`the repositories under '${prefix}' stay: the whole stack is not being deleted (it is ${stack.status})`);
  });
}

async function deleteAllUnder(job: PrefixJob, clients: TeardownClients, stack: StackState): Promise<void> {
  const { properties: { prefix, audit, guards: { inUseBy } } } = job;
  let { found, unreachable } = await findRepositories(job, clients);
  const hasWaited = await waitUntilUnused(job, clients, inUseBy, found.map(({ target: { arn } }) => arn), () => true);
  if (hasWaited) ({ found, unreachable } = await findRepositories(job, clients));
  job.log(`under '${prefix}' go: ${found.map(({ target: { name }, region }) => `${name} in ${region}`).join(', ') || 'none'}`);
  if (found.length > 0) {
    // tagged last, gone last: what lifts a refusal must be there for the next try
    const bearer = found[found.length - 1];
    throwIfRefused(job, stack, bearer.tags, {
      subject: `What is under '${prefix}'`,
      arn: `prefix ${prefix}`,
      taggedArn: bearer.target.arn,
      done: 'deleted',
      service: 'ecr',
      region: bearer.region,
      refusals: [...await unfinishedCreation(job, stack, async () => false), ...tooMany(job, found), ...await askAll(job, clients, found)],
      logicalIds: [],
    });
  }
  const failures = await deleteAll(job, found, unreachable, auditOf(job, audit, clients));
  if (failures.length > 0) {
    throw new Explained(`Repositories under '${prefix}' are left: ${examples(failures)} — mend this, then delete the stack again; what could be reached is deleted`);
  }
}

function tooMany({ properties }: PrefixJob, found: readonly Found[]): Refusal[] {
  const { maxRepositories } = properties;
  if (found.length <= maxRepositories) return [];
  const command = prefixCommand(properties, found.length);
  return [{
    limit: `maxRepositories=${maxRepositories}`,
    because: `there are ${found.length} repositories, more than its maxRepositories of ${maxRepositories}`
      + (command === undefined ? '' : ` (to look first, and delete them with progress: ${command})`),
  }];
}

/** What runs is read once for each Region, not for each repository. */
async function askAll(job: PrefixJob, clients: TeardownClients, found: readonly Found[]): Promise<Refusal[]> {
  const { properties: { guards } } = job;
  const seen = new Map<string, FoundUses>();
  const refusals = new Array<Refusal>();
  for (const { target, tags, region } of found) {
    if (guards.inUseBy.length > 0 && !seen.has(region)) seen.set(region, await findUses(job, clients, guards.inUseBy, target.arn));
    const asked = await askGuards(job, clients, target, tags, { guards, exceptions: NO_EXCEPTIONS, seen: seen.get(region) });
    const where = `${target.name} in ${region}`;
    refusals.push(...asked.map(({ limit, because }) => ({ limit: `${limit} of ${where}`, general: limit, because: `${where}: ${because}` })));
  }
  return refusals;
}

async function deleteAll(job: PrefixJob, found: readonly Found[], unreachable: readonly string[], audit: Audit): Promise<string[]> {
  const failures = [...unreachable];
  for (const [index, { target, region }] of found.entries()) {
    if (failures.length > 0 && index === found.length - 1 && found[index].tags.has(TEARDOWN_CODE_TAG)) break;
    try {
      await deleteWithImages(job, target, audit);
      job.log(`repository '${target.name}' in ${region} was deleted with its images`);
    } catch (error) {
      if (job.signal.aborted) throw error;
      failures.push(`${target.name} in ${region}: ${(error as Error).message || (error as Error).name}`);
    }
  }
  return failures;
}
