import { AwsError, invalidParameter } from '../aws-error';
import { integer, list, oneOf, optionalText, repositoryName, required } from '../constraints';
import { epochSeconds } from '../epoch-seconds';
import { need, requestTags } from '../iam-needs';
import { keyArn, refuseKms, refuseWithDisabledKey, requireKmsRepository } from '../kms';
import { EcrRequest, onRepository, Operation } from '../operation';
import type { Registry } from '../registry';
import { Repository } from '../repository';
import { checkTags, RepositoryTag } from '../repository-tags';
import { readMutability } from '../tag-mutability';

export const createRepository: Operation = {
  needs: ({ input, registry }) => {
    const name = repositoryName(input.repositoryName);
    const tags = list<RepositoryTag>('tags', input.tags, 0, 200) ?? [];
    const context = requestTags(tags);
    // Tags at creation also need ecr:TagResource (estahn/k8s-image-swapper#416, based on a notice from AWS).
    return ['ecr:CreateRepository', ...tags.length > 0 ? ['ecr:TagResource'] : []].map(action => need(action, registry, name, context));
  },
  run: request => {
    const { input, registry } = request;
    const name = input.repositoryName as string;
    const tags = checkTags(list<RepositoryTag>('tags', input.tags, 0, 200) ?? [], new Map());
    const mutability = readMutability(input, 'MUTABLE');
    const encryption = readEncryption(input.encryptionConfiguration, registry);
    if (registry.repositories.has(name)) {
      throw new AwsError('RepositoryAlreadyExistsException',
        `The repository with name '${name}' already exists in the registry with id '${registry.account}'`);
    }
    refuseKms(request, encryption.kmsKey);
    refuseWithDisabledKey(request, encryption.kmsKey);
    const scanning = input.imageScanningConfiguration as { scanOnPush?: boolean } | undefined;
    const repository = new Repository({
      name,
      account: registry.account,
      region: registry.region,
      createdAt: request.now(),
      encryption,
      scanOnPush: scanning?.scanOnPush ?? false,
    });
    Object.assign(repository, mutability);
    for (const [key, value] of tags) repository.tags.set(key, value);
    registry.repositories.set(name, repository);
    return { repository: render(repository) };
  },
};

export const describeRepositories: Operation = {
  needs: ({ input, registry, readings }) => {
    if (input.repositoryNames === undefined && readings.isOther('describe-all-iam')) {
      return [{ action: 'ecr:DescribeRepositories', resource: '*' }];
    }
    return names(input.repositoryNames).map(name => need('ecr:DescribeRepositories', registry, name));
  },
  run: ({ input, registry, tokens, operation }) => {
    const wanted = list<string>('repositoryNames', input.repositoryNames, 1, 100);
    const maxResults = integer('maxResults', input.maxResults, 1, 1000);
    const token = optionalText('nextToken', input.nextToken);
    if (wanted) {
      if (maxResults !== undefined || token !== undefined) {
        throw invalidParameter('repositoryNames', 'must not be combined with maxResults or nextToken');
      }
      return { repositories: wanted.map(name => render(registry.repository(name))) };
    }
    const all = registry.repositories.inListOrder();
    const scope = `${operation} ${registry.account} ${registry.region}`;
    const [from] = tokens.open(scope, token) ?? [0];
    const until = from + (maxResults ?? 100);
    return {
      repositories: all.slice(from, until).map(render),
      ...until < all.length ? { nextToken: tokens.seal(scope, [until]) } : {},
    };
  },
};

export const deleteRepository: Operation = onRepository('DeleteRepository', (repository, request) => {
  const { name, account, encryption } = repository.settings;
  if (repository.size > 0 && request.input.force !== true) {
    throw new AwsError('RepositoryNotEmptyException',
      `The repository with name '${name}' in registry with id '${account}' cannot be deleted because it still contains images`);
  }
  if (request.fault?.kind === 'kms') requireKmsRepository(encryption.kmsKey);
  request.registry.repositories.delete(name);
  if (request.readings.isOther('replication-delete-repository')) request.replication?.repositoryDeleted(repository);
  if (encryption.kmsKey !== undefined) retireGrants(repository, encryption.kmsKey, request);
  return { repository: render(repository) };
});

/** With the credentials of the caller, and after the deletion (user guide, "Encryption at rest"). */
function retireGrants({ settings }: Repository, kmsKey: string, request: EcrRequest): void {
  const permitted = request.permits({
    action: 'kms:RetireGrant',
    resource: kmsKey,
    context: { 'kms:ViaService': `ecr.${settings.region}.amazonaws.com`, 'kms:CallerAccount': settings.account },
  });
  if (permitted && request.fault?.kind !== 'kms') return;
  throw new AwsError('KmsException',
    `The repository with name '${settings.name}' in registry with id '${settings.account}' has been deleted successfully `
    + `but the grants created by the kmsKey '${kmsKey}' failed to be retired`,
    400, { kmsError: permitted ? 'KMSInternalException' : 'AccessDeniedException' });
}

function readEncryption(value: unknown, registry: Registry): { encryptionType: string; kmsKey?: string } {
  const { encryptionType, kmsKey } = (value ?? { encryptionType: 'AES256' }) as { encryptionType?: unknown; kmsKey?: unknown };
  const at = 'encryptionConfiguration.encryptionType';
  const type = required(at, oneOf(at, encryptionType, ['AES256', 'KMS', 'KMS_DSSE']));
  const key = optionalText('encryptionConfiguration.kmsKey', kmsKey, { min: 1, max: 2048 });
  if (type === 'AES256') {
    if (key !== undefined) {
      throw invalidParameter('encryptionConfiguration.kmsKey', 'must not be specified with the encryption type AES256');
    }
    return { encryptionType: type };
  }
  return { encryptionType: type, kmsKey: keyArn(key ?? 'alias/aws/ecr', registry) };
}

/** IAM checks all repositories as one resource, `repository/*`, which has no tags. */
function names(value: unknown): string[] {
  return list<unknown>('repositoryNames', value, 1, 100)?.map(name => repositoryName(name, 'repositoryNames')) ?? ['*'];
}

function render(repository: Repository): object {
  const { name, account, region, createdAt, encryption, scanOnPush } = repository.settings;
  return {
    repositoryArn: repository.arn,
    registryId: account,
    repositoryName: name,
    repositoryUri: `${account}.dkr.ecr.${region}.amazonaws.com/${name}`,
    createdAt: epochSeconds(createdAt),
    imageTagMutability: repository.mutability,
    ...repository.exclusionFilters.length === 0 ? {} : {
      imageTagMutabilityExclusionFilters: repository.exclusionFilters.map(filter => ({ filterType: 'WILDCARD', filter })),
    },
    imageScanningConfiguration: { scanOnPush },
    encryptionConfiguration: encryption,
  };
}
