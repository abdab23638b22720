import { invalidParameter } from '../../local-ecr/aws-error';
import { list, required, requiredText } from '../../local-ecr/constraints';
import { requestTags } from '../../local-ecr/operation';
import { checkTags, RepositoryTag } from '../../local-ecr/operations/tagging';
import { publicName } from '../constraints';
import { publicNeed, PublicOperation, PublicRequest } from '../operation';
import type { PublicRepository } from '../repository';

export const listTagsForResource = onArn('ListTagsForResource', repository => ({
  tags: [...repository.tags].map(([Key, Value]) => ({ Key, Value })),
}));

export const tagResource = onArn('TagResource', (repository, { input }) => {
  const merged = checkTags(tagsOf(input.tags), repository.tags);
  for (const [key, value] of merged) repository.tags.set(key, value);
  return {};
}, input => requestTags(tagsOf(input.tags)));

export const untagResource = onArn('UntagResource', (repository, { input }) => {
  const keys = tagKeysOf(input.tagKeys);
  // one by one, for the keys that AWS reserves: a key given twice is no error here
  keys.forEach(Key => checkTags([{ Key, Value: '' }], new Map()));
  keys.forEach(key => repository.tags.delete(key));
  return {};
}, input => ({ 'aws:TagKeys': tagKeysOf(input.tagKeys) }));

function onArn(action: string, run: (repository: PublicRepository, request: PublicRequest) => object,
  context: (input: PublicRequest['input']) => ReturnType<typeof requestTags> = () => ({})): PublicOperation {
  return {
    needs: ({ input, registry }) => [publicNeed(action, registry, nameOf(input.resourceArn), context(input))],
    run: request => run(request.registry.repository(nameOf(request.input.resourceArn)), request),
  };
}

/** "Currently, the supported resource is an Amazon ECR Public repository" (API reference): the ARN of a registry is refused. */
function nameOf(resourceArn: unknown): string {
  const arn = requiredText('resourceArn', resourceArn, { min: 1, max: 2048 });
  const name = /^arn:[^:]+:ecr-public::\d{12}:repository\/(.+)$/.exec(arn)?.[1];
  if (name === undefined) throw invalidParameter('resourceArn', 'Invalid ARN');
  return publicName(name, 'resourceArn');
}

function tagsOf(value: unknown): RepositoryTag[] {
  return required('tags', list<RepositoryTag>('tags', value, 0, 200));
}

function tagKeysOf(value: unknown): string[] {
  return required('tagKeys', list<unknown>('tagKeys', value, 0, 200)).map(key => requiredText('tagKeys', key, { min: 1, max: 128 }));
}
