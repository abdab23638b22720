import { findRepositories, PrefixRepository, PrefixSearch } from './find-repositories';
import { prefixCommand } from './prefix-command';
import { NO_EXCEPTIONS } from '../../src/core/images/kept-images';
import { examples, Refusal } from '../../src/core/teardown/guards';
import type { PrefixTeardownProperties } from '../../src/core/wire/prefix-teardown';
import { TEARDOWN_CODE_TAG } from '../../src/core/wire/teardown';
import { findUses } from '../shared/in-use/find-uses';
import type { UseLookup } from '../shared/in-use/reference';
import { messageWithLimit } from '../shared/protocol/denial';
import { toSentence, UserError } from '../shared/protocol/errors';
import type { Job } from '../shared/protocol/job';
import { readStack, StackState, isStackDeletion } from '../shared/protocol/stack';
import { Audit, auditOf } from '../shared/teardown/audit';
import type { TeardownClients } from '../shared/teardown/clients';
import { deleteWithImages } from '../shared/teardown/delete';
import { DestinationGuards } from '../shared/teardown/destination-guards';
import { checkGuards } from '../shared/teardown/guards';
import { waitUntilUnused } from '../shared/teardown/image-use';
import { readOverride } from '../shared/teardown/override-code';
import { throwIfRefused, withWayOut } from '../shared/teardown/refusal';
import { checkCreation } from '../shared/teardown/unfinished-creation';

type PrefixJob = Job<PrefixTeardownProperties>;

/**
 * Delete: deletes the repositories that carry the tag, but only if the whole stack is being deleted and no guard refuses. The log lists
 * them first.
 */
export async function tearDownPrefix(job: PrefixJob, clients: TeardownClients): Promise<void> {
  const { properties: { prefix } } = job;
  await withWayOut(job, `Repositories under '${prefix}'`, async () => {
    const stack = await readStack(job);
    if (await isStackDeletion(job, stack)) return deleteAllUnder(job, clients, stack);
    job.log(`the repositories under '${prefix}' are kept: the whole stack is not being deleted (its status is ${stack.status})`);
  }, 'them');
}

async function deleteAllUnder(job: PrefixJob, clients: TeardownClients, stack: StackState): Promise<void> {
  const { properties: { prefix, audit } } = job;
  const { repositories, failures: unseen } = await findUnusedRepositories(job, clients);
  const names = repositories.map(({ target: { name }, region }) => `${name} in ${region}`);
  job.log(names.length === 0 ? `there is no repository to delete under '${prefix}'`
    : `repositories to delete under '${prefix}': ${names.join(', ')}`);
  if (repositories.length > 0) {
    // the code that lifts a refusal is a tag of the repository that is deleted last, so that the next attempt finds it
    const codeBearer = repositories[repositories.length - 1];
    await throwIfRefused(job, stack, await readOverride(job, codeBearer.tags), {
      subject: `Repositories under '${prefix}'`,
      isPlural: true,
      arn: `prefix ${prefix}`,
      bearer: codeBearer.target,
      outcome: 'deleted',
      refusals: [
        ...await checkCreation(job, stack, 'deleted'),
        ...checkRepositoryCount(job, repositories),
        ...await checkAllGuards(job, clients, repositories),
      ],
    });
  }
  const failures = [
    ...unseen,
    ...await deleteAll(job, repositories, unseen.length > 0, auditOf(job, audit, clients)),
  ];
  if (failures.length > 0) {
    for (const failure of failures) job.log(`not deleted: ${failure}`);
    throw new UserError(`Repositories under '${prefix}' were not all deleted: ${toSentence(examples(failures))} Fix the cause, then delete`
      + ' the stack again. The repositories that could be reached are deleted.');
  }
}

async function findUnusedRepositories(job: PrefixJob, clients: TeardownClients): Promise<PrefixSearch> {
  const search = await findRepositories(job, clients);
  const { properties: { guards: { inUseBy } } } = job;
  const hasWaited = await waitUntilUnused(job, clients, inUseBy, search.repositories.map(({ target: { arn } }) => arn), () => true);
  return hasWaited ? findRepositories(job, clients) : search;
}

function checkRepositoryCount({ properties }: PrefixJob, repositories: readonly PrefixRepository[]): Refusal[] {
  const { maxRepositories } = properties;
  if (repositories.length <= maxRepositories) return [];
  const command = prefixCommand(properties, repositories.length);
  return [{
    limit: `maxRepositories=${maxRepositories}`,
    because: `there are ${repositories.length} repositories, more than its maxRepositories of ${maxRepositories}`
      + (command === undefined ? '' : ` (to list them first, and then delete them from a terminal: ${command})`),
  }];
}

/** The workloads and replication rules are read once for each Region, not for each repository. */
async function checkAllGuards(job: PrefixJob, clients: TeardownClients, repositories: readonly PrefixRepository[]): Promise<Refusal[]> {
  const { properties: { guards } } = job;
  const lookups = new Map<string, UseLookup>();
  const registries = new Map<string, DestinationGuards>();
  const all = new Array<Refusal>();
  for (const { target, tags, region } of repositories) {
    if (guards.inUseBy.length > 0 && !lookups.has(region)) lookups.set(region, await findUses(job, clients, guards.inUseBy, target.arn));
    const registry = registries.get(region) ?? new DestinationGuards({ ...job, ecr: clients.ecr({ region }) }, clients, guards);
    registries.set(region, registry);
    const isChecked = (other: string) => repositories.some(each => each.region === other && each.target.name === target.name);
    const refusals = [
      ...await checkGuards(job, clients, target, tags, { guards, exceptions: NO_EXCEPTIONS, lookup: lookups.get(region) }),
      ...await registry.check(target.arn, { isChecked }),
    ];
    const where = `${target.name} in ${region}`;
    all.push(...refusals.map(({ limit, because }) => ({ limit: `${limit} of ${where}`, general: limit, because: `${where}: ${because}` })));
  }
  return all;
}

/** @returns the repositories that could not be deleted, and why */
async function deleteAll(
  job: PrefixJob, repositories: readonly PrefixRepository[], isUnseen: boolean, audit: Audit,
): Promise<string[]> {
  const failures = new Array<string>();
  for (const [index, { target, region, tags, findOwner }] of repositories.entries()) {
    const isIncomplete = isUnseen || failures.length > 0;
    if (isIncomplete && index === repositories.length - 1 && tags.has(TEARDOWN_CODE_TAG)) break;
    try {
      // a stack may have taken it over since it was listed
      const owner = await findOwner();
      if (owner === undefined) await deleteWithImages(job, target, audit);
      job.log(`repository '${target.name}' in ${region} ${owner === undefined ? 'was deleted with its images' : `is kept: ${owner}`}`);
    } catch (error) {
      if (job.signal.aborted) throw error;
      failures.push(`${target.name} in ${region}: ${messageWithLimit(error)}`);
    }
  }
  return failures;
}
