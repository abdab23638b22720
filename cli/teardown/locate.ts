import type { RepositoriesUnderPrefix } from './order';
import { Address, addressed, isUnanswered, reasonOf } from './reason';
import type { Registry } from './registry';
import { repositories } from './row-table';
import type { Run } from './run';
import { concurrently } from '../../lambda/shared/aws/concurrently';
import { isNamed } from '../../lambda/shared/protocol/errors';
import type { TargetRepository } from '../../lambda/shared/teardown/target-repository';
import { Failure } from '../failure';

/** A repository that was asked for: found, absent, or not to be looked for. */
export interface Located extends Address {
  readonly target?: TargetRepository;
  readonly error?: string;
}

const REGIONS_AT_ONCE = 4;

/** In the order asked for: by name, then Region; under a prefix by Region, then name. */
export async function locate(run: Run, registries: readonly Registry[]): Promise<Located[]> {
  const { order: { subject } } = run;
  const byRegion = new Map<Registry, Located[]>();
  await concurrently(registries, REGIONS_AT_ONCE, async registry => {
    byRegion.set(registry, 'names' in subject ? await named(run, registry, subject.names) : await under(run, registry, subject));
  });
  const inOrder = registries.map(registry => byRegion.get(registry)!);
  if ('names' in subject) {
    const all = subject.names.flatMap((_, index) => inOrder.map(located => located[index]));
    for (const name of subject.names) warnOfAbsence(run, all.filter(({ repository }) => repository === name));
    return all;
  }
  const found = inOrder.flat();
  const number = found.filter(({ target }) => target).length;
  if (number > subject.most) {
    throw new Failure([`${repositories(number)} under '${subject.prefix}' carry the tag, more than ${subject.most}; nothing was changed — if that is right, --max-repositories ${number} lets them go`]);
  }
  return found;
}

async function named(run: Run, registry: Registry, names: readonly string[]): Promise<Located[]> {
  const all = new Array<Located>();
  let unanswered: unknown;
  for (const repository of names) {
    const address = { repository, region: registry.region };
    try {
      // a Region that nobody answers in is not tried once for every name, each for half a minute
      if (unanswered) throw unanswered;
      all.push({ ...address, target: await registry.find(repository) });
    } catch (error) {
      if (isUnanswered(error)) unanswered = error;
      all.push(failed(run, address, error));
    }
  }
  return all;
}

async function under(run: Run, registry: Registry, { prefix, requireTag }: RepositoriesUnderPrefix): Promise<Located[]> {
  const { region } = registry;
  try {
    const { found, left } = await registry.under({ prefix, requireTag, excluded: [] });
    for (const { repositoryName, because } of left) run.complain('note', `${addressed({ repository: repositoryName, region })} is left alone: ${because}`);
    return found.map(({ target }) => ({ repository: target.name, region, target }));
  } catch (error) {
    return [failed(run, { repository: prefix, region }, error)];
  }
}

function failed({ interruption }: Run, address: Address, error: unknown): Located {
  interruption.check();
  const reason = reasonOf(error, address);
  // the same everywhere
  if (isNamed(error, 'CredentialsProviderError', 'TokenProviderError')) throw new Failure([reason]);
  return { ...address, error: reason };
}

function warnOfAbsence(run: Run, located: readonly Located[]): void {
  if (located.some(({ target, error }) => target || error !== undefined)) return;
  const [{ repository }] = located;
  run.complain('warning', `there is no repository '${repository}' in ${located.map(({ region }) => region).join(', ')}; if it should be there, see its name, --region and your AWS profile`);
}
