import { Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { toReadableJson } from './rendered-statement';

const ROLES_OF_ACCOUNT = 'For the roles of an account, use RepositoryPrincipal.roles(\'arn:aws:iam::111111111111:role/*\')';

const PRINCIPAL_ARN = 'aws:PrincipalArn';

/** Role or user with a literal account. Its name can contain wildcards. */
const IDENTITY = /^arn:[\w-]+:iam::\d{12}:(role|user)\/[\w+=,.@*?/-]+$/;

/** Account or session, in an ARN with parts that are known only at deployment. */
const NO_IDENTITY = /:root$|:sts:/;

/** Returns the ARNs that requests of a principal have as `aws:PrincipalArn`. Undefined if ARNs do not identify the principal. */
export function principalArns({ grantPrincipal }: iam.IGrantable): readonly string[] | undefined {
  const { principalJson, conditions } = grantPrincipal.policyFragment;
  if (Object.keys(principalJson).join() !== 'AWS') return undefined;
  const arns = Object.keys(conditions).length === 0 ? principalJson.AWS : conditionArns(conditions);
  return arns?.every(isIdentity) ? arns : undefined;
}

/** Returns the ARNs in the condition that `RepositoryPrincipal.roles` adds. */
function conditionArns(conditions: iam.Conditions): string[] | undefined {
  const [[operator, condition], ...others] = Object.entries(conditions) as Array<[string, Record<string, string | string[]>]>;
  const isOnArn = others.length === 0 && operator === 'ArnLike' && Object.keys(condition).join() === PRINCIPAL_ARN;
  return isOnArn ? [condition[PRINCIPAL_ARN]].flat() : undefined;
}

/** @returns problems of ARNs that are known only after resolution in the stack, such as the ARN of an `iam.AccountPrincipal` */
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

/** Returns the principal as in a policy, with `${AWS.Partition}` and similar texts for tokens. */
function readable({ grantPrincipal: { policyFragment: { principalJson, conditions } } }: iam.IGrantable): string {
  const parts = [principalJson, ...Object.keys(conditions).length === 0 ? [] : [conditions]];
  return parts.map(part => JSON.stringify(part)).join(' with ').replace(/\$\{Token\[([\w.]+?)(\.\d+)?\]\}/g, '${$1}');
}
