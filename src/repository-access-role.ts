import { Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { AccountAccess } from './account-access';
import { capabilityProblems, isForRepositories } from './private/access/capability';
import { capabilityRights } from './private/access/capability-rights';
import { createTrustedRole, TRUSTED_STACK, trustProblems } from './private/access/trusted-stack';
import { throwProblems } from './private/problems';
import { checkProps, instanceOf, listOf, PropertyTypes, REPOSITORY, required, TEXT } from './private/property-types';
import { importCall } from './private/repository/import-call';
import { isKnownToDiffer } from './private/repository/unowned-repository';
import { RepositoryCapability } from './repository-capability';

/**
 * Stack whose functions may assume a role.
 *
 * @stability stable
 */
export interface TrustedStack {
  /** Name of the stack in CloudFormation. */
  readonly stackName: string;
  /** ID of the stack's account, 12 digits. */
  readonly account: string;
  /** Region of the stack. */
  readonly region: string;
}

/**
 * Properties of `RepositoryAccessRole`.
 *
 * @stability stable
 */
export interface RepositoryAccessRoleProps {
  /**
   * Repositories of the role's account that the other stack works with. Their names must be known at synthesis.
   *
   * If the app declares a repository, import it by its literal name with `ExistingRepository.fromRepositoryName`. Required for every
   * capability except `RepositoryCapability.readRegistryPolicy()`.
   *
   * @default - no repositories, for a role that only reads the registry policy
   */
  readonly repositories?: aws_ecr.IRepositoryRef[];

  /** Capabilities that the role grants to the other stack: at least one, without duplicates. */
  readonly capabilities: RepositoryCapability[];

  /** Stack in the other account that uses the role. The stack does not have to exist yet. */
  readonly trusted: TrustedStack;

  /**
   * External ID that the other stack sends when it assumes the role, 2 to 1,224 characters.
   *
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
   */
  readonly externalId: string;

  /**
   * Name of the role. Set it if another app uses the role by its ARN.
   *
   * @default - a name that CloudFormation generates, or that CDK generates if a stack of another environment uses `access`
   */
  readonly roleName?: string;
}

const PROPERTY_TYPES: PropertyTypes<RepositoryAccessRoleProps> = {
  repositories: listOf(REPOSITORY),
  capabilities: required(listOf(instanceOf('RepositoryCapability', 'RepositoryCapability.pull()'))),
  trusted: TRUSTED_STACK,
  externalId: required(TEXT),
  roleName: TEXT,
};

/**
 * IAM role that lets a stack in another account work with repositories in this account.
 *
 * Deploy the role in the account of the repositories, before the stack that uses it. Only the functions of that stack can assume the role.
 * They can set their marks on the repositories. A mark is the tag that names the stack that may delete a repository or change its lifecycle
 * policy. The functions can do this only in repositories that have such a mark. IAM does not check which stack a mark names, because this
 * role cannot know the ID of the other stack.
 *
 * @throws if the name of a repository is unknown at synthesis, if a repository is in another account than the role, or if a capability is
 * missing or repeated
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_aws-accounts.html
 *
 * @example
 * const role = new RepositoryAccessRole(this, 'Access', {
 *   repositories: [ExistingRepository.fromRepositoryName(this, 'Shared', 'team/shared')],
 *   capabilities: [
 *     RepositoryCapability.statements(),
 *     RepositoryCapability.teardown(Teardown.deleteWithImages({ requireTag: { key: 'stage', value: 'test' } })),
 *   ],
 *   trusted: { stackName: 'Build', account: '111111111111', region: 'eu-west-1' },
 *   externalId: 'team-build',
 * });
 * @stability stable
 */
export class RepositoryAccessRole extends Construct {
  /**
   * Role and external ID, for the `access` of an `ExistingRepository`, a `RepositoryTeardown`, or a `ReplicationDestination` in the other
   * account.
   *
   * A stack of the same app can use this value in another environment. The stack of the role then needs an account and a Region (`env`),
   * and is deployed first.
   */
  public readonly access: AccountAccess;

  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Repositories, capabilities, and the trusted stack.
   */
  constructor(scope: Construct, id: string, props: RepositoryAccessRoleProps) {
    super(scope, id);
    checkProps(this, props, PROPERTY_TYPES);
    const { repositories = [], capabilities, trusted, externalId } = props;
    throwProblems(this.node.path, [...problemsOf(props, repositories), ...accountProblems(this, repositories)]);
    const rights = capabilities.map(capability => capabilityRights(this, capability._capability, repositories));
    const actions = [...new Set(rights.flatMap(right => right.actions))];
    const resources = repositories.map(repository => repository.repositoryRef.repositoryArn);
    this.access = createTrustedRole(this, {
      roleName: props.roleName,
      description: `cdk-ecr-keeper: lets the stack ${trusted.stackName} of account ${trusted.account} work with ECR repositories`,
      trusted,
      externalId,
      handlers: [...new Set(rights.flatMap(right => right.handlers))],
      statements: [
        ...actions.length === 0 ? [] : [new iam.PolicyStatement({ actions, resources })],
        ...rights.flatMap(right => right.statements),
      ],
    });
  }
}

/** Returns the problems of repositories in other accounts, on which a role of this account has no permissions. */
function accountProblems(scope: Construct, repositories: readonly aws_ecr.IRepositoryRef[]): string[] {
  const { account } = Stack.of(scope);
  return repositories.filter(({ env }) => isKnownToDiffer(env.account, account)).map(repository =>
    `'repositories' must be in the account of the role, ${account}, got '${repository.node.path}' in account ${repository.env.account}`
    + `. Declare the role in a stack of that account, and import the repository there: ${importCall(repository, {})}`);
}

function problemsOf(
  { capabilities, trusted, externalId }: RepositoryAccessRoleProps, repositories: readonly aws_ecr.IRepositoryRef[],
): string[] {
  const needsRepositories = capabilities.length === 0 || capabilities.some(({ _capability }) => isForRepositories(_capability));
  return [
    ...capabilityProblems(capabilities.map(capability => capability._capability)),
    ...needsRepositories && repositories.length === 0 ? ['\'repositories\' must have at least one repository, got none'] : [],
    ...!needsRepositories && repositories.length > 0
      ? [`'repositories' must be omitted, because no capability is for repositories, got: ${repositories.length}`] : [],
    ...repositories.filter(({ repositoryRef: { repositoryName } }) => Token.isUnresolved(repositoryName)).map(repository =>
      `'repositories' must have names that are known at synthesis, got a token for '${repository.node.path}'. Give that repository a`
        + ' literal name, and import it by that name (ExistingRepository.fromRepositoryName)'),
    ...trustProblems(trusted, externalId),
  ];
}
