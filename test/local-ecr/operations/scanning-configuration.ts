import { AwsError } from '../aws-error';
import { list, repositoryName, required } from '../constraints';
import { need } from '../iam-needs';
import { EcrRequest, Operation } from '../operation';
import { scanningOf } from '../scanning-configuration';
import { readScanningConfiguration, scanTypeOf } from '../scanning-rules';

const ON_ALL = { resource: '*' };
const enabling = (account: string) => [
  { action: 'inspector2:Enable', ...ON_ALL },
  { action: 'inspector2:ListAccountPermissions', ...ON_ALL },
  {
    action: 'iam:CreateServiceLinkedRole',
    resource: `arn:aws:iam::${account}:role/aws-service-role/inspector2.amazonaws.com/AWSServiceRoleForAmazonInspector2`,
    context: { 'iam:AWSServiceName': 'inspector2.amazonaws.com' },
  },
];

/** Replaces the scan type and all rules. */
export const putRegistryScanningConfiguration: Operation = {
  needs: ({ input, registry, scanning }) => {
    const before = scanning!.scans.configurationOf(registry).scanType;
    const after = scanTypeOf(input.scanType);
    const disabling = before === 'ENHANCED' && after === 'BASIC' ? [{ action: 'inspector2:Disable', ...ON_ALL }] : [];
    const more = after === 'ENHANCED' ? enabling(registry.account) : disabling;
    return [{ action: 'ecr:PutRegistryScanningConfiguration', ...ON_ALL }, ...more];
  },
  run: ({ input, registry, scanning, readings }) => {
    const { scans, isBlocked } = scanning!;
    const configuration = readScanningConfiguration(input, readings);
    if (isBlocked) {
      throw new AwsError('BlockedByOrganizationPolicyException',
        'The operation did not succeed because the account is managed by a organization policy.');
    }
    scans.configure(registry, configuration);
    return { registryScanningConfiguration: configuration };
  },
};

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
