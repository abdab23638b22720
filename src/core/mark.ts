/**
 * Returns the key of the mark, the resource tag that names the custom resource that may change or delete a repository. The key is
 * `cdk-ecr-keeper:<handler>-by` and the value is `<UUID of AWS::StackId>:<logical id of the custom resource>`. The Delete request of a
 * handler acts only while the repository carries its own mark. A construct that was moved, renamed, or deployed twice therefore never
 * reverts the changes of another construct.
 */
export function markKey(handler: string): string {
  return `cdk-ecr-keeper:${handler}-by`;
}

/** Returns the handler to which a mark belongs, or undefined for any other tag. */
export function markedHandler(tagKey: string): string | undefined {
  return /^cdk-ecr-keeper:(.+)-by$/.exec(tagKey)?.[1];
}

/** A StackId is `arn:<partition>:cloudformation:<region>:<account>:stack/<name>/<UUID>`; the UUID is the third part between slashes. */
export const STACK_UUID_INDEX = 2;

export function stackUuid(stackId: string): string {
  return stackId.split('/')[STACK_UUID_INDEX] ?? '';
}

/** @param predecessor resource of the stack that had the repository before, to which a rollback returns it */
export function markValue(stackId: string, logicalId: string, predecessor?: string): string {
  return [stackUuid(stackId), logicalId, ...predecessor === undefined ? [] : [predecessor]].join(':');
}

/** Returns the resource of the stack that had the repository before, if the mark names it. */
export function markedPredecessor(live: string | undefined): string | undefined {
  return live?.split(':')[2];
}

/** Returns why a repository belongs to a stack, according to its tags. CloudFormation tags the resources that it creates. */
export function stackInTags(tags: ReadonlyMap<string, string>): string | undefined {
  const owner = [...tags.keys()].find(key => key.startsWith('aws:cloudformation:') || markedHandler(key) !== undefined);
  return owner === undefined ? undefined : `it belongs to a stack (its tag ${owner} is ${tags.get(owner)})`;
}

export type MarkOwner = 'own' | 'same-stack' | 'other-stack' | 'none';

/** Returns whether a live mark belongs to a custom resource, to its stack, or to another stack. */
export function markOwner(live: string | undefined, stackId: string, logicalId: string): MarkOwner {
  if (live === undefined) return 'none';
  const own = markValue(stackId, logicalId);
  if (live === own || live.startsWith(`${own}:`)) return 'own';
  return live.startsWith(`${stackUuid(stackId)}:`) ? 'same-stack' : 'other-stack';
}
