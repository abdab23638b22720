import { Stack, Token } from 'aws-cdk-lib';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { differ } from './unowned-repository';
import { EXTERNAL_ID, ROLE_ARN } from '../../core/environment';
import { parseRepositoryArn } from '../../core/repository-arn';
import type { RepositoryLocation } from '../../core/wire/location';
import { HandlerFunction } from '../handler/handler-function';
import { unlessToken } from '../problems';

/** A role of the repository's account, to work there. */
export interface AccountAccess {
  readonly roleArn: string;
  readonly externalId: string;
}

const accesses = new WeakMap<object, AccountAccess>();

/** Remembers what an import was given. */
export function rememberAccess(repository: aws_ecr.IRepositoryRef, access: AccountAccess | undefined): void {
  if (access) accesses.set(repository, access);
}

/** What an import was given, wherever it is used afterwards. */
export function accessOf(repository: object): AccountAccess | undefined {
  return accesses.get(repository);
}

const managedElsewhere = new WeakSet<object>();

/** Remembers that nothing is to be written into the policy of an import. */
export function rememberExternalPolicy(repository: aws_ecr.IRepositoryRef): void {
  managedElsewhere.add(repository);
}

export function isPolicyExternal(repository: aws_ecr.IRepositoryRef): boolean {
  return managedElsewhere.has(repository);
}

export function accessProblems(access: AccountAccess | undefined): string[] {
  return [
    ...unlessToken(access?.roleArn, arn => ROLE_ARN.test(arn) ? []
      : [`'access.roleArn' must be arn:<partition>:iam::<account>:role/<name>, got: ${arn}`]),
    ...unlessToken(access?.externalId, externalId => EXTERNAL_ID.test(externalId) ? []
      : ['\'access.externalId\' must have 2 to 1,224 characters of [A-Za-z0-9_+=,.@:/-]']),
  ];
}

/** Why a handler of this stack cannot reach the repository. An account that is known only at deploy counts as the stack's own. */
export function locationProblems(
  scope: Construct, { env }: aws_ecr.IRepositoryRef, access: AccountAccess | undefined, property = 'repository',
): string[] {
  const { account, region, stackName } = Stack.of(scope);
  if (!access) {
    return differ(env.account, account) ? [
      `'${property}' is in account ${env.account}, the stack in ${account}: 'access' must be given, a role there that the function may assume`
      + ' (RepositoryAccessRole), got: nothing',
    ] : [];
  }
  return [
    ...Token.isUnresolved(stackName)
      ? ['\'access\' needs a stack whose name is known, which a nested stack\'s is not, since the name of the function\'s role is made of it'] : [],
    ...Token.isUnresolved(region)
      ? ['\'access\' needs a stack whose Region is known (\'env\'), since the name of the function\'s role is made of it'] : [],
  ];
}

/** The Region by name, where the stack's own is another or not known yet; and the role. */
export function locationOf(scope: Construct, { env, repositoryRef: { repositoryArn } }: aws_ecr.IRepositoryRef, role: AccountAccess | undefined): RepositoryLocation {
  // in a stack whose account is not known, aws-ecr does not take the environment of an import from its ARN
  const region = parseRepositoryArn(repositoryArn)?.region ?? env.region;
  return { region: Token.isUnresolved(region) || region === Stack.of(scope).region ? undefined : region, role };
}

/**
 * The rights of one custom resource on its repository: in the own account the reads and the statements, in another one only to assume the role, which
 * has them there. The resource must depend on the policies.
 */
export function allowThere(
  handler: HandlerFunction, scope: Construct, id: string, { region, role }: RepositoryLocation,
  rights: { readonly reads: readonly string[]; readonly statements: iam.PolicyStatement[] },
): iam.Policy[] {
  if (!role) {
    handler.allowReads(rights.reads, region);
    return handler.allowAll(scope, id, rights.statements);
  }
  handler.nameRole();
  return handler.allowAll(scope, id, [new iam.PolicyStatement({ actions: ['sts:AssumeRole'], resources: [role.roleArn] })]);
}
