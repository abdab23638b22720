import { GetLifecyclePolicyCommand } from '@aws-sdk/client-ecr';
import { keepImages, Kept, releaseImages, Report } from './carry-out';
import { ecrPartition } from './ecr-partition';
import { Findings } from './finding-list';
import { readUses } from './found-uses';
import { imagesByRepository } from './images-by-repository';
import { changeState, Partition } from './partition';
import { rebuild } from './rebuild';
import { connectToRegistry, permitWriting, RegistryClients } from './registry';
import { resolveUses, withIndexes } from './resolve-uses';
import { RunEnvironments } from './run-environments';
import { SearchedSources } from './searched-sources';
import { Done, entriesOf, ImageEntry, withDone, withReleases, withUses } from './state-changes';
import type { UsedImage, UsedImages, UseCollection } from './uses';
import type { PartitionResult } from '../../src/core/shield/findings';
import { registryOf, resultKey } from '../../src/core/shield/keys';
import { policyGap } from '../../src/core/shield/policy';
import { isSelected } from '../../src/core/shield/selection';
import type { ShieldSettings } from '../../src/core/shield/settings';
import { NEW_STATE, PartitionState } from '../../src/core/shield/state';
import { sendToEcr } from '../shared/aws/send-command';
import { explainLimit } from '../shared/protocol/denial';
import { isAccessDenied, isNamed, isRegionDisabled, isRepositoryMissing, UserError } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';
import type { ShieldObjects } from '../shared/shield/objects';

/** The work of one function: one partition of a run. */
export interface PartitionRun {
  readonly settings: ShieldSettings;
  readonly run: string;
  /** Time of the run in ISO 8601. The searches began later, so no image was last seen after it that they did not see. */
  readonly startedAt: string;
  /** `<registry>/<region>/<digit>` */
  readonly partition: string;
  /** `<registry>/<region>` of the shield. */
  readonly ownRegistry: string;
  readonly clients: RegistryClients;
  /** Whether the function must end soon. */
  isTimeUp(): boolean;
}

/**
 * Protects the images in use of a partition, and releases those that have not been in use for `keepAfterUse`.
 *
 * The order of the steps makes each of them repeatable: the state is written before a tag is set or removed, and again afterwards.
 *
 * @returns whether another call is needed, because time was up
 */
export async function protectPartition(task: EcrTask, objects: ShieldObjects, run: PartitionRun): Promise<{ readonly more: boolean }> {
  const environments = new RunEnvironments(objects, run.run, run.settings.organization);
  const registry = registryOf(run.partition);
  if (registry === run.ownRegistry) return protectReachable(task, objects, environments, run);
  const connection = await connectToRegistry(task, run.clients, environments, registry, run.ownRegistry.split('/')[0]);
  if ('unreachable' in connection) return reportUnreachable(task, objects, run, connection.unreachable);
  try {
    return await protectReachable(connection.task, objects, environments, run);
  } catch (error) {
    if (isRegionDisabled(error)) {
      return reportUnreachable(task, objects, run, `its Region is not enabled in the account. ${(error as Error).message}`);
    }
    if (!isNamed(error, 'AccessDeniedException')) throw error; // the errors of Amazon S3 have another name
    return reportUnreachable(task, objects, run, `it denies access. ${permitWriting(error)}`);
  }
}

async function protectReachable(
  patientTask: EcrTask, objects: ShieldObjects, environments: RunEnvironments, run: PartitionRun,
): Promise<{ readonly more: boolean }> {
  const registry = registryOf(run.partition);
  const findings = new Findings(registry === run.ownRegistry ? undefined : registry);
  // a permission that takes effect late is waited for once, because many repositories that deny access would take all the time
  const task = { ...patientTask, get patience() { return findings.hasUnreachable ? 0 : patientTask.patience; } };
  const partition = ecrPartition(task, objects, run.partition);
  const search = await searchPartition(task, objects, partition, environments, run, findings);
  if (search === undefined) return { more: true };
  const { used, unresolved, searched, isIncomplete } = search;
  const state = await changeState(partition, NEW_STATE, async current => {
    await searched.load(new Set(entriesOf(current).flatMap(({ image }) => image.seenIn)));
    const found = { seenAt: run.startedAt, wasSearched: searched.has, isUnresolved: (name: string) => unresolved.has(name) };
    const withAll = withUses(current, used, found, task.clock.now());
    return isIncomplete ? withAll : withReleases(withAll, found, run.settings.keepAfterUse, task.clock.now());
  });
  const { done: kept, isThrottled } = await keepAll(task, partition, run, state, used, findings);
  const done = isThrottled ? kept : [...kept, ...await releaseAll(task, partition, run, state, findings)];
  const end = await changeState(partition, NEW_STATE, async current => withDone(current, done, task.clock.now()));
  if (isThrottled || run.isTimeUp()) return { more: true };
  for (const [repositoryName, images] of used) {
    if (!findings.isUnreachable(repositoryName)) await checkPolicy(task, run, repositoryName, images.size, findings);
  }
  await writeResult(objects, run, findings, end);
  return { more: false };
}

