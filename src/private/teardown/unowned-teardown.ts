import { Token } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { stackUuidToken } from '../handler/handler-function';
import { ANY_REGION } from '../lifecycle/guard-permissions';
import { throwProblems } from '../problems';
import { allowRetireGrantOn } from './kms-grants';
import {
  allowSurroundings, denyWithoutTag, registryStatements, replicaStatements, teardownActions, UNTAGGED_KEYS,
} from './teardown-permissions';
import { ownRegionProblems, RemovalPlan, TeardownPlan, wireOf } from './teardown-plan';
import { teardownFunction, teardownResource } from './teardown-resource';
import type { RoleToAssume } from '../../core/wire/location';
import { TEARDOWN_HANDLER } from '../../core/wire/teardown';
import { accessOf, allowOnRepository, locateRepository, locationProblems } from '../repository/repository-location';
import { importOfDeclaredProblems, declaredBefore, markStatement, targetSuffix } from '../repository/unowned-repository';

export interface UnownedOptions {
  readonly encryptionKey?: kms.IKey;
  /** Role in the account of the repository. */
  readonly role?: RoleToAssume;
}

/** Attaches a teardown to a repository that no stack of the app declares. */
export function tearDownUnowned(
  scope: Construct, repository: aws_ecr.IRepositoryRef, plan: TeardownPlan, { encryptionKey, role = accessOf(repository) }: UnownedOptions,
): void {
  const options = { encryptionKey, role };
  throwProblems(scope.node.path, unownedProblems(scope, repository, plan, options));
  if (plan.kind === 'retain') return;
  scope.node.addValidation({ validate: () => importOfDeclaredProblems(scope, repository, 'teardown') });
  deployTeardown(scope, repository, plan, options);
}

function unownedProblems(
  scope: Construct, repository: aws_ecr.IRepositoryRef, plan: TeardownPlan, { role, encryptionKey }: UnownedOptions,
): string[] {
  const problems = locationProblems(scope, repository, role);
  if (role && encryptionKey) {
    problems.push('\'encryptionKey\' must not be combined with \'access\'. Set \'encryptionKeys\' of RepositoryCapability.teardown,'
      + ' because that role deletes the repository');
  }
  if (role && plan.kind !== 'retain' && plan.guards.inUseBy.length > 0 && !plan.guards.inUseBy.some(use => use.role)) {
    problems.push('\'inUseBy\' must have an ImageUse with \'access\' to the account of the repository, where its images run, got none');
  }
  problems.push(...ownRegionProblems(repository, plan));
  if (plan.kind !== 'retain' && Token.isUnresolved(plan.guards.requireTag?.key)) {
    problems.push('\'requireTag.key\' must be known when the app is synthesized for a repository that the stack does not own, got a token');
  }
  if (plan.kind !== 'retain' && plan.guards.requireTag === undefined) {
    problems.push('\'requireTag\' is required for a repository that the stack does not own, so that its owner decides with the tag, got:'
      + ' nothing');
  }
  const earlier = problems.length === 0 ? declaredBefore(scope, repository, 'teardown') : undefined;
  return earlier === undefined ? problems : [`'repository' already has a teardown, set at '${earlier}'`];
}

function deployTeardown(
  scope: Construct, repository: aws_ecr.IRepositoryRef, plan: RemovalPlan, { encryptionKey, role }: UnownedOptions,
): void {
  const handler = teardownFunction(scope);
  const location = locateRepository(scope, repository, role);
  if (encryptionKey) allowRetireGrantOn(handler, encryptionKey.keyArn, location.region);
  allowSurroundings(handler, plan, ANY_REGION);
  const { reads, writes } = teardownActions(plan, false);
  if (!role) {
    handler.allowMarkedWrites(writes, UNTAGGED_KEYS, location.region);
    for (const statement of registryStatements(handler, plan)) handler.allowOnce(statement);
  }
  const suffix = targetSuffix(scope, repository);
  const policies = allowOnRepository(handler, scope, `MarkPolicy${suffix}`, location, {
    reads,
    statements: [
      markStatement(repository, TEARDOWN_HANDLER, stackUuidToken()),
      denyWithoutTag(plan, repository.repositoryRef.repositoryArn, writes),
      ...replicaStatements(handler, repository.repositoryRef.repositoryName, plan),
    ],
  });
  const resource = teardownResource(scope, `Resource${suffix}`, handler, {
    repositoryArn: repository.repositoryRef.repositoryArn,
    owned: false,
    ...location,
    ...wireOf(plan),
  });
  resource.node.addDependency(...policies);
}
