import * as ecr from 'aws-cdk-lib/aws-ecr';
import { Construct } from 'constructs';
import { declaredElsewhere, environmentProblems, givenBefore, mayMark, targetSuffix } from './foreign-target';
import { throwProblems } from './problems';
import { allowRetireGrantOn } from './retire-grant';
import { DeletePlan, ForeignOptions, TeardownPlan } from './teardown-plan';
import { teardownFunction, teardownResource } from './teardown-resource';
import { TEARDOWN_HANDLER } from '../core/wire/teardown';

/** Attaches a teardown to a repository that no stack of the app declares. */
export function tearDownForeign(scope: Construct, repository: ecr.IRepository, plan: TeardownPlan, options: ForeignOptions): void {
  throwProblems(scope.node.path, foreignProblems(scope, repository, plan));
  if (plan.kind === 'retain') return;
  scope.node.addValidation({ validate: () => declaredElsewhere(scope, repository, 'teardown') });
  deployTeardown(scope, repository, plan, options);
}

function foreignProblems(scope: Construct, repository: ecr.IRepository, plan: TeardownPlan): string[] {
  const problems = environmentProblems(scope, repository);
  if (plan.kind === 'delete-with-images') {
    if (plan.alsoWhenRemoved) problems.push('\'alsoWhenRemoved\' needs a repository that the same stack declares, got an imported one');
    if (plan.requireTag === undefined) {
      problems.push('\'requireTag\' must be given for a repository that the stack does not own, so that its owner has a say, got: nothing');
    }
  }
  const before = problems.length === 0 ? givenBefore(scope, repository, 'teardown') : undefined;
  return before === undefined ? problems : [`'repository' has a teardown already, given at '${before}'`];
}

function deployTeardown(scope: Construct, repository: ecr.IRepository, plan: DeletePlan, options: ForeignOptions): void {
  const handler = teardownFunction(scope);
  if (options.encryptionKey) allowRetireGrantOn(handler, options.encryptionKey.keyArn);
  const suffix = targetSuffix(scope, repository);
  const policy = handler.allow(scope, `MarkPolicy${suffix}`, mayMark(repository, TEARDOWN_HANDLER));
  const resource = teardownResource(scope, `Resource${suffix}`, handler, {
    repositoryArn: repository.repositoryArn,
    owned: false,
    onStackDelete: 'delete-with-images',
    maxImages: plan.maxImages,
    requireTag: plan.requireTag,
  });
  resource.node.addDependency(policy);
}
