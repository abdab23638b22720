import { Stack, Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { declaredElsewhere, differ, givenBefore, mayMark, ownRegionProblems, targetSuffix } from './foreign-target';
import { HandlerFunction } from './handler-function';
import { throwProblems } from './problems';
import { allowRetireGrantOn } from './retire-grant';
import { allowSurroundings, replicaStatements, teardownActions } from './teardown-permissions';
import { RemovalPlan, TeardownPlan, wireOf } from './teardown-plan';
import { teardownFunction, teardownResource } from './teardown-resource';
import { parseRepositoryArn } from '../core/repository-arn';
import { TEARDOWN_HANDLER } from '../core/wire/teardown';

export interface ForeignOptions {
  readonly encryptionKey?: kms.IKey;
  /** To work in the account of the repository. */
  readonly role?: { readonly roleArn: string; readonly externalId: string };
}

/** Attaches a teardown to a repository that no stack of the app declares. */
export function tearDownForeign(scope: Construct, repository: ecr.IRepository, plan: TeardownPlan, options: ForeignOptions): void {
  throwProblems(scope.node.path, foreignProblems(scope, repository, plan, options));
  if (plan.kind === 'retain') return;
  scope.node.addValidation({ validate: () => declaredElsewhere(scope, repository, 'teardown') });
  deployTeardown(scope, repository, plan, options);
}

function foreignProblems(scope: Construct, repository: ecr.IRepository, plan: TeardownPlan, { role, encryptionKey }: ForeignOptions): string[] {
  const { account, region } = Stack.of(scope);
  const problems = new Array<string>();
  if (differ(repository.env.account, account) && !role) {
    problems.push(`'repository' is in account ${repository.env.account}, the stack in ${account}: 'access' must be given, a role there that the function may assume`
      + ' (RepositoryAccessRole), got: nothing');
  }
  if (role && Token.isUnresolved(Stack.of(scope).stackName)) {
    problems.push('\'access\' needs a stack whose name is known, which a nested stack\'s is not, since the name of the function\'s role is made of it');
  }
  if (role && encryptionKey) {
    problems.push('\'encryptionKey\' must be given to the RepositoryAccessRole, whose role deletes the repository, not together with \'access\'');
  }
  if (role && plan.kind !== 'retain' && plan.guards.inUseBy.length > 0 && !plan.guards.inUseBy.some(use => use.role)) {
    problems.push('\'refuseIfInUse\' must have a source with a \'roleArn\' of the repository\'s account, where its images run, got none');
  }
  problems.push(...ownRegionProblems(repository, plan));
  if (role && Token.isUnresolved(region)) problems.push('\'access\' needs a stack whose Region is known (\'env\'), since the name of the function\'s role is made of it');
  if (plan.kind !== 'retain') {
    if (plan.kind === 'delete-with-images' && plan.alsoWhenRemoved) problems.push('\'alsoWhenRemoved\' needs a repository that the same stack declares, got an imported one');
    if (plan.guards.requireTag === undefined) {
      problems.push('\'requireTag\' must be given for a repository that the stack does not own, so that its owner has a say, got: nothing');
    }
  }
  const before = problems.length === 0 ? givenBefore(scope, repository, 'teardown') : undefined;
  return before === undefined ? problems : [`'repository' has a teardown already, given at '${before}'`];
}

function deployTeardown(scope: Construct, repository: ecr.IRepository, plan: RemovalPlan, { encryptionKey, role }: ForeignOptions): void {
  const handler = teardownFunction(scope);
  const region = otherRegion(scope, repository);
  if (encryptionKey) allowRetireGrantOn(handler, encryptionKey.keyArn, region);
  allowSurroundings(handler, plan);
  if (role) handler.nameRole();
  else allowHere(handler, plan, region);
  const suffix = targetSuffix(scope, repository);
  const ownRights = role
    ? [new iam.PolicyStatement({ actions: ['sts:AssumeRole'], resources: [role.roleArn] })]
    : [mayMark(repository, TEARDOWN_HANDLER), ...replicaStatements(handler, repository.repositoryName, plan)];
  const policies = handler.allowAll(scope, `MarkPolicy${suffix}`, ownRights);
  const resource = teardownResource(scope, `Resource${suffix}`, handler, {
    repositoryArn: repository.repositoryArn,
    owned: false,
    region,
    role,
    ...wireOf(plan),
  });
  resource.node.addDependency(...policies);
}

/** One that is named, where the stack's own is another or not known yet. */
function otherRegion(scope: Construct, { env, repositoryArn }: ecr.IRepository): string | undefined {
  // in a stack whose account is not known, the environment of an import is not taken from its ARN
  const region = Token.isUnresolved(repositoryArn) ? env.region : parseRepositoryArn(repositoryArn)?.region ?? env.region;
  return Token.isUnresolved(region) || region === Stack.of(scope).region ? undefined : region;
}

function allowHere(handler: HandlerFunction, plan: RemovalPlan, region: string | undefined): void {
  const { reads, writes, untags } = teardownActions(plan, false);
  handler.allowReads(reads, region);
  handler.allowMarkedWrites(writes, untags, region);
}
