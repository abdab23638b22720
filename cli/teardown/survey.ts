import { Destinations } from './destinations';
import type { LocatedRepository } from './locate';
import type { Order } from './order';
import { formatAddress, reasonOf } from './reason';
import type { Row } from './row';
import type { Run } from './run';
import { Snapshot } from './targets/snapshot';
import { runConcurrently } from '../../lambda/shared/aws/run-concurrently';
import { listImagesToRemove } from '../../lambda/shared/teardown/empty';
import { checkGuards } from '../../lambda/shared/teardown/guards';
import { hasExceptions } from '../../src/core/images/kept-images';
import { stackInTags } from '../../src/core/mark';
import type { TeardownGuards } from '../../src/core/teardown/guards';

export interface SurveyedRepository extends Pick<LocatedRepository, 'target' | 'findOwner'> {
  readonly row: Row;
}

const AT_ONCE = 4;

/** Determines what would be removed from each repository and which guards refuse. Makes only calls that read. */
export async function survey(run: Run, repositories: readonly LocatedRepository[]): Promise<SurveyedRepository[]> {
  const rows = new Map<LocatedRepository, Row>();
  const destinations = new Destinations(run, repositories.filter(({ target }) => target));
  await runConcurrently(repositories, AT_ONCE, async repository => {
    try {
      rows.set(repository, await surveyOne(run, repository, destinations));
    } catch (error) {
      run.interruption.check();
      rows.set(repository, { ...absentRow(run.order, repository), outcome: 'FAILED', error: reasonOf(error, repository) });
    }
  });
  return repositories.map(repository =>
    ({ row: rows.get(repository)!, target: repository.target, findOwner: repository.findOwner }));
}

async function surveyOne(run: Run, { target, error, ...address }: LocatedRepository, destinations: Destinations): Promise<Row> {
  const { order, task, clients } = run;
  const row = absentRow(order, address);
  if (error !== undefined) return { ...row, outcome: 'FAILED', error };
  const tags = await target?.tags();
  if (!target || !tags) return row;
  const owner = stackInTags(tags);
  if (owner !== undefined) run.complain('warning', `${formatAddress(address)}: ${owner}`);
  const snapshot = await Snapshot.of(target);
  const images = hasExceptions(order.exceptions) ? await listImagesToRemove(snapshot, order.exceptions) : snapshot.heldImages;
  const conditions = { guards: guardsIn(address.region, order), exceptions: order.exceptions };
  const refusals = [
    ...await checkGuards(task, clients.inUse, snapshot, tags, conditions), ...await destinations.check(address, snapshot),
  ];
  return {
    ...row,
    outcome: refusals.length > 0 ? 'REFUSED' : 'WOULD',
    images: images.length,
    bytes: images.reduce((sum, { sizeInBytes = 0 }) => sum + sizeInBytes, 0),
    kept: snapshot.heldImages.length - images.length,
    newestPush: images.reduce<number | undefined>((newest, { pushedAt = -Infinity }) => Math.max(newest ?? -Infinity, pushedAt), undefined),
    refusals: refusals.map(({ because }) => because),
  };
}

/** Returns the guards for a repository. `inUseBy` checks the Region of the repository. */
export function guardsIn(region: string, { guards, inUseBy }: Order): TeardownGuards {
  return { ...guards, inUseBy: inUseBy.map(service => ({ service, region })) };
}

function absentRow({ action }: Order, { repository, region }: Pick<Row, 'repository' | 'region'>): Row {
  return { repository, region, action, outcome: 'ABSENT', images: 0, bytes: 0, kept: 0, refusals: [] };
}
