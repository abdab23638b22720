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

/** Value of a `DeletionLock`, without the public class. */
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
 * Returns the statement of a lock. Exemptions are a condition and not principals, so that a deleted role does not make the policy invalid,
 * and so that all sessions of a role match. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 *
 * AWS services that act on their own have no ARN, which ArnNotLike would match. They can do only what the policy allows. It is not
 * documented with which principal Amazon ECR expires images, so the lock never denies actions of AWS services.
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
 * Exempts a function of the stack from the lock of a repository, if the repository has a lock that denies actions of the function.
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

/**
 * Returns the role with which CloudFormation calls Amazon ECR for the stack. A nested stack is deployed with the role of its root stack.
 */
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
