import { keyArn } from './kms';
import { parseLifecyclePolicy } from './lifecycle-policy';
import type { PolicyPrincipals } from './policy-principals';
import type { Readings } from './readings';
import type { Place, Registry } from './registry';
import { Repository, TagMutability } from './repository';
import { mapPrincipals, parseLivePolicy } from './repository-policy';

/** A repository to create or update. Settings apply only to a new repository, tags are added, and policies are replaced. */
export interface SeedRepository extends Place {
  readonly repositoryName: string;
  /** @default - 2026-01-01 */
  readonly createdAt?: Date;
  readonly tags?: Record<string, string>;
  readonly encryption?: { readonly encryptionType: 'AES256' | 'KMS' | 'KMS_DSSE'; readonly kmsKey?: string };
  readonly imageTagMutability?: TagMutability;
  readonly exclusionFilters?: readonly string[];
  /** @default false */
  readonly scanOnPush?: boolean;
  /** It can contain everything: ECR may accept more than this fake. */
  readonly policyText?: string;
  readonly lifecyclePolicyText?: string;
}

export interface Seeding {
  readonly registry: Registry;
  readonly policyPrincipals: PolicyPrincipals;
  readonly lifecycleTextAsStored: (text: string) => string;
  readonly readings: Readings;
}

export function seedRepository(
  options: SeedRepository, { registry, policyPrincipals, lifecycleTextAsStored, readings }: Seeding,
): Repository {
  const { repositoryName: name, policyText, lifecyclePolicyText } = options;
  const repository = registry.repositories.get(name) ?? create(options, registry);
  for (const [key, value] of Object.entries(options.tags ?? {})) repository.tags.set(key, value);
  if (policyText !== undefined) {
    repository.policy = mapPrincipals(parseLivePolicy(policyText), principal => policyPrincipals.bind(principal));
  }
  if (lifecyclePolicyText !== undefined) {
    parseLifecyclePolicy(lifecyclePolicyText, readings);
    repository.lifecyclePolicy = { text: lifecycleTextAsStored(lifecyclePolicyText), lastEvaluatedAt: 0 };
  }
  registry.repositories.set(name, repository);
  return repository;
}

function create(options: SeedRepository, registry: Registry): Repository {
  const { repositoryName: name, encryption = { encryptionType: 'AES256' } } = options;
  const repository = new Repository({
    name,
    account: registry.account,
    region: registry.region,
    createdAt: options.createdAt?.getTime() ?? Date.UTC(2026, 0, 1),
    scanOnPush: options.scanOnPush ?? false,
    encryption: encryption.encryptionType === 'AES256' ? encryption
      : { ...encryption, kmsKey: keyArn(encryption.kmsKey ?? 'alias/aws/ecr', registry) },
  });
  repository.mutability = options.imageTagMutability ?? 'MUTABLE';
  repository.exclusionFilters = [...options.exclusionFilters ?? []];
  return repository;
}
