/** Repositories that ECR creates by itself. Behavior and sources: README.md, "Repository creation templates". */
import { AwsError } from './aws-error';
import { CreationCause, CreationTemplate, needsRole, templateFor } from './creation-templates';
import { need, requestTags } from './iam-needs';
import { keyArn } from './kms';
import type { PolicyPrincipals } from './policy-principals';
import type { Principals } from './principals';
import type { Readings } from './readings';
import type { Registry } from './registry';
import { Repository } from './repository';
import { asStored, mapPrincipals, parseRepositoryPolicy } from './repository-policy';

export class RepositoryCreations {
  constructor(
    private readonly callers: Principals, private readonly principals: PolicyPrincipals,
    private readonly lifecycleTextAsStored: (text: string) => string, private readonly readings: Readings,
  ) {}

  /** Whether a push creates a missing repository of this name. */
  isCreatedByPush(registry: Registry, name: string): boolean {
    return !registry.repositories.has(name) && templateFor(registry.templates, name, 'CREATE_ON_PUSH', this.readings) !== undefined;
  }

  /**
   * Creates the repository with the settings of its template, or with default settings.
   *
   * @throws for tags or a key without a role that may set them, like a repository that does not exist (aws/containers-roadmap#2398)
   */
  create(registry: Registry, name: string, cause: CreationCause, now: number): Repository {
    const template = templateFor(registry.templates, name, cause, this.readings);
    if (template && !this.canCreate(template, registry, name, cause)) {
      throw new AwsError('RepositoryNotFoundException',
        `The repository with name '${name}' does not exist in the registry with id '${registry.account}'`);
    }
    const { account, region } = registry;
    const { encryptionType, kmsKey } = template?.encryption ?? { encryptionType: 'AES256' };
    const encryption = encryptionType === 'AES256' ? { encryptionType }
      : { encryptionType, kmsKey: keyArn(kmsKey ?? 'alias/aws/ecr', registry) };
    const repository = new Repository({ name, account, region, createdAt: now, encryption, scanOnPush: false });
    if (template) {
      const { mutability, exclusionFilters, tags, repositoryPolicy, lifecyclePolicy } = template;
      Object.assign(repository, { mutability, exclusionFilters: [...exclusionFilters] });
      for (const [key, value] of tags) repository.tags.set(key, value);
      if (repositoryPolicy !== undefined) {
        const policy = asStored(parseRepositoryPolicy(repositoryPolicy, this.readings), this.readings);
        repository.policy = mapPrincipals(policy, principal => this.principals.bind(principal));
      }
      if (lifecyclePolicy !== undefined) {
        repository.lifecyclePolicy = { text: this.lifecycleTextAsStored(lifecyclePolicy), lastEvaluatedAt: 0 };
      }
    }
    registry.repositories.set(name, repository);
    return repository;
  }

  /** The permissions are those of the policy in the user guide, "Create a custom policy for repository creation templates". */
  private canCreate(template: CreationTemplate, registry: Registry, name: string, cause: CreationCause): boolean {
    const { customRoleArn, tags, encryption: { encryptionType, kmsKey } } = template;
    if (customRoleArn === undefined) return !needsRole(template);
    const accessKeyId = this.callers.keyOfRole(customRoleArn);
    if (accessKeyId === undefined) return true;
    const ofEcr = ['CreateRepository', ...tags.size > 0 ? ['TagResource'] : [], ...cause === 'REPLICATION' ? ['ReplicateImage'] : []];
    const context = requestTags([...tags].map(([Key, Value]) => ({ Key, Value })));
    const ofKms = encryptionType === 'AES256' ? [] : ['CreateGrant', 'DescribeKey', 'RetireGrant'];
    const needs = [
      ...ofEcr.map(action => need(`ecr:${action}`, registry, name, context)),
      ...ofKms.map(action => ({ action: `kms:${action}`, resource: keyArn(kmsKey ?? 'alias/aws/ecr', registry) })),
    ];
    return needs.every(request => this.callers.permits(accessKeyId, request));
  }
}
