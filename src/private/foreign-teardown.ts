import { createHash } from 'crypto';
import { Stack, Token, TokenComparison } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { namesake } from './native-repository';
import { throwProblems } from './problems';
import { allowRetireGrantOn } from './retire-grant';
import { DeletePlan, ForeignOptions, TeardownPlan } from './teardown-plan';
import { teardownFunction, teardownResource } from './teardown-resource';
import { markKey } from '../core/mark';
import { TEARDOWN_HANDLER } from '../core/wire/teardown';

const attached = new WeakMap<object, Map<string, string>>();

/** Attaches a teardown to a repository that no stack of the app declares. */
export function tearDownForeign(scope: Construct, repository: ecr.IRepository, plan: TeardownPlan, options: ForeignOptions): void {
  throwProblems(scope.node.path, foreignProblems(scope, repository, plan));
  if (plan.kind === 'retain') return;
  scope.node.addValidation({ validate: () => declaredElsewhere(scope, repository) });
  deployTeardown(scope, repository, plan, options);
}

function foreignProblems(scope: Construct, repository: ecr.IRepository, plan: TeardownPlan): string[] {
  const { account, region } = Stack.of(scope);
  const problems: string[] = [];
  if (plan.kind === 'delete-with-images') {
    if (plan.alsoWhenRemoved) problems.push('\'alsoWhenRemoved\' needs a repository that the same stack declares, got an imported one');
    if (plan.requireTag === undefined) {
      problems.push('\'requireTag\' must be given for a repository that the stack does not own, so that its owner has a say, got: nothing');
    }
  }
  if (differ(repository.env.account, account)) {
    problems.push(`'repository' must be in the account of the stack (${account}), got: ${repository.env.account}`);
  }
  if (differ(repository.env.region, region)) {
    problems.push(`'repository' must be in the Region of the stack (${region}), got: ${repository.env.region}`);
  }
  const before = problems.length === 0 ? remember(scope, repository) : undefined;
  return before === undefined ? problems : [`'repository' has a teardown already, given at '${before}'`];
}

function differ(one: string, other: string): boolean {
  return Token.compareStrings(one, other) === TokenComparison.DIFFERENT;
}

/** Where a teardown of this repository was given before; environments known only at deploy are told apart by their stack. */
function remember(scope: Construct, repository: ecr.IRepository): string | undefined {
  if (Token.isUnresolved(repository.repositoryName)) return undefined;
  const { account, region, node } = Stack.of(scope);
  const environment = Token.isUnresolved(account) || Token.isUnresolved(region) ? node.path : `${account}/${region}`;
  const known = attached.get(scope.node.root) ?? new Map<string, string>();
  attached.set(scope.node.root, known);
  const key = `${environment}/${repository.repositoryName}`;
  const before = known.get(key);
  if (before === undefined) known.set(key, scope.node.path);
  return before;
}

function deployTeardown(scope: Construct, repository: ecr.IRepository, plan: DeletePlan, options: ForeignOptions): void {
  const handler = teardownFunction(scope);
  if (options.encryptionKey) allowRetireGrantOn(handler, options.encryptionKey.keyArn);
  const suffix = targetSuffix(scope, repository);
  const mayMark = handler.allow(scope, `MarkPolicy${suffix}`, new iam.PolicyStatement({
    actions: ['ecr:TagResource'],
    resources: [repository.repositoryArn],
    conditions: { 'ForAllValues:StringEquals': { 'aws:TagKeys': [markKey(TEARDOWN_HANDLER)] } },
  }));
  const resource = teardownResource(scope, `Resource${suffix}`, handler, {
    repositoryArn: repository.repositoryArn,
    owned: false,
    onStackDelete: 'delete-with-images',
    maxImages: plan.maxImages,
    requireTag: plan.requireTag,
  });
  resource.node.addDependency(mayMark);
}

/**
 * A literal target is part of the logical ids, so that another target is a new resource and the old one's Delete.
 * What is known only at deploy cannot be; the handler refuses an Update that changes it.
 */
function targetSuffix(scope: Construct, repository: ecr.IRepository): string {
  const target = JSON.stringify(Stack.of(scope).resolve(repository.repositoryArn));
  const literal = !Token.isUnresolved(repository.repositoryName) && target.includes(repository.repositoryName);
  return literal ? createHash('sha256').update(target).digest('hex').slice(0, 8) : '';
}

function declaredElsewhere(scope: Construct, repository: ecr.IRepository): string[] {
  const native = namesake(scope, repository);
  return native === undefined ? [] : [
    `'repository' is imported as '${repository.repositoryName}', but the app declares it at '${native.node.path}' — give the teardown there`,
  ];
}
