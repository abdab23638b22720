/**
 * The mark says whose effect a repository carries: the resource tag `cdk-ecr-keeper:<handler>-by`,
 * its value `<UUID of AWS::StackId>:<logical id of the custom resource>`.
 * A handler's Delete acts only while the mark is its own, so that a construct that moved, was renamed
 * or was deployed twice never undoes what another one did.
 */
export function markKey(handler: string): string {
  return `cdk-ecr-keeper:${handler}-by`;
}

/** The handler whose mark a tag is; undefined for any other tag. */
export function markedHandler(tagKey: string): string | undefined {
  return /^cdk-ecr-keeper:(.+)-by$/.exec(tagKey)?.[1];
}

/** A StackId is `arn:<partition>:cloudformation:<region>:<account>:stack/<name>/<UUID>`; the UUID is the third part between slashes. */
export const STACK_UUID_INDEX = 2;

export function stackUuid(stackId: string): string {
  return stackId.split('/')[STACK_UUID_INDEX] ?? '';
}

export function markValue(stackId: string, logicalId: string): string {
  return `${stackUuid(stackId)}:${logicalId}`;
}

/** Why a repository is some stack's business, if its tags say so. CloudFormation tags what it makes. */
export function stackInTags(tags: ReadonlyMap<string, string>): string | undefined {
  const owner = [...tags.keys()].find(key => key.startsWith('aws:cloudformation:') || markedHandler(key) !== undefined);
  return owner === undefined ? undefined : `it belongs to a stack (its tag ${owner} is ${tags.get(owner)})`;
}

export type MarkOwner = 'own' | 'same-stack' | 'other-stack' | 'none';

/** Who a live mark belongs to, seen from one custom resource. */
export function markOwner(live: string | undefined, stackId: string, logicalId: string): MarkOwner {
  if (live === undefined) return 'none';
  if (live === markValue(stackId, logicalId)) return 'own';
  return live.startsWith(`${stackUuid(stackId)}:`) ? 'same-stack' : 'other-stack';
}
