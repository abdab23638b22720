import { quotasOf } from './figures/quotas';
import { assessRepository } from './figures/repository-figures';
import { MAX_HELD, SAMPLE_LIMIT } from './limits';
import { notesOf } from './notes';
import type { ReportOrder } from './order';
import { terminalOf } from '../terminal';
import { csvRow } from './output/csv-rows';
import { checkOutputs, hasStandardOutput, writeOutputs } from './output/outputs';
import { writePolicies } from './output/policy-files';
import { renderSummary } from './output/summary';
import { Beginning, begin, checkProgress } from './progress/begin';
import { headerOf } from './progress/header';
import { progressFileOf } from './progress/progress-file';
import { ProgressLock } from './progress/progress-lock';
import { ImageGate } from './reading/image-gate';
import { InUse } from './reading/in-use';
import { Owners } from './reading/owners';
import { Pace } from './reading/pace';
import { readRepository, RepositoryReading } from './reading/read-repository';
import { accountOf, connect, ListedRegistry, listRegistries } from './reading/registries';
import type { ListedRepository } from './reading/registry';
import type { RegistryFigures, RegistryReport } from './registry-report';
import { runConcurrently } from '../../lambda/shared/aws/run-concurrently';
import { capitalize } from '../../src/core/format';
import { formatCount } from '../page/words';
import { Interrupted } from '../session/interruption';
import type { Session } from '../session/session';

/** Exit code of a report in which something is missing. */
const INCOMPLETE = 3;

/** In each registry. The SDK slows them down together when ECR throttles a call. */
const REPOSITORIES_AT_ONCE = 6;
const REGISTRIES_AT_ONCE = 4;

/** What the repositories are read with. */
interface Reading extends Beginning {
  readonly order: ReportOrder;
  readonly session: Session;
  readonly registries: readonly ListedRegistry[];
  readonly owners: Owners;
  readonly inUse?: InUse;
}

/** Reads registries, writes the outputs, and returns the exit code. */
export async function runReport(own: Session, order: ReportOrder): Promise<number> {
  const earlier = await checkOutputs(order);
  const progressFile = progressFileOf(order.outputs);
  const lock = progressFile === undefined ? undefined : await ProgressLock.take(progressFile);
  try {
    await checkProgress(order);
    return await readAndWrite(own, order, earlier);
  } finally {
    await lock?.release();
  }
}

async function readAndWrite(own: Session, order: ReportOrder, earlier: ReadonlySet<string>): Promise<number> {
  const startedAt = Date.now();
  const { session, regions } = await connect(own, order);
  const account = await accountOf(session, regions[0]);
  const registries = await listRegistries(session, regions, order.isPublic);
  for (const { problem } of registries) if (problem !== undefined) session.complain('warning', problem);
  const owners = await Owners.read(session, registries);
  const inUse = order.searchesUse ? await InUse.search(session, regions) : undefined;
  own.interruption.check(); // otherwise, the progress file would be created
  const repositories = registries.flatMap(each => each.repositories);
  const current = headerOf(account, startedAt, order, registries.map(({ registry }) => registry.id), repositories);
  const beginning = await begin(order, current, repositories, { owners, isUseIncomplete: inUse?.isIncomplete === true });
  try {
    const reading = { ...beginning, order, session, registries, owners, inUse };
    const deletedMeanwhile = await readAll(reading);
    const report = reportOf(reading, deletedMeanwhile);
    session.task.progress('writing the report');
    const policies = order.policies === undefined ? 0 : await writePolicies(order.policies, report.repositories);
    const files = await writeOutputs(order.outputs, report, beginning);
    session.clear();
    if (!hasStandardOutput(order.outputs)) process.stdout.write(renderSummary(report, terminalOf(process.stdout), order.outputs.html));
    for (const file of files) {
      session.complain('note', `report written to ${file}${earlier.has(file) ? ', which replaced an earlier file' : ''}`);
    }
    if (order.policies !== undefined) {
      session.complain('note', `${formatCount(policies, 'recommended policy', 'recommended policies')} written to ${order.policies}`);
    }
    return exitCode(session, reading, report);
  } catch (error) {
    await beginning.journal.close();
    if (!(error instanceof Interrupted)) {
      if (beginning.progress) session.complain('note', 'to continue the report after this error, run the same command with --resume');
      throw error;
    }
    session.complain('note', beginning.progress ? 'interrupted. To continue the report, run the same command with --resume'
      : 'interrupted. There is no output in a file, so the report cannot be continued');
    return session.interruption.status;
  }
}

