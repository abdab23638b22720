import { Annotations, TagManager, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { RemovalPlan } from './teardown-plan';
import type { RequiredTag } from '../../core/images/guards';

/** Tags in the template. A key or value that is not a string is known only at deployment. */
type FinalTags = ReadonlyArray<{ readonly Key: unknown; readonly Value: unknown }>;

export function finalTags(tags: TagManager): FinalTags {
  return Object.entries(tags.tagValues()).map(([Key, Value]) => ({ Key, Value }));
}

/**
 * Warns about a repository of the stack without the required tag, because its deletion would be refused. This is not an error, because the
 * tag can be set by hand.
 */
export function warnOfMissingTag(scope: Construct, tags: FinalTags, { guards: { requireTag } }: Pick<RemovalPlan, 'guards'>): void {
  if (requireTag === undefined || !isKnown(requireTag.key)) return;
  const { key, value } = requireTag;
  const found = tags.filter(({ Key }) => Key === key || !isKnown(Key));
  if (found.some(({ Key, Value }) => !isKnown(Key) || !isKnown(Value) || !isKnown(value) || Value === value)) return;
  const got = found.length === 0 ? 'has no such tag' : `has the value ${JSON.stringify(found[0].Value)}`;
  warn(scope, requireTag, `the repository ${got} in the template. The teardown will be refused. Add Tags.of(repository).add('${key}',`
    + ` ${JSON.stringify(value)}), or omit 'requireTag'`);
}

/** Warns about a cache whose own template sets no tags, because another template must then set the required tag. */
export function warnOfMissingTemplateTag(scope: Construct, requireTag: RequiredTag): void {
  warn(scope, requireTag, 'the cache has no \'repositories\' with it. Unless a RepositoryTemplate of another stack sets the tag, the'
    + ' repositories are kept. Add \'repositories\' with this tag');
}

function warn(scope: Construct, { key, value }: RequiredTag, but: string): void {
  Annotations.of(scope).addWarningV2('cdk-ecr-keeper:required-tag-missing',
    `the teardown requires the tag '${key}' with the value ${JSON.stringify(value)}, but ${but}`);
}

function isKnown(value: unknown): boolean {
  return typeof value === 'string' && !Token.isUnresolved(value);
}
