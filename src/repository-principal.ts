import { Aws, Fn, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ACCOUNT_ID } from './core/environment';
import { sourceCondition } from './private/policy/lambda-retrieval';
import { rememberFunctions } from './private/policy/pull-grants';
import { throwProblems } from './private/problems';

/**
 * Options of `RepositoryPrincipal.lambdaFunctions`.
 *
 * @stability stable
 */
export interface LambdaFunctionsOptions {
  /**
   * Region of the functions. AWS Lambda pulls images from the Region of the function only.
   *
   * @default - all Regions
   */
  readonly region?: string;

  /**
   * Name or name pattern of the functions. `*` matches any number of characters.
   *
   * @default '*' - all functions of the account
   */
  readonly functionName?: string;
}

/**
 * Principal outside the app that may use a repository, for `grantPull`, `grantPush`, `grantPullPush`, and `grantRead` of any repository.
 *
 * Use principals of the app, such as a role or a user, directly as grantees. Another account must also allow its own roles the granted
 * actions and `ecr:GetAuthorizationToken`.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
 *
 * @example
 * declare const repository: ecr.IRepository;
 * repository.grantPull(RepositoryPrincipal.organizations('o-a1b2c3d4e5'));
 * @stability stable
 */
export class RepositoryPrincipal extends iam.PrincipalBase {
  /**
   * Returns a principal for accounts, by their 12-digit IDs: `"Principal": { "AWS": ["arn:aws:iam::111111111111:root"] }`.
   *
   * The administrators of each account decide which of its roles can use the grant.
   *
   * @param accountIds IDs of the accounts, at least one, 12 digits each.
   *
   * @throws if an ID does not have 12 digits
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
   */
  public static accounts(...accountIds: string[]): RepositoryPrincipal {
    check('accounts', 'accountIds', accountIds, ACCOUNT_ID, 'IDs of 12 digits');
    return new RepositoryPrincipal(roots(accountIds), {});
  }

  /**
   * Returns a principal that matches every principal in organizations, by their IDs, such as `o-a1b2c3d4e5`.
   *
   * The statement has `"Principal": "*"` and the condition `StringEquals` on `aws:PrincipalOrgID`.
   *
   * @param organizationIds IDs of the organizations, at least one.
   *
   * @throws if an ID is not the ID of an organization
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgid
   */
  public static organizations(...organizationIds: string[]): RepositoryPrincipal {
    check('organizations', 'organizationIds', organizationIds, /^o-[a-z0-9]{10,32}$/, 'IDs such as o-a1b2c3d4e5');
    return new RepositoryPrincipal({ AWS: ['*'] }, { StringEquals: { 'aws:PrincipalOrgID': organizationIds } });
  }

