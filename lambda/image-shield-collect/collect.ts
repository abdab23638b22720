import { byRegistry, dropRegistries, MAX_REGISTRIES } from './registries';
import { ImageUser, nameOfSource } from '../../src/core/images/image-user';
import { Environment, environmentName } from '../../src/core/shield/environments';
import { FoundUse, renderFoundUse, SearchResult, sourceIn } from '../../src/core/shield/found-use';
import { environmentKey, partitionOf, searchFailureKey, usesKey } from '../../src/core/shield/keys';
import { isSelected } from '../../src/core/shield/selection';
import { ShieldSettings, STEP_RETRIES } from '../../src/core/shield/settings';
import { ClientLocation, resolveLocation } from '../shared/aws/ecr-clients';
import type { InUseClients } from '../shared/in-use/clients';
import { Use, usedEcrImage } from '../shared/in-use/reference';
import { SearchError, searchUses } from '../shared/in-use/references';
import { isAccessDenied, isRegionDisabled, isTransient } from '../shared/protocol/errors';
import type { Task } from '../shared/protocol/job';
import type { ShieldObjects } from '../shared/shield/objects';
import { createStates } from '../shared/shield/states';

/** The advice of the search is about the permissions of the function, which do not matter in another account. */
const ROLE_ADVICE = 'check whether \'usedBy\' of the ImageUseRole there includes the service, and whether a permissions boundary or a'
  + ' service control policy denies it to the role';

const TOO_MANY_ADVICE = 'remove the task definitions, functions, or lines of lists with images of registries that do not exist';

/** The name is that of a wrong token, because a Region that is not enabled does not know the account. */
const REGION_ADVICE = 'enable the Region in the account, or remove it from the environments of the shield';

export interface CollectInput {
  readonly settings: ShieldSettings;
  readonly run: string;
  readonly environment: Environment;
  /** How often this step was repeated. @default 0 */
  readonly retries?: number;
}

/**
 * Searches an environment for images in use, and writes them by partition.
 *
 * A source that cannot be read is part of the result, so that the images of the others are protected. An error that a later attempt may not
 * have fails the step, and the state machine repeats it. In the last attempt, it is part of the result, too.
 */
export async function collect(
  task: Task, clients: InUseClients, objects: ShieldObjects, input: CollectInput, ownRegistry: string,
): Promise<SearchResult> {
  const { settings, run, environment, retries = 0 } = input;
  const name = environmentName(environment);
  const there = await clientsIn(task, clients, environment);
  const found = new Map<string, Map<string, FoundUse>>();
  const failedSources: Record<string, string> = {};
  const searchedAt = new Date(task.clock.now()).toISOString();
  for (const [source, user] of namedSources(environment.usedBy)) {
    try {
      const uses = await searchUses(task, there, user, environment.region);
      addUses(found, uses, sourceIn(name, source), settings);
      task.log(`${source}: ${uses.length} images in use`);
    } catch (error) {
      if (!(error instanceof SearchError)) throw error;
      const cause = error.cause as Error;
      const reason = `${cause.name}: ${cause.message}`;
      if (isTransient(cause) && retries < STEP_RETRIES) throw new Error(`${source} cannot be read now. ${reason}`, { cause });
      failedSources[source] = isTransient(cause) ? `${reason}. The next run tries again.`
        : `${cause.message} To fix this, ${adviceFor(environment, error)}.`;
      task.log(`${source} cannot be read: ${failedSources[source]}`);
    }
  }
  for (const [source, count] of dropRegistries(found, [ownRegistry, name])) {
    failedSources[source] = `Its images are of too many registries, so those of ${count} registries are not protected. At most`
      + ` ${MAX_REGISTRIES} are possible. To fix this, ${TOO_MANY_ADVICE}.`;
  }
  for (const [partition, uses] of found) {
    await objects.write(usesKey(run, partition, name), `${[...uses.values()].map(renderFoundUse).join('\n')}\n`);
  }
  for (const [registry, partitions] of byRegistry(found.keys())) if (registry !== ownRegistry) await createStates(objects, partitions);
  const result = { searchedAt, uses: [...found.values()].reduce((sum, uses) => sum + uses.size, 0), failedSources };
  for (const [index, [source, reason]] of Object.entries(failedSources).entries()) {
    const finding = {
      kind: 'source-unreadable',
      message: `${name}: ${source} cannot be read, so nothing that was last seen there is released. ${reason}`,
      environment: name,
    };
    await objects.write(searchFailureKey(run, name, index), JSON.stringify(finding));
  }
  await objects.write(environmentKey(run, name), JSON.stringify(result));
  return result;
}

/**
 * Returns clients for an environment. In another account, they have the credentials of its role.
 *
 * @throws an error that says what to do, if the role cannot be assumed
 */
async function clientsIn(task: Task, clients: InUseClients, { role, region }: Environment): Promise<InUseClients> {
  try {
    const { credentials } = await resolveLocation(task, clients, { region, role });
    const at = (location: ClientLocation) => ({ ...location, credentials });
    return { ...clients, ecs: location => clients.ecs(at(location)), lambda: location => clients.lambda(at(location)) };
  } catch (error) {
    if (!isAccessDenied(error)) throw error;
    throw new Error(`The role ${role?.roleArn} cannot be assumed. Deploy an ImageUseRole there that trusts the stack of the shield, with`
      + ` the same external ID. If the account is gone, remove it from the environments, or exclude it. ${(error as Error).message}`,
    { cause: error });
  }
}

function adviceFor({ role }: Environment, { cause, advice }: SearchError): string {
  if (isRegionDisabled(cause)) return REGION_ADVICE;
  return role && isAccessDenied(cause) ? ROLE_ADVICE : advice;
}

/** Two sources can have the same name, and one of them can fail. */
function namedSources(users: readonly ImageUser[]): Array<[string, ImageUser]> {
  const names = users.map(nameOfSource);
  return users.map((user, index) => {
    const before = names.slice(0, index).filter(name => name === names[index]).length;
    return [before === 0 ? names[index] : `${names[index]} #${before + 1}`, user];
  });
}

/** Keeps one entry for each image, source and kind of workload, so that memory does not grow with the number of tasks. */
function addUses(
  found: Map<string, Map<string, FoundUse>>, uses: readonly Use[], source: string, { selection, ignoredRegistries = [] }: ShieldSettings,
): void {
  for (const use of uses) {
    const image = usedEcrImage(use);
    if (!image || !isSelected(selection, image.repositoryName) || ignoredRegistries.includes(image.registry)) continue;
    const { usedBy } = use;
    const { registry, region, repositoryName, tag, digest: tagOrDigest = tag } = image;
    const partition = partitionOf(registry, region, repositoryName);
    const ofPartition = found.get(partition) ?? new Map<string, FoundUse>();
    found.set(partition, ofPartition);
    const key = `${source} ${repositoryName} ${tagOrDigest}`;
    const known = ofPartition.get(key);
    ofPartition.set(key, known
      ? { ...known, others: known.others + (known.usedBy === usedBy ? 0 : 1) }
      : { repositoryName, image: tagOrDigest, source, usedBy, others: 0 });
  }
}
