import { AwsError, invalidParameter } from '../../local-ecr/aws-error';
import { list } from '../../local-ecr/constraints';
import { requestTags } from '../../local-ecr/iam-needs';
import { checkTags, RepositoryTag } from '../../local-ecr/repository-tags';
import { readCatalogData } from '../catalog-data';
import { publicName } from '../constraints';
import { onPublicRepository, publicNeed, PublicOperation, PublicRequest } from '../operation';
import { readPage } from '../pages';
import { PublicRepository } from '../repository';

export const createRepository: PublicOperation = {
  needs: ({ input, registry, readings }) => {
    const name = publicName(input.repositoryName);
    const tags = tagsOf(input);
    const context = requestTags(tags);
    // TagResource is a second action of CreateRepository (service authorization reference); that it is asked for with tags only is inferred
    const tagging = tags.length > 0 && !readings.isOther('public-tags-at-creation-action') ? ['TagResource'] : [];
    return ['CreateRepository', ...tagging].map(action => publicNeed(action, registry, name, context));
  },
  run: ({ input, registry, now, repositoryQuota }) => {
    const name = input.repositoryName as string;
    const tags = checkTags(tagsOf(input), new Map());
    const catalogData = readCatalogData(input.catalogData);
    if (registry.repositories.has(name)) {
      throw new AwsError('RepositoryAlreadyExistsException',
        `The repository with name '${name}' already exists in the registry with id '${registry.account}'`);
    }
    if (registry.repositories.size >= repositoryQuota) {
      throw new AwsError('LimitExceededException',
        `The registry with id '${registry.account}' already has the maximum of ${repositoryQuota} repositories`);
    }
    const repository = new PublicRepository(registry, name, now());
    repository.catalogData = catalogData;
    for (const [key, value] of tags) repository.tags.set(key, value);
    registry.add(repository);
    return { repository: repository.render(), catalogData: catalogData ?? {} };
  },
};

export const describeRepositories: PublicOperation = {
  needs: ({ input, registry }) => names(input.repositoryNames).map(name => publicNeed('DescribeRepositories', registry, name)),
  run: request => {
    const { input, registry } = request;
    const wanted = list<string>('repositoryNames', input.repositoryNames, 1, 100);
    const page = readPage(request, registry.arn);
    if (wanted) {
      if (input.maxResults !== undefined || input.nextToken !== undefined) {
        throw invalidParameter('repositoryNames', 'must not be combined with maxResults or nextToken');
      }
      return { repositories: wanted.map(name => registry.repository(name).render()) };
    }
    const all = [...registry.repositories.values()];
    const [from] = page.position;
    const until = from + page.size;
    return {
      repositories: all.slice(from, until).map(repository => repository.render()),
      ...until < all.length ? { nextToken: page.seal([until]) } : {},
    };
  },
};

export const deleteRepository = onPublicRepository('DeleteRepository', (repository, { input, registry }) => {
  if (repository.size > 0 && input.force !== true) {
    throw new AwsError('RepositoryNotEmptyException', `The repository with name '${repository.name}' in registry with id`
      + ` '${registry.account}' cannot be deleted because it still contains images`);
  }
  registry.repositories.delete(repository.name);
  return { repository: repository.render() };
});

function tagsOf(input: PublicRequest['input']): RepositoryTag[] {
  return list<RepositoryTag>('tags', input.tags, 0, 200) ?? [];
}

/** IAM checks all repositories as one resource, `repository/*`, which has no tags. */
function names(value: unknown): string[] {
  return list<unknown>('repositoryNames', value, 1, 100)?.map(name => publicName(name, 'repositoryNames')) ?? ['*'];
}
