import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { COPY_TO } from '../private/images/image-permissions';
import { throwProblems } from '../private/problems';
import { checkOptions, FLAG, listOf, PRINCIPAL, PropertyTypes, required, TEXT } from '../private/property-types';
import { prefixProblems } from '../private/shield/selected-repositories';
import { RepositoryPrincipal } from '../repository-principal';

/**
 * Options of the statements that `RegistryStatement` creates.
 *
 * @stability stable
 */
export interface RegistryStatementOptions {
  /**
   * Beginnings of the names of the repositories that the statement applies to, such as `team/`, at least one.
   *
   * @default - all repositories of the registry
   */
  readonly prefixes?: string[];
}

/**
 * Options of `RegistryStatement.replicationFrom`.
 *
 * @stability stable
 */
export interface ReplicationStatementOptions extends RegistryStatementOptions {
  /**
   * Whether Amazon ECR may create missing repositories in this registry. Otherwise, the replication into missing repositories fails.
   *
   * @default true
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions-create-replication.html
   */
  readonly createRepositories?: boolean;
}

const OPTION_TYPES: PropertyTypes<RegistryStatementOptions> = { prefixes: listOf(TEXT) };

/** Actions of a push, without those that `ImageCopy` needs in addition. */
const PUSH = COPY_TO.filter(action => !['ecr:BatchGetImage', 'ecr:DescribeImages'].includes(action));

/**
 * Statements for `RegistryPermissions`.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
 * @stability stable
 */
export class RegistryStatement {
  /**
   * Returns a statement that lets other accounts replicate images into this registry.
   *
   * The source account also needs a replication rule. Replication between Regions of one account needs no statement.
   *
   * @param accountIds IDs of the source accounts, at least one, 12 digits each.
   * @param options Repositories that the statement applies to.
   *
   * @throws if an account ID or a prefix is invalid
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions-create-replication.html
   */
  public static replicationFrom(accountIds: string[], options: ReplicationStatementOptions = {}): iam.PolicyStatement {
    const { createRepositories = true, ...scope } = options;
    const method = 'RegistryStatement.replicationFrom';
    checkOptions(method, { accountIds, ...options }, { accountIds: required(listOf(TEXT)), ...OPTION_TYPES, createRepositories: FLAG });
    return statement(method, scope, RepositoryPrincipal.accounts(...accountIds), [
      ...createRepositories ? ['ecr:CreateRepository'] : [], 'ecr:ReplicateImage',
    ]);
  }

  /**
   * Returns a statement that lets a principal push to repositories that do not exist yet, which Amazon ECR then creates.
   *
   * A principal of another account also needs these permissions in a policy of its own account. The settings of a new repository are those
   * of the repository creation template for its name.
   *
   * @param principal Principal that may push, for example `RepositoryPrincipal.organizations('o-a1b2c3d4e5')` or a role.
   * @param options Repositories that the statement applies to.
   *
   * @throws if a prefix is invalid
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
   */
  public static createOnPush(principal: iam.IPrincipal, options: RegistryStatementOptions = {}): iam.PolicyStatement {
    const method = 'RegistryStatement.createOnPush';
    checkOptions(method, { principal, ...options }, { principal: required(PRINCIPAL), ...OPTION_TYPES });
    return statement(method, options, principal, ['ecr:CreateRepository', ...PUSH]);
  }

  /**
   * Returns a statement that lets a principal pull an image through a pull-through cache for the first time, when Amazon ECR creates the
   * repository and imports the image.
   *
   * Later pulls need only the permissions of a pull from a repository.
   *
   * @param principal Principal that may pull, for example `RepositoryPrincipal.organizations('o-a1b2c3d4e5')` or a role.
   * @param options Repositories that the statement applies to, such as those with the prefix of the cache.
   *
   * @throws if a prefix is invalid
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html
   */
  public static pullThrough(principal: iam.IPrincipal, options: RegistryStatementOptions = {}): iam.PolicyStatement {
    const method = 'RegistryStatement.pullThrough';
    checkOptions(method, { principal, ...options }, { principal: required(PRINCIPAL), ...OPTION_TYPES });
    return statement(method, options, principal, ['ecr:BatchImportUpstreamImage', 'ecr:CreateRepository']);
  }

  private constructor() {}
}

function statement(
  method: string, { prefixes }: RegistryStatementOptions, principal: iam.IPrincipal, actions: string[],
): iam.PolicyStatement {
  throwProblems(method, prefixes === undefined ? [] : prefixProblems(prefixes));
  const resources = (prefixes ?? ['']).map(prefix =>
    `arn:${Aws.PARTITION}:ecr:${Aws.REGION}:${Aws.ACCOUNT_ID}:repository/${prefix}*`);
  return new iam.PolicyStatement({ principals: [principal], actions, resources });
}
