import type { CustomResourceRequest } from './job';
import { markValue } from '../../src/core/mark';

/**
 * Decided once at Create and never changed, so that CloudFormation never takes an Update for a replacement and deletes the old one.
 * It carries the logical id whose place a resource took within its stack: that is all that is remembered between requests.
 */
export function newPhysicalId(request: CustomResourceRequest, predecessor: string | undefined): string {
  const own = markValue(request.StackId, request.LogicalResourceId);
  return predecessor === undefined ? own : `${own}:${predecessor}`;
}

/** Unknown after a Create that gave no answer: CloudFormation makes up an id then. */
export function predecessorOf({ PhysicalResourceId: physicalId, StackId, LogicalResourceId }: CustomResourceRequest): string | undefined {
  const own = `${markValue(StackId, LogicalResourceId)}:`;
  return physicalId?.startsWith(own) ? physicalId.slice(own.length) : undefined;
}
