import { Annotations, TagManager, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { RemovalPlan } from './teardown-plan';

/** Tags as they stand in the template; what is not a text is known only at deployment. */
type FinalTags = ReadonlyArray<{ readonly Key: unknown; readonly Value: unknown }>;

export function finalTags(tags: TagManager): FinalTags {
  return Object.entries(tags.tagValues()).map(([Key, Value]) => ({ Key, Value }));
}

/** A declared repository without its own required tag refuses to be deleted. It is no error, because the tag may be set by hand. */
export function warnOfMissingTag(scope: Construct, tags: FinalTags, { guards: { requireTag } }: Pick<RemovalPlan, 'guards'>): void {
  if (requireTag === undefined || !isKnown(requireTag.key)) return;
  const { key, value } = requireTag;
  const found = tags.filter(({ Key }) => Key === key || !isKnown(Key));
  if (found.some(({ Key, Value }) => !isKnown(Key) || !isKnown(Value) || !isKnown(value) || Value === value)) return;
  const got = found.length === 0 ? 'has no such tag' : `has the value ${JSON.stringify(found[0].Value)}`;
  Annotations.of(scope).addWarningV2('cdk-ecr-keeper:required-tag-missing',
    `the teardown requires the tag '${key}' with the value ${JSON.stringify(value)}, but the repository ${got} in the template. The`
      + ` teardown will be refused. Add Tags.of(repository).add('${key}', ${JSON.stringify(value)}), or omit 'requireTag'`);
}

function isKnown(value: unknown): boolean {
  return typeof value === 'string' && !Token.isUnresolved(value);
}