/** What a run knows about a partition before it changes anything. */
interface PartitionSearch {
  readonly used: UsedImages;
  /** Repositories with images in use that could not be read. */
  readonly unresolved: ReadonlySet<string>;
  readonly searched: SearchedSources;
  /** Whether the state was rebuilt in this run. */
  readonly isIncomplete: boolean;
}

/**
 * Returns the images in use of a partition, after a rebuild of its state if that is not complete. Undefined if time was up.
 *
 * What it reads can take 100 MB. All of it except the result is gone before the state is read again to be changed.
 */
async function searchPartition(
  task: EcrTask, objects: ShieldObjects, partition: Partition, environments: RunEnvironments, run: PartitionRun, findings: Findings,
): Promise<PartitionSearch | undefined> {
  let { state, isDamaged } = await partition.readState();
  const isIncomplete = state?.complete !== true;
  if (isIncomplete) {
    if (isDamaged) {
      findings.add({
        kind: 'state-rebuilt',
        message: `the state of partition ${run.partition} was damaged and was rebuilt from the keep tags. Nothing is released in this run.`,
      });
    }
    state = undefined;
    const { selection, tagPrefix } = run.settings;
    const onDenied = (repositoryName: string, { message }: Error) => {
      task.log(`the keep tags of repository '${repositoryName}' are not known, because it denies access: ${message}`);
    };
    const scope = { ...run, selection, tagPrefix, seenAt: run.startedAt, onDenied };
    if (!await rebuild(task, partition, scope, () => run.isTimeUp())) return undefined;
    ({ state } = await partition.readState());
  }
  const uses = await readUses(objects, run.run, run.partition);
  const used = await usedImages(task, run, uses, state ?? NEW_STATE, findings);
  const unresolved = new Set(uses.repositoryNames.filter(name => !used.has(name)));
  return { used, unresolved, searched: new SearchedSources(objects, run.run, environments, uses.sources), isIncomplete };
}

/**
 * Images in use of a registry in which the function may not write are findings. Nothing is changed there, and all images of the state count
 * as in use until the registry can be reached again.
 */
async function reportUnreachable(
  task: EcrTask, objects: ShieldObjects, run: PartitionRun, reason: string,
): Promise<{ readonly more: false }> {
  const search = { seenAt: run.startedAt, wasSearched: () => false };
  await changeState(ecrPartition(task, objects, run.partition), NEW_STATE, async current =>
    entriesOf(current).length === 0 ? undefined : withReleases(current, search, run.settings.keepAfterUse, task.clock.now()));
  const findings = new Findings();
  const uses = await readUses(objects, run.run, run.partition);
  const [registry, region] = run.partition.split('/');
  for (const repositoryName of uses.repositoryNames) {
    const images = uses.of(repositoryName);
    findings.add({
      kind: 'registry-unreachable',
      message: `images of repository '${repositoryName}' in registry ${registry}, Region ${region} are in use (${images.size}) and are not`
        + ` protected, because ${reason}`,
      repositoryName,
    }, images.size);
  }
  await writeResult(objects, run, findings, NEW_STATE);
  return { more: false };
}

async function usedImages(
  task: EcrTask, { settings: { tagPrefix } }: PartitionRun, uses: UseCollection, state: PartitionState, findings: Findings,
): Promise<Map<string, ReadonlyMap<string, UsedImage>>> {
  const used = new Map<string, ReadonlyMap<string, UsedImage>>();
  for (const repositoryName of uses.repositoryNames) {
    const ofRepository = uses.of(repositoryName);
    await unlessUnreachable(repositoryName, ofRepository.size, findings, async () => {
      const resolved = await resolveUses(task, repositoryName, ofRepository);
      for (const finding of resolved.findings) findings.add(finding);
      used.set(repositoryName, resolved.images);
      used.set(repositoryName, await withIndexes(task, repositoryName, resolved.images, state, tagPrefix));
    });
  }
  return used;
}

/** Does the work of one repository. If it does not exist or denies access, that is a finding, and the work on the others continues. */
async function unlessUnreachable(repositoryName: string, images: number, findings: Findings, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { message } = error as Error;
    if (isRepositoryMissing(error)) {
      findings.add({
        kind: 'repository-missing',
        message: `images of repository '${repositoryName}' are in use (${images}), but the repository does not exist. Their workloads`
          + ' cannot start again. Create the repository and push the images, or deploy other images.',
        repositoryName,
      }, images);
    } else if (isAccessDenied(error)) {
      findings.add({
        kind: 'repository-denied',
        message: limitOr(error as Error, repositoryName, `repository '${repositoryName}' denies the shield access to its images. Allow the`
          + ' role of the function in its policy, or select the repository in the ImageUseRole of its account'),
        repositoryName,
      }, images);
    } else if (error instanceof UserError || isNamed(error, 'KmsException') || message.startsWith('the index ')) {
      findings.add({ kind: 'image-unreadable', message: `repository '${repositoryName}': ${message}`, repositoryName }, images);
    } else {
      throw error;
    }
  }
}

