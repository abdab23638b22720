import { PhysicalName, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, IConstruct } from 'constructs';
import { externalIdProblems } from './account-access';
import { STACK_NAME } from '../../core/environment';
import { functionRoleName } from '../handler/role-name';
import { accountIdProblems, regionProblems, unlessToken } from '../problems';
import { required, struct, TEXT } from '../property-types';

interface Trusted {
  readonly stackName: string;
  readonly account: string;
  readonly region: string;
}

/** Type of the property `trusted` of a role. */
export const TRUSTED_STACK = required(struct<Trusted>({ stackName: required(TEXT), account: required(TEXT), region: required(TEXT) }));

export function trustProblems(trusted: Trusted, externalId: string): string[] {
  const unknown = Object.entries(trusted).filter(([, value]) => Token.isUnresolved(value));
  return [
    ...unknown.map(([name]) => `'trusted.${name}' must be known at synthesis, got a token`),
    ...accountIdProblems('trusted.account', trusted.account),
    ...regionProblems('trusted.region', trusted.region),
    ...unlessToken(trusted.stackName, name => STACK_NAME.test(name) ? []
      : [`'trusted.stackName' must be the name of a stack: up to 128 letters, digits, and '-', beginning with a letter, got: "${name}"`]),
    ...externalIdProblems('externalId', externalId),
  ];
}

/**
 * Returns the principal for functions of a stack in another account. A principal that does not exist yet cannot be named; the account with
 * a condition can.
 *
 * @param handlers folders of the functions
 */
function trustedPrincipal(scope: IConstruct, trusted: Trusted, externalId: string, handlers: readonly string[]): iam.IPrincipal {
  const { partition } = Stack.of(scope);
  return new iam.AccountPrincipal(trusted.account).withConditions({
    StringEquals: { 'sts:ExternalId': externalId },
    ArnEquals: {
      'aws:PrincipalArn': handlers.map(handler =>
        `arn:${partition}:iam::${trusted.account}:role/${functionRoleName(trusted.stackName, trusted.region, handler)}`),
    },
  });
}

interface TrustedRole {
  readonly roleName?: string;
  readonly description: string;
  readonly trusted: Trusted;
  readonly externalId: string;
  /** Folders of the functions that assume the role. */
  readonly handlers: readonly string[];
  readonly statements: iam.PolicyStatement[];
}

/** Creates a role that functions of a stack in another account assume. */
export function createTrustedRole(scope: Construct, props: TrustedRole): { readonly roleArn: string; readonly externalId: string } {
  const { roleName, description, trusted, externalId, handlers, statements } = props;
  const role = new iam.Role(scope, 'Resource', {
    roleName: roleName ?? PhysicalName.GENERATE_IF_NEEDED, description, assumedBy: trustedPrincipal(scope, trusted, externalId, handlers),
  });
  role.attachInlinePolicy(new iam.Policy(scope, 'Policy', { statements }));
  return { roleArn: role.roleArn, externalId };
}
