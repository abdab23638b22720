import { list, repositoryName, required } from '../constraints';
import { EcrRequest, need, Operation } from '../operation';
import { scanningOf } from '../scanning-configuration';

export const getRegistryScanningConfiguration: Operation = {
  needs: () => [{ action: 'ecr:GetRegistryScanningConfiguration', resource: '*' }],
  run: ({ registry, scanning }) => ({ registryId: registry.account, scanningConfiguration: scanning!.scans.configurationOf(registry) }),
};

export const batchGetRepositoryScanningConfiguration: Operation = {
  needs: request => names(request).map(name => need('ecr:BatchGetRepositoryScanningConfiguration', request.registry, name)),
  run: request => {
    const { registry } = request;
    const { scans } = request.scanning!;
    const known = names(request).filter(name => registry.repositories.has(name));
    const unknown = names(request).filter(name => !registry.repositories.has(name));
    return {
      scanningConfigurations: known.map(name => {
        const repository = registry.repository(name);
        const { frequency, filters } = scanningOf(repository, scans.configurationOf(registry));
        return {
          repositoryArn: repository.arn,
          repositoryName: name,
          scanOnPush: frequency !== 'MANUAL',
          scanFrequency: frequency,
          appliedScanFilters: filters,
        };
      }),
      failures: unknown.map(name => ({
        repositoryName: name,
        failureCode: 'REPOSITORY_NOT_FOUND',
        failureReason: `The repository with name '${name}' does not exist in the registry with id '${registry.account}'`,
      })),
    };
  },
};

function names({ input }: EcrRequest): string[] {
  const given = required('repositoryNames', list<unknown>('repositoryNames', input.repositoryNames, 1, 25));
  return given.map(name => repositoryName(name, 'repositoryNames'));
}
