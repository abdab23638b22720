import { Annotations, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { asList } from '../../core/policy/document';
import { Grantable, grantOn } from '../policy/grants';
import { LAMBDA_RETRIEVAL, sourceCondition } from '../policy/lambda-retrieval';
import { toReadableJson } from '../policy/rendered-statement';
import { nativeRepository } from '../repository/native-repository';
import { isKnownToDiffer } from '../repository/unowned-repository';

/** Actions that aws-ecr grants. https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html */
const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'];

/** Does the same as `grantPull` of an `ecr.IRepository`, for a repository that has no grants. */
export function grantPullToRole(scope: Construct, repository: aws_ecr.IRepositoryRef, role: iam.IGrantable): void {
  grantOn(grantable(scope, repository), role, PULL);
  ecr.AuthorizationToken.grantRead(role);
}

/**
 * Lambda pulls as a service, for functions of the scope's stack. In another account, the roles that create functions need the same actions.
 * https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-xaccount-permissions
 */
export function grantPullToLambda(scope: Construct, repository: aws_ecr.IRepositoryRef): void {
  const { account, region } = Stack.of(scope);
  const grantor = grantable(scope, repository);
  if (isKnownToDiffer(account, repository.env.account)) grantOn(grantor, new iam.AccountPrincipal(account), LAMBDA_RETRIEVAL);
  grantOn(grantor, new iam.ServicePrincipal('lambda.amazonaws.com', { conditions: sourceCondition(account, region) }), LAMBDA_RETRIEVAL);
}

/** Returns the repository as a resource with a policy. A warning at the scope shows a statement that cannot be added. */
function grantable(scope: Construct, repository: aws_ecr.IRepositoryRef): Grantable {
  const { env, node, repositoryRef: { repositoryArn } } = repository;
  const addToResourcePolicy = (statement: iam.PolicyStatement): iam.AddToResourcePolicyResult => {
    const native = nativeRepository(repository);
    const statementAdded = native !== undefined && addToPolicyText(native, statement);
    if (!statementAdded) warnOfMissingStatement(scope, repository, statement, native !== undefined);
    return { statementAdded, policyDependable: native };
  };
  return { env, node, stack: Stack.of(repository), repositoryArn, addToResourcePolicy } as unknown as Grantable;
}

/** @returns whether the statement was added, which is not possible if the policy is a token */
function addToPolicyText(native: ecr.CfnRepository, statement: iam.PolicyStatement): boolean {
  const policy: unknown = native.repositoryPolicyText ?? new iam.PolicyDocument();
  if (policy instanceof iam.PolicyDocument) {
    policy.addStatements(statement);
    native.repositoryPolicyText = policy;
    return true;
  }
  if (!isLiteral(policy) || !isLiteral(policy.Statement)) return false;
  const statements = asList<unknown>(policy.Statement);
  const json: unknown = statement.toStatementJson();
  const resolve = (value: unknown) => JSON.stringify(native.stack.resolve(value));
  const isPresent = statements.some(existing => resolve(existing) === resolve(json));
  if (!isPresent) native.repositoryPolicyText = { ...policy, Statement: [...statements, json] };
  return true;
}

/** Whether the value is an object and not a token. */
function isLiteral(value: unknown): value is { readonly Statement?: unknown } {
  return typeof value === 'object' && value !== null && typeof (value as { resolve?: unknown }).resolve !== 'function';
}

function warnOfMissingStatement(
  scope: Construct, repository: aws_ecr.IRepositoryRef, statement: iam.PolicyStatement, isDeclared: boolean,
): void {
  const text = JSON.stringify(toReadableJson(Stack.of(scope).resolve(statement.toStatementJson())));
  const advice = isDeclared
    ? 'Add it to the \'repositoryPolicyText\', which is a token that this construct cannot extend'
    : 'Import the repository with ExistingRepository, which adds the statement, or ask its owner to add it';
  Annotations.of(scope).addWarningV2('cdk-ecr-keeper:pull-not-granted',
    `The image cannot be pulled unless the policy of repository '${repository.node.path}' has the statement ${text}. ${advice}`);
}
