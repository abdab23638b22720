import type { PrefixRepositories } from './order';
import { Address, formatAddress, isUnanswered, reasonOf } from './reason';
import type { Registry } from './registry';
import { countRepositories } from './row-table';
import type { Run } from './run';
import { runConcurrently } from '../../lambda/shared/aws/run-concurrently';
import { isNamed } from '../../lambda/shared/protocol/errors';
import type { FindOwner } from '../../lambda/shared/repository/owning-stack';
import type { TargetRepository } from '../../lambda/shared/teardown/target-repository';
import { Failure } from '../failure';

/** A requested repository: present, absent, or not readable. */
export interface LocatedRepository extends Address {
  readonly target?: TargetRepository;
  /** Defined only for a repository under a prefix. */
  readonly findOwner?: FindOwner;
  readonly error?: string;
}

const REGIONS_AT_ONCE = 4;

/** Returns the repositories in the order of the command line: by name, then Region. With a prefix: by Region, then name. */
export async function locate(run: Run, registries: readonly Registry[]): Promise<LocatedRepository[]> {
  const { order: { subject } } = run;
  const byRegion = new Map<Registry, LocatedRepository[]>();
  await runConcurrently(registries, REGIONS_AT_ONCE, async registry => {
    const repositories = 'names' in subject ? await locateNames(run, registry, subject.names) : await locatePrefix(run, registry, subject);
    byRegion.set(registry, repositories);
  });
  const inOrder = registries.map(registry => byRegion.get(registry)!);
  if ('names' in subject) {
    const all = subject.names.flatMap((_, index) => inOrder.map(repositories => repositories[index]));
    for (const name of subject.names) warnOfAbsence(run, all.filter(({ repository }) => repository === name));
    return all;
  }
  const all = inOrder.flat();
  const count = all.filter(({ target }) => target).length;
  if (count > subject.maxRepositories) {
    throw new Failure([`${countRepositories(count)} under '${subject.prefix}' have the tag, more than the maximum of`
      + ` ${subject.maxRepositories}. Nothing was changed. To remove all of them, add --max-repositories ${count}`]);
  }
  return all;
}

async function locateNames(run: Run, registry: Registry, names: readonly string[]): Promise<LocatedRepository[]> {
  const all = new Array<LocatedRepository>();
  let silence: unknown;
  for (const repository of names) {
    const address = { repository, region: registry.region };
    try {
      // Do not try an unreachable Region again for each name, because each attempt takes half a minute.
      if (silence) throw silence;
      all.push({ ...address, target: await registry.find(repository) });
    } catch (error) {
      if (isUnanswered(error)) silence = error;
      all.push(describeFailure(run, address, error));
    }
  }
  return all;
}

async function locatePrefix(run: Run, registry: Registry, { prefix, requireTag }: PrefixRepositories): Promise<LocatedRepository[]> {
  const { region } = registry;
  try {
    const { matches, exclusions, failures } = await registry.listUnder({ prefix, requireTag, excluded: [] });
    for (const { repositoryName, because } of exclusions) {
      run.complain('note', `${formatAddress({ repository: repositoryName, region })} is skipped: ${because}`);
    }
    if (failures.length > 0) run.interruption.check();
    return [
      ...matches.map(({ target, findOwner }) => ({ repository: target.name, region, target, findOwner })),
      ...failures.map(({ repositoryName, because }) => ({ repository: repositoryName, region, error: because })),
    ];
  } catch (error) {
    return [describeFailure(run, { repository: prefix, region }, error)];
  }
}

function describeFailure({ interruption }: Run, address: Address, error: unknown): LocatedRepository {
  interruption.check();
  const reason = reasonOf(error, address);
  // The credentials are the same in every Region.
  if (isNamed(error, 'CredentialsProviderError', 'TokenProviderError')) throw new Failure([reason]);
  return { ...address, error: reason };
}

function warnOfAbsence(run: Run, repositories: readonly LocatedRepository[]): void {
  if (repositories.some(({ target, error }) => target || error !== undefined)) return;
  const [{ repository }] = repositories;
  run.complain('warning', `repository '${repository}' not found in ${repositories.map(({ region }) => region).join(', ')}. If it exists,`
    + ' check its name, --region, and your AWS profile');
}
