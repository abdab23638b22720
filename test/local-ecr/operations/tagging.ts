import { AwsError, invalidParameter } from '../aws-error';
import { list, repositoryName, required, requiredText } from '../constraints';
import type { IamContext } from '../iam';
import { EcrRequest, need, Operation, requestTags } from '../operation';
import type { Repository } from '../repository';

export interface RepositoryTag {
  readonly Key?: unknown;
  readonly Value?: unknown;
}

const MAX_TAGS = 50;

export const { listTagsForResource, tagResource, untagResource } = tagging('ecr', resourceArn => {
  const arn = requiredText('resourceArn', resourceArn);
  const name = /^arn:[^:]+:ecr:[^:]+:\d{12}:repository\/(.+)$/.exec(arn)?.[1];
  if (name === undefined) throw invalidParameter('resourceArn', 'Invalid ARN');
  return repositoryName(name, 'resourceArn');
});

/** `nameOf` checks only the format of an ARN, because its registry is selected before the operation. */
export function tagging(service: 'ecr' | 'ecr-public', nameOf: (resourceArn: unknown) => string) {
  const onArn = (action: string, run: (repository: Repository, input: EcrRequest['input']) => object,
    context: (input: EcrRequest['input']) => IamContext = () => ({})): Operation => ({
    needs: ({ input, registry }) => [need(`${service}:${action}`, registry, nameOf(input.resourceArn), context(input))],
    run: ({ input, registry }) => run(registry.repository(nameOf(input.resourceArn)), input),
  });
  return {
    listTagsForResource: onArn('ListTagsForResource', ({ tags }) => ({ tags: [...tags].map(([Key, Value]) => ({ Key, Value })) })),
    tagResource: onArn('TagResource', (repository, input) => {
      const merged = checkTags(tagsOf(input.tags), repository.tags);
      for (const [key, value] of merged) repository.tags.set(key, value);
      return {};
    }, input => requestTags(tagsOf(input.tags))),
    untagResource: onArn('UntagResource', (repository, input) => {
      const keys = tagKeysOf(input.tagKeys);
      keys.forEach(refuseSystemKey);
      keys.forEach(key => repository.tags.delete(key));
      return {};
    }, input => ({ 'aws:TagKeys': tagKeysOf(input.tagKeys) })),
  };
}

/** Returns the new tags of a repository. @throws if they are invalid */
export function checkTags(tags: readonly RepositoryTag[], existing: ReadonlyMap<string, string>): Map<string, string> {
  const given = new Set<string>();
  const merged = new Map(existing);
  for (const { Key: key, Value: value } of tags) {
    if (typeof key !== 'string' || key.length < 1 || key.length > 128) {
      throw invalidTag('Tag keys must have a length of 1 to 128 characters.');
    }
    if (typeof value !== 'string' || value.length > 256) throw invalidTag('Tag values can have a maximum length of 256 characters.');
    if (![key, value].every(text => /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(text))) {
      throw invalidTag(`Tag ${key} contains invalid characters.`);
    }
    refuseSystemKey(key);
    if (given.has(key)) throw invalidTag(`Duplicate tag key ${key}.`);
    given.add(key);
    merged.set(key, value);
  }
  // Tags that AWS sets do not count (AWS general reference, "Tag naming limits").
  if ([...merged.keys()].filter(key => !isSystemKey(key)).length > MAX_TAGS) {
    throw new AwsError('TooManyTagsException', 'The list of tags on the repository is over the limit. The maximum number of tags that can'
      + ` be applied to a repository is ${MAX_TAGS}.`);
  }
  return merged;
}

function tagsOf(value: unknown): RepositoryTag[] {
  return required('tags', list<RepositoryTag>('tags', value, 0, 200));
}

function tagKeysOf(value: unknown): string[] {
  return required('tagKeys', list<unknown>('tagKeys', value, 0, 200)).map(key => requiredText('tagKeys', key, { min: 1, max: 128 }));
}

function refuseSystemKey(key: string): void {
  if (isSystemKey(key)) throw invalidTag(`Tag keys starting with "aws:" are reserved for internal use: ${key}`);
}

function isSystemKey(key: string): boolean {
  return key.toLowerCase().startsWith('aws:');
}

function invalidTag(sentence: string): AwsError {
  return new AwsError('InvalidTagParameterException', sentence);
}
