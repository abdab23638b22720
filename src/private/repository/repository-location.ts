import { Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { isKnownToDiffer } from './unowned-repository';
import { parseRepositoryArn } from '../../core/repository-arn';
import type { RepositoryLocation, RoleToAssume } from '../../core/wire/location';
import { deployRoleFirst } from '../access/account-access';
import { HandlerFunction } from '../handler/handler-function';

const accessByRepository = new WeakMap<object, RoleToAssume>();

/** Keeps the access that a repository was imported with, for every construct that uses the import. */
export function rememberAccess(repository: aws_ecr.IRepositoryRef, access: RoleToAssume | undefined): void {
  if (access) accessByRepository.set(repository, access);
}

/** The access that a repository was imported with. */
export function accessOf(repository: object): RoleToAssume | undefined {
  return accessByRepository.get(repository);
}

const withExternalPolicy = new WeakSet<object>();

/** Remembers that this app writes nothing into the policy of the repository. */
export function rememberExternalPolicy(repository: aws_ecr.IRepositoryRef): void {
  withExternalPolicy.add(repository);
}

export function isPolicyExternal(repository: aws_ecr.IRepositoryRef): boolean {
  return withExternalPolicy.has(repository);
}

/** Why a handler of this stack cannot reach the repository. An account that is known only at deploy counts as the stack's own. */
export function locationProblems(
  scope: Construct, { env }: aws_ecr.IRepositoryRef, access: RoleToAssume | undefined, property = 'repository',
): string[] {
  const { account, region, stackName } = Stack.of(scope);
  if (!access) {
    return isKnownToDiffer(env.account, account) ? [
      `'${property}' is in account ${env.account}, the stack in ${account}: 'access' must be given when it is imported`
      + ' (ExistingRepository), a role of that account which the function may assume (RepositoryAccessRole)',
    ] : [];
  }
  return [
    ...Token.isUnresolved(stackName)
      ? ['\'access\' needs a stack whose name is known, which a nested stack\'s is not,'
        + ' since the name of the function\'s role is made of it'] : [],
    ...Token.isUnresolved(region)
      ? ['\'access\' needs a stack whose Region is known (\'env\'), since the name of the function\'s role is made of it'] : [],
  ];
}

/** The Region, where that of the stack is another one or unknown, and the role. */
export function locateRepository(
  scope: Construct, { env, repositoryRef: { repositoryArn } }: aws_ecr.IRepositoryRef, role: RoleToAssume | undefined,
): RepositoryLocation {
  // in a stack whose account is not known, aws-ecr does not take the environment of an import from its ARN
  const region = parseRepositoryArn(repositoryArn)?.region ?? env.region;
  return { region: Token.isUnresolved(region) || region === Stack.of(scope).region ? undefined : region, role };
}

/**
 * Permissions of one custom resource on its repository: in the account of the stack the reads and the statements, in another one only to
 * assume the role, which has them there. The resource must depend on the policies.
 */
export function allowOnRepository(
  handler: HandlerFunction, scope: Construct, id: string, { region, role }: RepositoryLocation,
  rights: { readonly reads: readonly string[]; readonly statements: iam.PolicyStatement[] },
): iam.Policy[] {
  if (!role) {
    return [...handler.allowReads(rights.reads, region), ...handler.allowAll(scope, id, rights.statements)];
  }
  handler.nameRole();
  deployRoleFirst(scope, role);
  return handler.allowAll(scope, id, [new iam.PolicyStatement({ actions: ['sts:AssumeRole'], resources: [role.roleArn] })]);
}
