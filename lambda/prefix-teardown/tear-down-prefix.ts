import { findRepositories, Found } from './found';
import { NO_EXCEPTIONS } from '../../src/core/images/kept-images';
import { examples, Refusal } from '../../src/core/teardown/guards';
import type { PrefixTeardownProperties } from '../../src/core/wire/prefix-teardown';
import { Explained } from '../shared/errors';
import type { Job } from '../shared/job';
import { readStack, wholeStackGoes } from '../shared/stack';
import { Audit, auditOf } from '../shared/teardown/audit';
import type { TeardownClients } from '../shared/teardown/clients';
import { deleteWithImages } from '../shared/teardown/delete';
import { unfinishedCreation } from '../shared/teardown/going';
import { askGuards, PATIENCE_FOR_USE } from '../shared/teardown/guards';
import { heed } from '../shared/teardown/refusal';

type PrefixJob = Job<PrefixTeardownProperties>;

/** Delete: removes the repositories that carry the tag only when the whole stack goes and no guard refuses. The list is in the log first. */
export async function tearDownPrefix(job: PrefixJob, clients: TeardownClients): Promise<void> {
  const { properties: { prefix, audit } } = job;
  const stack = await readStack(job);
  if (!await wholeStackGoes(job, stack)) {
    return job.log(`the repositories under '${prefix}' stay: the whole stack is not being deleted (it is ${stack.status})`);
  }
  const { found, unreachable } = await findRepositories(job, clients);
  job.log(`under '${prefix}' go: ${found.map(({ target: { name }, region }) => `${name} in ${region}`).join(', ') || 'none'}`);
  if (found.length > 0) {
    // tagged last, gone last: what lifts a refusal must be there for the next try
    const bearer = found[found.length - 1];
    heed(job, stack, bearer.tags, {
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
  const failures = [...unreachable, ...await deleteAll(job, found, auditOf(job, audit, clients))];
  if (failures.length > 0) {
    throw new Explained(`Repositories under '${prefix}' are left: ${examples(failures)} — mend this, then delete the stack again; what could be reached is deleted`);
  }
}

function tooMany({ properties: { maxRepositories, prefix, guards: { requireTag: { key, value } } } }: PrefixJob, found: readonly Found[]): Refusal[] {
  if (found.length <= maxRepositories) return [];
  const regions = [...new Set(found.map(({ region }) => `--region ${region}`))].join(' ');
  return [{
    limit: `maxRepositories=${maxRepositories}`,
    because: `there are ${found.length} repositories, more than its maxRepositories of ${maxRepositories} (to look first, and delete them with progress:`
      + ` npx cdk-ecr-keeper teardown --prefix ${prefix} --require-tag ${key}=${value} ${regions} --max-repositories ${found.length} --dry-run)`,
  }];
}

/** The limits are the same for all; a code stays good while one repository after the other goes. */
async function askAll(job: PrefixJob, clients: TeardownClients, found: readonly Found[]): Promise<Refusal[]> {
  const question = { guards: job.properties.guards, exceptions: NO_EXCEPTIONS, patienceForUse: PATIENCE_FOR_USE };
  const refusals = new Array<Refusal>();
  for (const { target, tags, region } of found) {
    const asked = await askGuards(job, clients, target, tags, question);
    refusals.push(...asked.map(({ limit, because }) => ({ limit, because: `${target.name} in ${region}: ${because}` })));
  }
  return refusals;
}

async function deleteAll(job: PrefixJob, found: readonly Found[], audit: Audit): Promise<string[]> {
  const failures = new Array<string>();
  for (const { target, region } of found) {
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
