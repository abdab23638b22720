import type { CustomResourceRequest } from './job';
import { markValue } from '../../../src/core/mark';

/** Physical id after a Create that failed before its first change, so that the Delete that follows has nothing to undo. */
export const NOT_CREATED = 'cdk-ecr-keeper:not-created';

/** The memo if the target state already existed before Create. */
export const ALREADY_PRESENT = '=found';

/**
 * Returns the physical id for Create. It never changes afterwards: CloudFormation would take an Update for a replacement and delete the old
 * resource. The memo says what a rolled-back Create must leave: the logical id of the resource in this stack that it replaced, or
 * ALREADY_PRESENT. Only handlers that tag images change it (../images/memo.ts).
 */
export function newPhysicalId(request: CustomResourceRequest, memo: string | undefined): string {
  const own = markValue(request.StackId, request.LogicalResourceId);
  return memo === undefined ? own : `${own}:${memo}`;
}

/** Returns undefined after a Create without a response: CloudFormation then generates an id. */
export function memoOf({ PhysicalResourceId: physicalId, StackId, LogicalResourceId }: CustomResourceRequest): string | undefined {
  const own = `${markValue(StackId, LogicalResourceId)}:`;
  return physicalId?.startsWith(own) ? physicalId.slice(own.length) : undefined;
}

export function predecessorOf(request: CustomResourceRequest): string | undefined {
  const memo = memoOf(request);
  return memo === ALREADY_PRESENT ? undefined : memo;
}
