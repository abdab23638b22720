import { Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { toReadableJson } from './rendered-statement';

const ROLES_OF_ACCOUNT = 'For the roles of an account, use RepositoryPrincipal.roles(\'arn:aws:iam::111111111111:role/*\')';

const PRINCIPAL_ARN = 'aws:PrincipalArn';

/** A role or a user with a literal account, and perhaps with wildcards in its name. */
const IDENTITY = /^arn:[\w-]+:iam::\d{12}:(role|user)\/[\w+=,.@*?/-]+$/;

/** An account or a session, in an ARN with parts that are known only at deployment. */
const NO_IDENTITY = /:root$|:sts:/;

/** The ARNs that requests of a principal have as `aws:PrincipalArn`; undefined for one that these do not identify. */
export function principalArns({ grantPrincipal }: iam.IGrantable): readonly string[] | undefined {
  const { principalJson, conditions } = grantPrincipal.policyFragment;
  if (Object.keys(principalJson).join() !== 'AWS') return undefined;
  const arns = Object.keys(conditions).length === 0 ? principalJson.AWS : conditionArns(conditions);
  return arns?.every(isIdentity) ? arns : undefined;
}

/** As `RepositoryPrincipal.roles` names roles: the account, under this condition. */
function conditionArns(conditions: iam.Conditions): string[] | undefined {
  const [[operator, condition], ...others] = Object.entries(conditions) as Array<[string, Record<string, string | string[]>]>;
  const isOnArn = others.length === 0 && operator === 'ArnLike' && Object.keys(condition).join() === PRINCIPAL_ARN;
  return isOnArn ? [condition[PRINCIPAL_ARN]].flat() : undefined;
}

/** @returns problems of ARNs that only the stack knows, as that of an `iam.AccountPrincipal` */
export function lockArnProblems(property: string, stack: Stack, arns: Iterable<string>): string[] {
  return [...arns].map(arn => String(toReadableJson(stack.resolve(arn)))).filter(arn => NO_IDENTITY.test(arn))
    .map(arn => `'${property}' must exempt roles and users, got: "${arn}". ${ROLES_OF_ACCOUNT}`);
}

function isIdentity(arn: string): boolean {
  return Token.isUnresolved(arn) ? !NO_IDENTITY.test(arn) : IDENTITY.test(arn);
}

/** @returns problems of principals that a lock cannot exempt */
export function lockPrincipalProblems(property: string, principals: readonly iam.IGrantable[]): string[] {
  return [
    ...principals.length === 0 ? [`'${property}' must have at least one principal, got none`] : [],
    ...principals.flatMap((principal, index) => principalArns(principal) ? [] : [
      `'${property}[${index}]' must be a role or a user without conditions, got: ${readable(principal)}. ${ROLES_OF_ACCOUNT}`,
    ]),
  ];
}

/** As a policy names it, with `${AWS.Partition}` and the like in place of tokens. */
function readable({ grantPrincipal: { policyFragment: { principalJson, conditions } } }: iam.IGrantable): string {
  const parts = [principalJson, ...Object.keys(conditions).length === 0 ? [] : [conditions]];
  return parts.map(part => JSON.stringify(part)).join(' with ').replace(/\$\{Token\[([\w.]+?)(\.\d+)?\]\}/g, '${$1}');
}
