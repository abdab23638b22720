import { Annotations, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct, IConstruct } from 'constructs';
import { importCall } from './import-call';
import { isKnownToDiffer } from './unowned-repository';
import { parseRepositoryArn } from '../../core/repository-arn';
import type { RepositoryLocation, RoleToAssume } from '../../core/wire/location';
import { callerProblems, deployRoleFirst } from '../access/account-access';
import { HandlerFunction } from '../handler/handler-function';

const accessByRepository = new WeakMap<object, RoleToAssume>();

/** Remembers the access with which a repository was imported, for every construct that uses the import. */
export function rememberAccess(repository: aws_ecr.IRepositoryRef, access: RoleToAssume | undefined): void {
  if (access) accessByRepository.set(repository, access);
}

/** Returns the access with which a repository was imported. */
export function accessOf(repository: object): RoleToAssume | undefined {
  return accessByRepository.get(repository);
}

const withExternalPolicy = new WeakSet<object>();

/** Remembers that this app does not change the policy of the repository. */
export function rememberExternalPolicy(repository: aws_ecr.IRepositoryRef): void {
  withExternalPolicy.add(repository);
}

export function isPolicyExternal(repository: aws_ecr.IRepositoryRef): boolean {
  return withExternalPolicy.has(repository);
}

/**
 * Whether the repository is in a different account than the stack, without access to it. The account of an import counts as different
 * unless the account of the stack is known to be the same.
 */
export function isOutOfReach(scope: IConstruct, repository: aws_ecr.IRepositoryRef): boolean {
  const { account } = repository.env;
  return accessOf(repository) === undefined && !Token.isUnresolved(account) && account !== Stack.of(scope).account;
}

/**
 * Returns why a handler of this stack cannot reach the repository, with the call that fixes it. Adds a warning at the scope if this is not
 * known.
 */
export function locationProblems(
  scope: Construct, repository: aws_ecr.IRepositoryRef, access: RoleToAssume | undefined, property = 'repository',
): string[] {
  const { account } = Stack.of(scope);
  if (!access) {
    const owner = repository.env;
    const remedy = `it with the 'access' of a RepositoryAccessRole 'role' in account ${owner.account}:`
      + ` ${importCall(repository, { access: 'role.access' })}`;
    if (isKnownToDiffer(owner.account, account)) {
      return [`'${property}' is in account ${owner.account}, but the stack is in ${account}. Import ${remedy}`];
    }
    if (Token.isUnresolved(account) && !Token.isUnresolved(owner.account)) {
      Annotations.of(scope).addWarningV2('cdk-ecr-keeper:account-unknown',
        `'${property}' is in account ${owner.account}, and the account of the stack is not known. The deployment fails in any other`
        + ` account. Set the account of the stack, \`env: { account: '${owner.account}' }\`. If the stack is in another account, import`
        + ` ${remedy}`);
    }
    return [];
  }
  return callerProblems(scope);
}

/** Returns the Region, if it is unknown or differs from the Region of the stack, and the role. */
export function locateRepository(
  scope: Construct, { env, repositoryRef: { repositoryArn } }: aws_ecr.IRepositoryRef, role: RoleToAssume | undefined,
): RepositoryLocation {
  // in a stack whose account is not known, aws-ecr does not take the environment of an import from its ARN
  const region = parseRepositoryArn(repositoryArn)?.region ?? env.region;
  return { region: Token.isUnresolved(region) || region === Stack.of(scope).region ? undefined : region, role };
}

/**
 * Grants the permissions of one custom resource on its repository. In the account of the stack, these are the reads and the statements. In
 * another account, the function only assumes the role, which has the permissions. The resource must depend on the returned policies.
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
