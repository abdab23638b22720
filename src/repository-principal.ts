import { Aws, Fn, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ACCOUNT_ID } from './core/environment';
import { sourceCondition } from './private/policy/lambda-retrieval';
import { rememberFunctions } from './private/policy/pull-grants';
import { throwProblems } from './private/problems';

/** Which Lambda functions of another account. */
export interface LambdaFunctionsOptions {
  /**
   * Region of the functions. Lambda takes images from its own Region only.
   *
   * @default - every Region
   */
  readonly region?: string;

  /**
   * Name of the function, with `*` for any number of characters.
   *
   * @default '*' - every function of the account
   */
  readonly functionName?: string;
}

/**
 * Who may use a repository, beyond the roles of the app: for `grantPull`, `grantPush`, `grantPullPush` and `grantRead` of any repository.
 *
 * A principal of the app itself (a role, a user, a task's execution role) needs none of this: grant to it. What is granted here to another account
 * that account must also allow to its own roles, together with `ecr:GetAuthorizationToken`.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
 *
 * @example
 * declare const repository: ecr.IRepository;
 * repository.grantPull(RepositoryPrincipal.organizations('o-a1b2c3d4e5'));
 */
export class RepositoryPrincipal extends iam.PrincipalBase {
  /**
   * Whole accounts, by their ids of 12 digits: `"Principal": { "AWS": ["arn:aws:iam::111111111111:root"] }`. Their administrators say which of their
   * roles may.
   *
   * @throws when an id has not 12 digits
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
   */
  public static accounts(...accountIds: string[]): RepositoryPrincipal {
    check('accounts', accountIds, ACCOUNT_ID, 'ids of 12 digits');
    return new RepositoryPrincipal(roots(accountIds), {});
  }

  /**
   * Every principal of organizations, by their ids: `"Principal": "*"` with the condition `StringEquals` on `aws:PrincipalOrgID`.
   *
   * @throws when an id is not like `o-a1b2c3d4e5`
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgid
   */
  public static organizations(...organizationIds: string[]): RepositoryPrincipal {
    check('organizations', organizationIds, /^o-[a-z0-9]{10,32}$/, 'ids such as o-a1b2c3d4e5');
    return new RepositoryPrincipal({ AWS: ['*'] }, { StringEquals: { 'aws:PrincipalOrgID': organizationIds } });
  }

