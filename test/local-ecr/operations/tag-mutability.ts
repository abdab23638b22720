import { required } from '../constraints';
import { onRepository } from '../operation';
import { readMutability } from '../tag-mutability';

export const putImageTagMutability = onRepository('PutImageTagMutability', (repository, { input }) => {
  required('imageTagMutability', input.imageTagMutability);
  Object.assign(repository, readMutability(input, 'MUTABLE'));
  return {
    registryId: repository.settings.account,
    repositoryName: repository.name,
    imageTagMutability: repository.mutability,
    ...repository.exclusionFilters.length === 0 ? {} : {
      imageTagMutabilityExclusionFilters: repository.exclusionFilters.map(filter => ({ filterType: 'WILDCARD', filter })),
    },
  };
});
