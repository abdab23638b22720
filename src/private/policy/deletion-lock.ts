import { Fn, NestedStack, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { lockArnProblems } from './lock-principals';
import { DELETION_LOCK_SID, LOCKED_ACTIONS } from '../../core/policy/deletion-lock';
import type { HandlerFunction } from '../handler/handler-function';
import { throwProblems } from '../problems';
import { nativeRepository } from '../repository/native-repository';

/** The value of a `DeletionLock`, without the public class around it. */
export interface Lock {
  readonly exemptArns: readonly string[];
  /** @default - the role of the stack's synthesizer */
  readonly deployerArns?: readonly string[];
}

interface LockStatement {
  readonly statement: iam.PolicyStatement;
  readonly exemptArns: Set<string>;
}

const locks = new WeakMap<ecr.CfnRepository, LockStatement>();

/**
 * The statement of a lock. What it exempts is a condition and no principal, so that a role that is deleted does no harm, and so that it
 * matches all sessions of a role.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 *
 * AWS services that act by themselves have no ARN, which ArnNotLike would match. They may do only what the policy allows them. Nothing
 * says as whom Amazon ECR expires images: so the lock never stops that, whoever it is.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalisawsservice
 */
export function lockDeletion(scope: Construct, native: ecr.CfnRepository, lock: Lock): iam.PolicyStatement {
  const statement = new iam.PolicyStatement({
    sid: DELETION_LOCK_SID,
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: [...LOCKED_ACTIONS],
    conditions: { BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' } },
  });
  locks.set(native, { statement, exemptArns: new Set() });
  exempt(native, [...lock.deployerArns ?? [executionRoleArn(scope)], ...lock.exemptArns]);
  scope.node.addValidation({ validate: () => lockArnProblems('deletionLock', Stack.of(scope), locks.get(native)!.exemptArns) });
  return statement;
}

/**
 * Exempts a function of the stack from the lock of a repository, if there is one and the function does what it denies.
 *
 * @throws if the function is in another stack, which cannot be deployed before and after the repository
 */
export function exemptFromLock(
  scope: Construct, repository: aws_ecr.IRepositoryRef, handler: HandlerFunction, actions: readonly string[],
): void {
  const native = nativeRepository(repository);
  const denied = actions.filter(action => LOCKED_ACTIONS.includes(action));
  if (!native || !locks.has(native) || denied.length === 0) return;
  if (Stack.of(handler) !== Stack.of(native)) {
    throwProblems(scope.node.path, [
      `the 'deletionLock' of '${native.node.path}' denies ${denied.join(', ')} to functions in other stacks than`
        + ` '${Stack.of(native).node.path}'. Declare the construct in that stack, or keep the tags (TagRemovalPolicy.RETAIN)`,
    ]);
  }
  exempt(native, [handler.roleArn]);
}

function exempt(native: ecr.CfnRepository, arns: readonly string[]): void {
  const { statement, exemptArns } = locks.get(native)!;
  for (const arn of arns) exemptArns.add(arn);
  statement.addCondition('ArnNotLike', { 'aws:PrincipalArn': [...exemptArns] });
}

/** The role with which CloudFormation calls Amazon ECR for the stack; a nested stack is deployed with that of its root. */
function executionRoleArn(scope: Construct): string {
  let root = Stack.of(scope);
  while (NestedStack.isNestedStack(root) && root.nestedStackParent) root = root.nestedStackParent;
  const { synthesizer } = root;
  if (!('cloudFormationExecutionRoleArn' in synthesizer)) {
    throw new Error(`${scope.node.path}: 'deletionLock' must name the role that deploys the stack '${root.node.path}', because its`
      + ` synthesizer (${synthesizer.constructor.name}) has no role, and CloudFormation could not delete the repository. Use`
      + ' DeletionLock.everyone().deployedBy(iam.Role.fromRoleName(this, \'Deployer\', \'<name of the role>\'))');
  }
  const arn = String(synthesizer.cloudFormationExecutionRoleArn);
  return arn.includes('${AWS::') ? Fn.sub(arn) : arn;
}
