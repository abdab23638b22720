import { repositoryName } from './repository';
import { parseRepositoryArn } from '../../../src/core/repository-arn';
import type { RepositoryLocation } from '../../../src/core/wire/location';
import { UserError, OperationError } from '../protocol/errors';
import type { Job } from '../protocol/job';
import { isRollingBack, isRollingBackNow, readStack } from '../protocol/stack';

/** The repository that a handler works on, and the location that its function has permissions for. */
export interface LocatedRepository extends RepositoryLocation {
  readonly repositoryArn: string;
}

/** Whether the function cannot reach the repository's account and Region. Such a repository was never changed. */
export function isOutOfReach({ properties: { repositoryArn, region = '', role }, request: { StackId } }: Job<LocatedRepository>): boolean {
  const [, , , ownRegion, account] = StackId.split(':');
  const target = parseRepositoryArn(repositoryArn);
  return target !== undefined && (target.region !== (region || ownRegion) || (target.account !== account && !role));
}

/** Fails the deployment if the repository is out of reach. If its ARN is a token, synthesis cannot check that. */
export function requireOwnEnvironment(job: Job<LocatedRepository>, what: string, otherWay = ''): void {
  const [, , , region, account] = job.request.StackId.split(':');
  const target = parseRepositoryArn(job.properties.repositoryArn);
  if (target && isOutOfReach(job)) {
    throw new UserError(
      `Repository '${target.repositoryName}' is in account ${target.account}, Region ${target.region}, but the stack is in account`
      + ` ${account}, Region ${region}. Declare the ${what} in a stack of the repository's own account and Region${otherWay}.`,
    );
  }
}

/**
 * A literal target is part of the logical id. A target that is known only at deployment must not change, because nobody would undo what was
 * done to the old one.
 */
export function refuseAnotherTarget(job: Job<LocatedRepository>, oldArn: string | undefined, what: string): void {
  const { properties: { repositoryArn } } = job;
  if (oldArn === undefined || oldArn === repositoryArn) return;
  throw new UserError(
    `Repository '${repositoryName(repositoryArn)}' cannot replace '${repositoryName(oldArn)}' in the same ${what}.`
    + ` Give the ${what} a different construct id, so that each repository has a resource.`,
  );
}

/** Does the same for a handler that returns attributes: a rollback may return to the previous target. */
export async function refuseAnotherTargetGoingForward(
  job: Job<LocatedRepository>, oldArn: string | undefined, what: string,
): Promise<void> {
  if (oldArn === undefined || oldArn === job.properties.repositoryArn || isRollingBackNow((await readStack(job)).status)) return;
  refuseAnotherTarget(job, oldArn, what);
}

/** Refuses nothing while a stack rolls back, because that would leave it in UPDATE_ROLLBACK_FAILED. */
export async function unlessRollingBack(job: Job<unknown>, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof OperationError || !isRollingBack((await readStack(job)).status)) throw error;
    job.log(`the stack is rolling back, so this error is ignored: ${error.message}`);
  }
}
