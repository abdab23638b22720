import { Annotations, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct, IConstruct } from 'constructs';
import { importCall } from './import-call';
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

/**
 * Whether the repository is in another account than the stack, without access to it. An account that an import names is another one unless
 * that of the stack is known to be the same.
 */
export function isOutOfReach(scope: IConstruct, repository: aws_ecr.IRepositoryRef): boolean {
  const { account } = repository.env;
  return accessOf(repository) === undefined && !Token.isUnresolved(account) && account !== Stack.of(scope).account;
}

/** Why a handler of this stack cannot reach the repository, with the call that helps. Warns at the scope if that is not known. */
export function locationProblems(
  scope: Construct, repository: aws_ecr.IRepositoryRef, access: RoleToAssume | undefined, property = 'repository',
): string[] {
  const { account, region, stackName } = Stack.of(scope);
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
  return [
    ...Token.isUnresolved(stackName)
      ? ['\'access\' requires a stack whose name is known at synthesis, because the name of the function\'s role contains it. The name of'
        + ' a nested stack is not known'] : [],
    ...Token.isUnresolved(region)
      ? ['\'access\' requires a stack whose Region is known at synthesis (\'env\'), because the name of the function\'s role contains it']
      : [],
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