/** The message of AWS comes last. */
function limitOr(error: Error, repositoryName: string, otherwise: string): string {
  const limit = explainLimit(error);
  return `${limit === undefined ? otherwise : `repository '${repositoryName}': ${limit.replace(/\.$/, '')}`}: ${error.message}`;
}

async function keepAll(
  task: EcrTask, partition: Partition, run: PartitionRun, state: PartitionState,
  used: ReadonlyMap<string, ReadonlyMap<string, UsedImage>>, findings: Findings,
): Promise<Kept> {
  const done = new Array<Done>();
  let isThrottled = false;
  const reportUsed = reportTo(findings);
  // an image that stays 'wanted' because it is missing is no problem any more when its workload has stopped
  const report: Report = (entry, problem) => { if (entry.image.lastUsed >= run.startedAt) reportUsed(entry, problem); };
  const digests = new Map([...used].map(([repositoryName, images]) =>
    [repositoryName, new Set([...images].flatMap(([digest, { indexes = [] }]) => [digest, ...indexes]))]));
  const isUsed = ({ repositoryName, digest }: ImageEntry) => digests.get(repositoryName)?.has(digest) === true;
  const entries = entriesOf(state).filter(entry => entry.image.phase === 'wanted' || (entry.image.phase === 'kept' && isUsed(entry)));
  for (const [repositoryName, ofRepository] of byRepository(entries)) {
    if (isThrottled || run.isTimeUp()) break;
    if (findings.isUnreachable(repositoryName) || !isSelected(run.settings.selection, repositoryName)) continue;
    task.progress(`protecting ${ofRepository.length} images of repository '${repositoryName}'`);
    await unlessUnreachable(repositoryName, ofRepository.length, findings, async () => {
      const kept = await keepImages(partition, ofRepository, run.settings.tagPrefix, report, () => run.isTimeUp());
      done.push(...kept.done);
      ({ isThrottled } = kept);
    });
  }
  return { done, isThrottled };
}

async function releaseAll(
  task: EcrTask, partition: Partition, run: PartitionRun, state: PartitionState, findings: Findings,
): Promise<Done[]> {
  const done = new Array<Done>();
  const report = reportTo(findings, 0);
  for (const [repositoryName, ofRepository] of byRepository(entriesOf(state).filter(({ image }) => image.phase === 'releasing'))) {
    if (run.isTimeUp()) break;
    if (findings.isUnreachable(repositoryName) || !isSelected(run.settings.selection, repositoryName)) continue;
    task.progress(`releasing ${ofRepository.length} images of repository '${repositoryName}'`);
    await unlessUnreachable(repositoryName, 0, findings, async () => {
      done.push(...await releaseImages(partition, ofRepository, run.settings.tagPrefix, report, () => run.isTimeUp()));
    });
  }
  return done;
}

function reportTo(findings: Findings, images = 1): Report {
  return ({ repositoryName, digest }, problem) => findings.add({ ...problem, repositoryName, imageDigest: digest }, images);
}

function byRepository(entries: readonly ImageEntry[]): Map<string, ImageEntry[]> {
  const groups = new Map<string, ImageEntry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.repositoryName);
    if (group) group.push(entry);
    else groups.set(entry.repositoryName, [entry]);
  }
  return groups;
}

/** A lifecycle policy that expires images in use makes their keep tags useless. */
async function checkPolicy(
  task: EcrTask, { settings: { tagPrefix } }: PartitionRun, repositoryName: string, images: number, findings: Findings,
): Promise<void> {
  try {
    const answer = await sendToEcr(task, GetLifecyclePolicyCommand, { repositoryName });
    const gap = policyGap(answer?.lifecyclePolicyText, tagPrefix);
    if (gap === undefined) return;
    findings.add({ kind: 'policy-does-not-keep', message: `repository '${repositoryName}': ${gap}.`, repositoryName }, images);
  } catch (error) {
    if (isNamed(error, 'LifecyclePolicyNotFoundException', 'RepositoryNotFoundException')) return;
    if (!isAccessDenied(error)) throw error;
    findings.add({
      kind: 'repository-denied',
      message: limitOr(error as Error, repositoryName, `repository '${repositoryName}' denies the shield access to its lifecycle policy,`
        + ' which may expire images in use. Allow the role of the function in the policy of the repository'),
      repositoryName,
    }, images);
  }
}

/** The result follows from the state, so that it is the same after several calls. */
async function writeResult(
  objects: ShieldObjects, { run, partition, startedAt, settings }: PartitionRun, findings: Findings, state: PartitionState,
): Promise<void> {
  const images = entriesOf(state).map(({ image }) => image);
  const kept = images.filter(({ phase }) => phase === 'kept');
  const result: PartitionResult = {
    partition,
    protected: kept.length,
    newlyProtected: kept.filter(({ since }) => since >= startedAt).length,
    released: images.filter(({ phase, changed }) => phase === 'released' && changed >= startedAt).length,
    ...findings.result,
    ...settings.repositoryMetrics ? imagesByRepository(settings, findings, state) : {},
  };
  await objects.write(resultKey(run, partition), JSON.stringify(result));
}