  /**
   * Returns a principal that matches every principal in organizational units, including nested units.
   *
   * The statement has `"Principal": "*"` and the condition `ForAnyValue:StringLike` on `aws:PrincipalOrgPaths`.
   *
   * @param paths Paths such as `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111`, at least one. A path must start with the organization and the root,
   * because IDs of units are unique only within these.
   * @throws if a path does not start with an organization and a root
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths
   */
  public static organizationalUnits(...paths: string[]): RepositoryPrincipal {
    check('organizationalUnits', 'paths', paths, /^o-[a-z0-9]{10,32}\/r-[a-z0-9]{4,32}(\/ou-[a-z0-9]{4,32}-[a-z0-9]{8,32})+\/?$/,
      'paths such as o-a1b2c3d4e5/r-ab12/ou-ab12-11111111');
    return new RepositoryPrincipal({ AWS: ['*'] }, {
      'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': paths.map(path => `${path.replace(/\/$/, '')}/*`) },
    });
  }

  /**
   * Returns a principal for roles of other accounts, by their ARNs. The name can contain the wildcards `*` and `?`, but the account must be
   * literal.
   *
   * The statement has the accounts as principals and the condition `ArnLike` on `aws:PrincipalArn`. The roles do not have to exist yet, and
   * can be deleted and created again. In contrast, a role that is itself a principal leaves an invalid ID in the policy when it is deleted.
   *
   * For Amazon ECS, use the task execution role, not the task role. For Amazon EKS, use the role of the nodes, or the pod execution role on
   * Fargate.
   *
   * @param roleArns ARNs of the roles, at least one.
   *
   * @throws if an ARN is not the ARN of a role with a literal account
   * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
   * @see https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html
   */
  public static roles(...roleArns: string[]): RepositoryPrincipal {
    check('roles', 'roleArns', roleArns, ROLE_PATTERN, 'arn:<partition>:iam::<account>:role/<name>');
    return new RepositoryPrincipal(roots(roleArns.map(accountOf)), { ArnLike: { 'aws:PrincipalArn': roleArns } });
  }

  /**
   * Returns a principal for roles of other accounts, limited to sessions that a CI system started through OpenID Connect.
   *
   * The statement is the same as for `roles`, with the additional condition `StringEquals` on `aws:FederatedProvider`. The trust policy of
   * each role decides which repositories and branches of the CI system can assume it.
   *
   * @param issuer Host of the identity provider, such as `token.actions.githubusercontent.com`.
   * @param roleArns ARNs of the roles, at least one. The wildcards are the same as for `roles`.
   * @throws if the issuer is not a host, or if an ARN is not the ARN of a role with a literal account
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_FederatedProvider
   */
  public static oidcRoles(issuer: string, ...roleArns: string[]): RepositoryPrincipal {
    check('oidcRoles', 'roleArns', roleArns, ROLE_PATTERN, 'arn:<partition>:iam::<account>:role/<name>');
    check('oidcRoles', 'issuer', [issuer], /^[a-z0-9.-]+\.[a-z]+(\/[\w./-]+)?$/i, 'the host of the provider, without https://');
    const accounts = [...new Set(roleArns.map(accountOf))];
    return new RepositoryPrincipal(roots(accounts), {
      ArnLike: { 'aws:PrincipalArn': roleArns },
      // IAM documents the ARN, but requests with only the issuer were observed too
      StringEquals: {
        'aws:FederatedProvider': [...accounts.map(account => `arn:${Aws.PARTITION}:iam::${account}:oidc-provider/${issuer}`), issuer],
      },
    });
  }

  /**
   * Returns a principal for AWS Lambda, limited to functions of another account.
   *
   * The statement has `"Principal": { "Service": "lambda.amazonaws.com" }` and the condition `ArnLike` on `aws:SourceArn`. `grantPull` of
   * `Repository` and `ExistingRepository` allows Lambda the two actions that it needs. It allows the account the same actions, because
   * roles of the account create the functions.
   *
   * @param account ID of the account, 12 digits.
   * @param options Region and name of the functions.
   * @throws if the account does not have 12 digits
   * @see https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-xaccount-permissions
   */
  public static lambdaFunctions(account: string, options: LambdaFunctionsOptions = {}): RepositoryPrincipal {
    check('lambdaFunctions', 'account', [account], ACCOUNT_ID, 'an ID of 12 digits');
    return new RepositoryPrincipal(
      { Service: ['lambda.amazonaws.com'] }, sourceCondition(account, options.region ?? '*', options.functionName), account,
    );
  }

  /** Principal and conditions that identify this principal in a policy statement. */
  public readonly policyFragment: iam.PrincipalPolicyFragment;

  private constructor(
    principal: { [type: string]: string[] }, conditions: Record<string, Record<string, string | string[]>>, lambdaAccount?: string,
  ) {
    super();
    this.policyFragment = new iam.PrincipalPolicyFragment(principal, conditions);
    if (lambdaAccount !== undefined) rememberFunctions(this, lambdaAccount);
  }

  /** Returns a text that is the same for equal principals. */
  public dedupeString(): string | undefined {
    return `RepositoryPrincipal:${JSON.stringify([this.policyFragment.principalJson, this.policyFragment.conditions])}`;
  }
}

/** Role with a literal account. Its name can contain wildcards. */
const ROLE_PATTERN = /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@*?/-]+$/;

function check(method: string, property: string, values: string[], pattern: RegExp, expected: string): void {
  const invalid = values.filter(value => !Token.isUnresolved(value) && !pattern.test(value));
  throwProblems(`RepositoryPrincipal.${method}`, [
    ...values.length === 0 ? [`'${property}' must have at least one entry, got none`] : [],
    ...invalid.map(value => `'${property}' must be ${expected}, got: "${value}"`),
  ]);
}

/** Returns the account of a role. For an ARN that is known only at deployment, this is an expression that CloudFormation evaluates. */
function accountOf(roleArn: string): string {
  return Token.isUnresolved(roleArn) ? Fn.select(4, Fn.split(':', roleArn)) : roleArn.split(':')[4];
}

function roots(accounts: string[]): { AWS: string[] } {
  return { AWS: [...new Set(accounts)].map(account => `arn:${Aws.PARTITION}:iam::${account}:root`) };
}
