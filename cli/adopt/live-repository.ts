import {
  DescribeRepositoriesCommand, ECRClient, GetLifecyclePolicyCommand, GetRepositoryPolicyCommand, ListTagsForResourceCommand, Repository,
} from '@aws-sdk/client-ecr';
import { isNamed, isRepositoryMissing } from '../../lambda/shared/protocol/errors';
import { parsePolicy, PolicyDocument } from '../../src/core/policy/document';
import { parseRepositoryArn, RepositoryArn } from '../../src/core/repository-arn';
import { describeRefusal } from '../aws-refusal';
import { Failure } from '../failure';

/** A repository in AWS, with everything that an import can change. */
export interface LiveRepository extends RepositoryArn {
  readonly arn: string;
  readonly encryption: { readonly type: string; readonly kmsKey?: string };
  readonly mutability: string;
  readonly exclusionFilters: readonly string[];
  readonly isScannedOnPush: boolean;
  readonly tags: ReadonlyMap<string, string>;
  readonly lifecyclePolicyText?: string;
  readonly policy?: PolicyDocument;
}

/** The result if the repository does not exist, with the account in the message of ECR, if it names one. */
export interface Absence {
  readonly registryId: string | undefined;
}

/** Reads a repository in the account of the credentials. Makes only calls that read. */
export async function readLiveRepository(ecr: ECRClient, repositoryName: string): Promise<LiveRepository | Absence> {
  const region = await ecr.config.region().catch(() => undefined);
  const refusal = (error: unknown, action: string) =>
    new Failure([describeRefusal(error, { repositoryName, region, action: `ecr:${action}` })]);
  const unlessNamed = <T>(action: string, name: string, answer: Promise<T>): Promise<T | undefined> => answer.catch((error: unknown) => {
    if (isNamed(error, name)) return undefined;
    throw refusal(error, action);
  });
  let repository: Repository;
  try {
    const { repositories = [] } = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }));
    [repository] = repositories;
  } catch (error) {
    if (!isRepositoryMissing(error)) throw refusal(error, 'DescribeRepositories');
    return { registryId: /registry with id '(\d{12})'/.exec((error as Error).message)?.[1] };
  }
  const { repositoryArn: resourceArn = '' } = repository;
  const lifecycle = await unlessNamed(
    'GetLifecyclePolicy', 'LifecyclePolicyNotFoundException', ecr.send(new GetLifecyclePolicyCommand({ repositoryName })),
  );
  const policy = await unlessNamed(
    'GetRepositoryPolicy', 'RepositoryPolicyNotFoundException', ecr.send(new GetRepositoryPolicyCommand({ repositoryName })),
  );
  const tags = await ecr.send(new ListTagsForResourceCommand({ resourceArn })).catch((error: unknown) => {
    throw refusal(error, 'ListTagsForResource');
  });
  return {
    ...parseRepositoryArn(resourceArn)!,
    arn: resourceArn,
    encryption: {
      type: repository.encryptionConfiguration?.encryptionType ?? 'AES256', kmsKey: repository.encryptionConfiguration?.kmsKey,
    },
    mutability: repository.imageTagMutability ?? 'MUTABLE',
    exclusionFilters: (repository.imageTagMutabilityExclusionFilters ?? []).map(({ filter = '' }) => filter),
    isScannedOnPush: repository.imageScanningConfiguration?.scanOnPush ?? false,
    tags: new Map((tags.tags ?? []).map(({ Key: key = '', Value: value = '' }) => [key, value])),
    lifecyclePolicyText: lifecycle?.lifecyclePolicyText,
    policy: policy?.policyText === undefined ? undefined : parsePolicy(policy.policyText),
  };
}