  /**
   * Every principal of organizational units and of the units below them, by their paths: `"Principal": "*"` with the condition
   * `ForAnyValue:StringLike` on `aws:PrincipalOrgPaths`.
   *
   * @param paths from the organization down, such as `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111`
   * @throws when a path does not begin with an organization and a root, since the ids of units are unique only below those
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths
   */
  public static organizationalUnits(...paths: string[]): RepositoryPrincipal {
    check('organizationalUnits', paths, /^o-[a-z0-9]{10,32}\/r-[a-z0-9]{4,32}(\/ou-[a-z0-9]{4,32}-[a-z0-9]{8,32})+\/?$/,
      'paths such as o-a1b2c3d4e5/r-ab12/ou-ab12-11111111');
    return new RepositoryPrincipal({ AWS: ['*'] }, {
      'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': paths.map(path => `${path.replace(/\/$/, '')}/*`) },
    });
  }

  /**
   * Roles of other accounts, by their ARNs, in which `*` and `?` stand for any characters: `"Principal": { "AWS": ["arn:aws:iam::111111111111:root"] }`
   * with the condition `ArnLike` on `aws:PrincipalArn`. They need not exist yet, and may be made anew: a role that is named as principal itself leaves
   * a dead id in the policy when it is deleted.
   *
   * For Amazon ECS this is the task execution role, not the task role; for Amazon EKS the role of the nodes, or the pod execution role on Fargate.
   *
   * @throws when an ARN is not that of a role in a known account
   * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
   * @see https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html
   */
  public static roles(...roleArns: string[]): RepositoryPrincipal {
    check('roles', roleArns, ROLE_PATTERN, 'arn:<partition>:iam::<account>:role/<name>');
    return new RepositoryPrincipal(roots(roleArns.map(accountOf)), { ArnLike: { 'aws:PrincipalArn': roleArns } });
  }

  /**
   * Roles of other accounts that CI assumes through OpenID Connect, and only when it did so: as `roles`, with the condition `StringEquals` on
   * `aws:FederatedProvider`. Which repositories and branches of the CI may assume them says the trust policy of each role.
   *
   * @param issuer host of the provider, such as `token.actions.githubusercontent.com`
   * @throws when the issuer is not a host, or an ARN not that of a role in a known account
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_FederatedProvider
   */
  public static oidcRoles(issuer: string, ...roleArns: string[]): RepositoryPrincipal {
    check('oidcRoles', roleArns, ROLE_PATTERN, 'arn:<partition>:iam::<account>:role/<name>');
    check('issuer', [issuer], /^[a-z0-9.-]+\.[a-z]+(\/[\w./-]+)?$/i, 'the host of the provider, without https://');
    const accounts = [...new Set(roleArns.map(accountOf))];
    return new RepositoryPrincipal(roots(accounts), {
      ArnLike: { 'aws:PrincipalArn': roleArns },
      // IAM documents the ARN; the issuer alone was seen too
      StringEquals: { 'aws:FederatedProvider': [...accounts.map(account => `arn:${Aws.PARTITION}:iam::${account}:oidc-provider/${issuer}`), issuer] },
    });
  }

  /**
   * AWS Lambda for the functions of another account: `"Principal": { "Service": "lambda.amazonaws.com" }` with the condition `ArnLike` on
   * `aws:SourceArn`. `grantPull` of `Repository` and `ExistingRepository` allows it the two actions that it needs, and the same to the account, whose
   * roles make the functions.
   *
   * @param account id of 12 digits
   * @throws when the account has not 12 digits
   * @see https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-xaccount-permissions
   */
  public static lambdaFunctions(account: string, options: LambdaFunctionsOptions = {}): RepositoryPrincipal {
    check('account', [account], ACCOUNT_ID, 'an id of 12 digits');
    return new RepositoryPrincipal({ Service: ['lambda.amazonaws.com'] }, sourceCondition(account, options.region ?? '*', options.functionName), account);
  }

  /** What stands in a policy for this principal. */
  public readonly policyFragment: iam.PrincipalPolicyFragment;

  private constructor(principal: { [type: string]: string[] }, conditions: Record<string, Record<string, string | string[]>>, functionsOf?: string) {
    super();
    this.policyFragment = new iam.PrincipalPolicyFragment(principal, conditions);
    if (functionsOf !== undefined) rememberFunctions(this, functionsOf);
  }

  /** Two of the same text are the same principal. */
  public dedupeString(): string | undefined {
    return `RepositoryPrincipal:${JSON.stringify([this.policyFragment.principalJson, this.policyFragment.conditions])}`;
  }
}

/** One of a known account, with wildcards in its name. */
const ROLE_PATTERN = /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@*?/-]+$/;

function check(what: string, values: string[], pattern: RegExp, expected: string): void {
  const wrong = values.filter(value => !Token.isUnresolved(value) && !pattern.test(value));
  throwProblems('RepositoryPrincipal', [
    ...values.length === 0 ? [`'${what}' must have at least one, got none`] : [],
    ...wrong.map(value => `'${what}' must be ${expected}, got: ${value}`),
  ]);
}

/** Of an ARN that is known only at deploy, at deploy. */
function accountOf(roleArn: string): string {
  return Token.isUnresolved(roleArn) ? Fn.select(4, Fn.split(':', roleArn)) : roleArn.split(':')[4];
}

function roots(accounts: string[]): { AWS: string[] } {
  return { AWS: [...new Set(accounts)].map(account => `arn:${Aws.PARTITION}:iam::${account}:root`) };
}