/** Reads what is not yet read, and returns the names of repositories that were deleted in the meantime. */
async function readAll(reading: Reading): Promise<string[]> {
  const { session: { task }, registries, restored } = reading;
  const deleted = new Array<string>();
  const gate = new ImageGate(MAX_HELD);
  const total = registries.reduce((sum, { repositories }) => sum + repositories.length, 0);
  const pace = new Pace(total, restored.size, () => task.clock.now());
  await runConcurrently(registries, REGISTRIES_AT_ONCE, ({ registry, repositories }) => {
    const left = repositories.filter(({ arn }) => !restored.has(arn));
    return runConcurrently(left, REPOSITORIES_AT_ONCE, async repository => {
      const images = await readRepository(registry, repository, gate, result => take(reading, repository, result));
      if (images === undefined) deleted.push(repository.name);
      pace.add(images ?? 0);
      task.progress(pace.toString());
    });
  });
  return deleted;
}

/** Records one repository, and returns the number of its images. */
async function take(
  { order, header, journal, owners, inUse }: Reading, repository: ListedRepository, result: RepositoryReading,
): Promise<number> {
  const { outputs, notPulledForDays } = order;
  const { images = [] } = result;
  const digests = repository.registry === 'public' || !result.images ? undefined : inUse?.digestsIn(repository, images);
  const reading = {
    ...repository,
    ...result,
    owner: owners.ownerOf(repository),
    inUse: digests,
    isUseIncomplete: inUse?.isIncomplete,
    isUseUncounted: digests && inUse?.isIncompleteIn(repository.registry),
  };
  const sampleLimit = outputs.html === undefined ? 1 : SAMPLE_LIMIT;
  const { record, fates } = assessRepository(reading, { at: header.at, notPulledForDays, sampleLimit });
  const uses = { at: header.at, inUse: digests, isUseUncounted: reading.isUseUncounted };
  await journal.add(record, rowsOf());
  return images.length;

  function* rowsOf(): Generator<string> {
    for (const [index, image] of images.entries()) yield csvRow(repository, image, { ...uses, fate: fates?.[index] });
  }
}

function reportOf(reading: Reading, deletedMeanwhile: readonly string[]): RegistryReport {
  const { order, header: { account, at }, records, registries, owners, inUse, resumption } = reading;
  const repositories = records.inOrder(registries.flatMap(each => each.repositories));
  const notes = notesOf({
    registries,
    records: repositories,
    deletedMeanwhile,
    ownerProblems: [...owners.problems.values()].flat(),
    useProblems: [...inUse?.regions.values() ?? []].flatMap(({ problems }) => problems),
    searchesUse: order.searchesUse,
    hasTimelines: order.outputs.html !== undefined,
    resumption,
  });
  return {
    account,
    at,
    notPulledForDays: order.notPulledForDays,
    registries: registries.map(({ registry: { id, region }, problem }): RegistryFigures => {
      const search = inUse?.regions.get(id);
      // The stacks of ECR Public are in its Region, which can also be one of the report.
      const isStacksPlace = id !== region && registries.every(({ registry }) => registry.id !== region);
      return {
        registry: id,
        problems: [
          ...problem === undefined ? [] : [capitalize(problem)],
          ...owners.problems.get(id) ?? [],
          ...isStacksPlace ? owners.problems.get(region) ?? [] : [],
        ],
        ...search ? { inUse: search } : {},
        quotas: quotasOf(repositories.filter(({ registry }) => registry === id), id),
      };
    }),
    repositories,
    notes,
  };
}

function exitCode({ complain }: Session, { owners, inUse }: Reading, { registries, repositories }: RegistryReport): number {
  const incomplete = repositories.filter(({ problems }) => problems.length > 0).length;
  if (incomplete > 0) {
    complain('warning', `${incomplete} of ${repositories.length} repositories could not be read completely. The report says why`);
  }
  if (owners.problems.size > 0) complain('warning', 'the stacks of repositories could not be read completely. The report says why');
  if (inUse?.isIncomplete) complain('warning', 'images in use could not be searched for completely. The report says why');
  const isIncomplete = incomplete > 0 || registries.some(({ problems }) => problems.length > 0)
    || inUse?.isIncomplete === true;
  return isIncomplete ? INCOMPLETE : 0;
}

