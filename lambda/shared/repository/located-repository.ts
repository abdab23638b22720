import { repositoryName } from './repository';
import { parseRepositoryArn } from '../../../src/core/repository-arn';
import type { RepositoryLocation } from '../../../src/core/wire/location';
import { UserError, OperationError } from '../protocol/errors';
import type { Job } from '../protocol/job';
import { isRollingBack, isRollingBackNow, readStack } from '../protocol/stack';

/** What a handler works on, and how far it was prepared to reach. */
export interface LocatedRepository extends RepositoryLocation {
  readonly repositoryArn: string;
}

/** Of a repository elsewhere nothing can ever have been done. */
export function isOutOfReach({ properties: { repositoryArn, region = '', role }, request: { StackId } }: Job<LocatedRepository>): boolean {
  const [, , , ownRegion, account] = StackId.split(':');
  const target = parseRepositoryArn(repositoryArn);
  return target !== undefined && (target.region !== (region || ownRegion) || (target.account !== account && !role));
}

/** Known only at deploy where an ARN was a token. */
export function requireOwnEnvironment(job: Job<LocatedRepository>, what: string, otherWay = ''): void {
  const [, , , region, account] = job.request.StackId.split(':');
  const target = parseRepositoryArn(job.properties.repositoryArn);
  if (target && isOutOfReach(job)) {
    throw new UserError(
      `Repository '${target.repositoryName}' is in account ${target.account}, Region ${target.region}, the stack in account ${account},`
      + ` Region ${region} — give the ${what} in a stack of the repository's own account and Region${otherWay}`,
    );
  }
}

/**
 * A literal target is part of the logical id; one known only at deploy must not change, or what was done to the old one would be forgotten.
 */
export function refuseAnotherTarget(job: Job<LocatedRepository>, oldArn: string | undefined, what: string): void {
  const { properties: { repositoryArn } } = job;
  if (oldArn === undefined || oldArn === repositoryArn) return;
  throw new UserError(
    `Repository '${repositoryName(repositoryArn)}' cannot take the place of '${repositoryName(oldArn)}' in the same ${what}`
    + ` — give the ${what} another construct id, then each is handled on its own`,
  );
}

/** The same where an answer has attributes: while the stack goes back to the target of before, that is no other one. */
export async function refuseAnotherTargetGoingForward(
  job: Job<LocatedRepository>, oldArn: string | undefined, what: string,
): Promise<void> {
  if (oldArn === undefined || oldArn === job.properties.repositoryArn || isRollingBackNow((await readStack(job)).status)) return;
  refuseAnotherTarget(job, oldArn, what);
}

/** Nothing is refused while a stack rolls back: that would leave it in UPDATE_ROLLBACK_FAILED. */
export async function unlessRollingBack(job: Job<unknown>, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof OperationError || !isRollingBack((await readStack(job)).status)) throw error;
    job.log(`the stack is rolling back, so this is no failure: ${error.message}`);
  }
}
