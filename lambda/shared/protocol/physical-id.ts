import type { CustomResourceRequest } from './job';
import { markValue } from '../../../src/core/mark';

/** Says that Create changed nothing before it failed, so that the Delete that follows has nothing to take back. */
export const NOT_CREATED = 'cdk-ecr-keeper:not-created';

/** The memo when Create found in place what it was to put there. */
export const ALREADY_PRESENT = '=found';

/**
 * Decided once at Create and never changed, so that CloudFormation never takes an Update for a replacement and deletes the old one. Its
 * memo says what a rolled-back Create must leave: the logical id of this stack whose place it took, or ALREADY_PRESENT. Only handlers that
 * tag images change it (../images/memo.ts).
 */
export function newPhysicalId(request: CustomResourceRequest, memo: string | undefined): string {
  const own = markValue(request.StackId, request.LogicalResourceId);
  return memo === undefined ? own : `${own}:${memo}`;
}

/** Unknown after a Create that gave no answer: CloudFormation makes up an id then. */
export function memoOf({ PhysicalResourceId: physicalId, StackId, LogicalResourceId }: CustomResourceRequest): string | undefined {
  const own = `${markValue(StackId, LogicalResourceId)}:`;
  return physicalId?.startsWith(own) ? physicalId.slice(own.length) : undefined;
}

export function predecessorOf(request: CustomResourceRequest): string | undefined {
  const memo = memoOf(request);
  return memo === ALREADY_PRESENT ? undefined : memo;
}
