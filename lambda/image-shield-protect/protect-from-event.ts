import { keepImages, Report } from './carry-out';
import { ecrPartition } from './ecr-partition';
import { changeState } from './partition';
import { resolveUses } from './resolve-uses';
import { entryOf, withDone, withUses } from './state-changes';
import { UseCollection } from './uses';
import { METRICS } from '../../src/core/shield/findings';
import { partitionOf } from '../../src/core/shield/keys';
import { isSelected } from '../../src/core/shield/selection';
import type { ShieldSettings } from '../../src/core/shield/settings';
import { NEW_STATE, PartitionState, ProtectedImage } from '../../src/core/shield/state';
import { Use, usedEcrImage } from '../shared/in-use/reference';
import { isAccessDenied, isRepositoryMissing } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';
import { shieldMetrics } from '../shared/shield/metrics';
import type { ShieldObjects } from '../shared/shield/objects';

export interface EventWork {
  readonly settings: ShieldSettings;
  /** `<registry>/<region>` in which this function can write. */
  readonly ownRegistry: string;
  /** Source in the state. */
  readonly source: string;
}

/** Protects the images of workloads that just started. Releases nothing. */
export async function protectFromEvent(
  task: EcrTask, objects: ShieldObjects, { settings, ownRegistry, source }: EventWork, uses: readonly Use[],
): Promise<void> {
  const partitions = new Map<string, UseCollection>();
  for (const use of uses) {
    const image = usedEcrImage(use);
    if (!image || !isSelected(settings.selection, image.repositoryName)) continue;
    const { registry, region, repositoryName, tag, digest = tag } = image;
    if (`${registry}/${region}` !== ownRegistry) continue;
    const partition = partitionOf(registry, region, repositoryName);
    const collection = partitions.get(partition) ?? new UseCollection();
    partitions.set(partition, collection);
    collection.add({ repositoryName, image: digest, source, usedBy: use.usedBy, others: 0 });
  }
  for (const [partition, collection] of partitions) {
    for (const repositoryName of collection.repositoryNames) {
      await protectRepository(task, objects, { settings, source }, partition, repositoryName, collection);
    }
  }
}

async function protectRepository(
  task: EcrTask, objects: ShieldObjects, { settings, source }: Pick<EventWork, 'settings' | 'source'>, partitionName: string,
  repositoryName: string, uses: UseCollection,
): Promise<void> {
  try {
    const { images, findings } = await resolveUses(task, repositoryName, uses.of(repositoryName));
    for (const { message } of findings) task.log(message);
    const partition = ecrPartition(task, objects, partitionName);
    const seenAt = new Date(task.clock.now()).toISOString();
    const used = new Map([[repositoryName, images]]);
    let before: PartitionState | undefined;
    const state = await changeState(partition, NEW_STATE, async current => {
      before = current;
      const isKept = (digest: string) => isKeptForLong(entryOf(current, repositoryName, digest), source, settings, task.clock.now());
      if ([...images.keys()].every(isKept)) return undefined;
      return withUses(current, used, { seenAt, wasSearched: () => false }, task.clock.now());
    });
    if (state === before) return;
    const entries = [...images.keys()].map(digest => ({ repositoryName, digest, image: entryOf(state, repositoryName, digest)! }));
    const report: Report = (_entry, { message }) => task.log(message);
    const { done, isThrottled } = await keepImages(partition, entries, settings.tagPrefix, report, () => false);
    const isNew = ({ digest, generation }: { digest: string; generation: number }) =>
      before === undefined || entryOf(before, repositoryName, digest)?.generation !== generation;
    await changeState(partition, NEW_STATE, async current => withDone(current, done, task.clock.now()));
    if (isThrottled) throw new Error(`repository '${repositoryName}': AWS throttled the keep tags until the time was up`);
    task.log(shieldMetrics(task.clock.now(), settings.shield, { [METRICS.newlyProtectedImages]: done.filter(isNew).length }));
  } catch (error) {
    if (!isRepositoryMissing(error) && !isAccessDenied(error)) throw error;
    task.log(`repository '${repositoryName}' cannot be read, so its images are not protected: ${(error as Error).message}`);
  }
}

/**
 * Whether the image has its keep tag and cannot be released before the next runs, nor while the source cannot be read. Then, a hundred
 * tasks that start cause no writes.
 */
function isKeptForLong(image: ProtectedImage | undefined, source: string, { keepAfterUse }: ShieldSettings, now: number): boolean {
  return image?.phase === 'kept' && image.seenIn.includes(source) && now - Date.parse(image.lastUsed) < keepAfterUse * 500;
}

