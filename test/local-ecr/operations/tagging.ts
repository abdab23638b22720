import { invalidParameter } from '../aws-error';
import { list, repositoryName, required, requiredText } from '../constraints';
import type { IamContext } from '../iam';
import { need, requestTags } from '../iam-needs';
import { EcrRequest, Operation } from '../operation';
import type { Repository } from '../repository';
import { checkTags, refuseSystemKey, RepositoryTag } from '../repository-tags';

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

function tagsOf(value: unknown): RepositoryTag[] {
  return required('tags', list<RepositoryTag>('tags', value, 0, 200));
}

function tagKeysOf(value: unknown): string[] {
  return required('tagKeys', list<unknown>('tagKeys', value, 0, 200)).map(key => requiredText('tagKeys', key, { min: 1, max: 128 }));
}
