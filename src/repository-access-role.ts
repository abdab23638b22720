import { Stack, Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { markKey } from './core/mark';
import { TEARDOWN_HANDLER } from './core/wire/teardown';
import { mayMark } from './private/foreign-target';
import { functionRoleName } from './private/function-role-name';
import { retireGrant } from './private/kms-grant';
import { throwProblems } from './private/problems';
import { replicaStatements, teardownActions } from './private/teardown-permissions';
import { Teardown } from './teardown';

/** The stack whose functions a role trusts. */
export interface TrustedStack {
  /** Its name, as in the CloudFormation console. */
  readonly stackName: string;
  /** Id of its account, 12 digits. */
  readonly account: string;
  /** Its Region. */
  readonly region: string;
}

/** Properties of `RepositoryAccessRole`. */
export interface RepositoryAccessRoleProps {
  /** The repositories of this account that the other account's stack may tear down. Their names must be known. */
  readonly repositories: ecr.IRepository[];

  /** The teardown that is given to them there; the role allows what it needs and no more. */
  readonly teardown: Teardown;

  /** The stack in the other account that has the `RepositoryTeardown`. It need not exist yet. */
  readonly trusted: TrustedStack;

  /**
   * A secret-like text that the other account must give when it assumes the role, 2 to 1,224 characters.
   *
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
   */
  readonly externalId: string;

  /**
   * KMS keys of the repositories, so that ECR can retire its grants on them when a repository is deleted.
   *
   * @default - the repositories are taken to be encrypted with AES-256; others are deleted all the same, but two grants stay on the key
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
   */
  readonly encryptionKeys?: kms.IKey[];

  /**
   * Name of the role, so that the other stack can name its ARN.
   *
   * @default - CloudFormation makes one up
   */
  readonly roleName?: string;
}

/**
 * Lets a stack of another account tear down repositories of this one. Deploy it in the repositories' account, before the stack that uses it.
 *
 * Only the function of that one stack can assume the role, which may leave its mark on the repositories named, and remove only what carries one.
 *
 * @throws when a name is not known at synthesis, or the teardown removes nothing
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_aws-accounts.html
 *
 * @example
 * new RepositoryAccessRole(this, 'Access', {
 *   repositories: [Repository.fromRepositoryName(this, 'Shared', 'team/shared')],
 *   teardown: Teardown.deleteWithImages({ requireTag: { key: 'stage', value: 'test' } }),
 *   trusted: { stackName: 'Build', account: '111111111111', region: 'eu-west-1' },
 *   externalId: 'team-build',
 * });
 */
export class RepositoryAccessRole extends Construct {
  /** ARN of the role, for `access` of a `RepositoryTeardown`. */
  public readonly roleArn: string;

  constructor(scope: Construct, id: string, props: RepositoryAccessRoleProps) {
    super(scope, id);
    throwProblems(this.node.path, problemsOf(props));
    const { repositories, trusted, externalId } = props;
    const plan = props.teardown._plan;
    if (plan.kind === 'retain') throw new Error(`${this.node.path}: 'teardown' must remove something, got: Teardown.retain()`);
    const { reads, writes, untags } = teardownActions(plan, false);
    const resources = repositories.map(repository => repository.repositoryArn);
    const isMarked = { Null: { [`aws:ResourceTag/${markKey(TEARDOWN_HANDLER)}`]: 'false' } };
    const { partition } = Stack.of(this);
    const role = new iam.Role(this, 'Resource', {
      roleName: props.roleName,
      description: `cdk-ecr-keeper: lets the stack ${trusted.stackName} of account ${trusted.account} tear down ECR repositories`,
      // a principal that does not exist yet cannot be named; the account with a condition can
      assumedBy: new iam.AccountPrincipal(trusted.account).withConditions({
        StringEquals: { 'sts:ExternalId': externalId },
        ArnEquals: {
          'aws:PrincipalArn': `arn:${partition}:iam::${trusted.account}:role/${functionRoleName(trusted.stackName, trusted.region, TEARDOWN_HANDLER)}`,
        },
      }),
    });
    role.attachInlinePolicy(new iam.Policy(this, 'Policy', {
      statements: [
        new iam.PolicyStatement({ actions: [...reads], resources }),
        ...repositories.map(repository => mayMark(repository, TEARDOWN_HANDLER)),
        new iam.PolicyStatement({ actions: [...writes], resources, conditions: isMarked }),
        new iam.PolicyStatement({
          actions: ['ecr:UntagResource'],
          resources,
          conditions: { ...isMarked, 'ForAllValues:StringEquals': { 'aws:TagKeys': [...untags] } },
        }),
        ...(props.encryptionKeys ?? []).map(key => retireGrant(key.keyArn, key.env.region)),
        ...repositories.flatMap(repository => replicaStatements(this, repository.repositoryName, plan)),
      ],
    }));
    this.roleArn = role.roleArn;
  }
}

function problemsOf({ repositories, trusted, externalId }: RepositoryAccessRoleProps): string[] {
  const unknown = Object.entries(trusted).filter(([, value]) => Token.isUnresolved(value));
  return [
    ...repositories.length === 0 ? ['\'repositories\' must name at least one, got none'] : [],
    ...repositories.filter(({ repositoryName }) => Token.isUnresolved(repositoryName))
      .map(repository => `'repositories' must have names that are known at synthesis, got a token for '${repository.node.path}'`),
    ...unknown.map(([name]) => `'trusted.${name}' must be known at synthesis, got a token`),
    ...Token.isUnresolved(trusted.account) || /^\d{12}$/.test(trusted.account) ? [] : [`'trusted.account' must have 12 digits, got: ${trusted.account}`],
    ...Token.isUnresolved(externalId) || /^[\w+=,.@:/-]{2,1224}$/.test(externalId) ? [] : ['\'externalId\' must have 2 to 1,224 characters of [A-Za-z0-9_+=,.@:/-]'],
  ];
}
