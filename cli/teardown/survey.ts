import type { Located } from './locate';
import type { Order } from './order';
import { addressed, reasonOf } from './reason';
import type { Row } from './row';
import type { Run } from './run';
import { Snapshot } from './snapshot';
import { concurrently } from '../../lambda/shared/aws/concurrently';
import { imagesToRemove } from '../../lambda/shared/teardown/empty';
import { askGuards } from '../../lambda/shared/teardown/guards';
import type { TargetRepository } from '../../lambda/shared/teardown/target-repository';
import { hasExceptions } from '../../src/core/images/kept-images';
import { stackInTags } from '../../src/core/mark';
import type { TeardownGuards } from '../../src/core/teardown/guards';

export interface Surveyed {
  readonly row: Row;
  readonly target?: TargetRepository;
}

const AT_ONCE = 4;

/** What would go of every repository, and what speaks against it; only reads. */
export async function survey(run: Run, located: readonly Located[]): Promise<Surveyed[]> {
  const rows = new Map<Located, Row>();
  await concurrently(located, AT_ONCE, async one => {
    try {
      rows.set(one, await surveyed(run, one));
    } catch (error) {
      run.interruption.check();
      rows.set(one, { ...nothing(run.order, one), outcome: 'FAILED', error: reasonOf(error, one) });
    }
  });
  return located.map(one => ({ row: rows.get(one)!, target: one.target }));
}

async function surveyed(run: Run, { target, error, ...address }: Located): Promise<Row> {
  const { order, task, clients } = run;
  const row = nothing(order, address);
  if (error !== undefined) return { ...row, outcome: 'FAILED', error };
  const tags = await target?.tags();
  if (!target || !tags) return row;
  const owner = stackInTags(tags);
  if (owner !== undefined) run.complain('warning', `${addressed(address)}: ${owner}`);
  const snapshot = await Snapshot.of(target);
  const going = hasExceptions(order.exceptions) ? await imagesToRemove(snapshot, order.exceptions) : snapshot.held;
  const question = { guards: guardsIn(address.region, order), exceptions: order.exceptions };
  const refusals = await askGuards(task, clients.inUse, snapshot, tags, question);
  return {
    ...row,
    outcome: refusals.length > 0 ? 'REFUSED' : 'WOULD',
    images: going.length,
    bytes: going.reduce((sum, { sizeInBytes = 0 }) => sum + sizeInBytes, 0),
    kept: snapshot.held.length - going.length,
    newestPush: going.reduce<number | undefined>((newest, { pushedAt = -Infinity }) => Math.max(newest ?? -Infinity, pushedAt), undefined),
    refusals: refusals.map(({ because }) => because),
  };
}

/** What runs from the images is looked for in their own Region. */
export function guardsIn(region: string, { guards, inUseBy }: Order): TeardownGuards {
  return { ...guards, inUseBy: inUseBy.map(service => ({ service, region })) };
}

function nothing({ action }: Order, { repository, region }: Pick<Row, 'repository' | 'region'>): Row {
  return { repository, region, action, outcome: 'ABSENT', images: 0, bytes: 0, kept: 0, refusals: [] };
}
