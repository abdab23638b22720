import { Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { LAMBDA_RETRIEVAL } from './lambda-retrieval';
import { PolicyStatements } from './policy-statements';
import { hasReference, toAddStatementCall, toReadableJson } from './rendered-statement';
import { isAllowedBy } from '../../core/policy/coverage';
import { asList, Json, Statement } from '../../core/policy/document';
import { statementNormalForm } from '../../core/policy/normal-form';
import { finalAttributes } from '../repository/native-repository';

const expectations = new WeakMap<object, PolicyStatements>();

/**
 * Expects statements for an import of a repository that another part of the app declares. Nothing is written, and synthesis fails unless
 * the policy in the declaration allows what the statements allow.
 */
export function expectStatements(
  scope: Construct, repository: aws_ecr.IRepositoryRef, native: ecr.CfnRepository, statements: readonly iam.PolicyStatement[],
): void {
  const existing = expectations.get(repository);
  const { account, region } = repository.env;
  const expected = existing ?? new PolicyStatements(scope, { account: Stack.of(scope).account, region }, account);
  expected.add(scope.node.path, statements, false);
  if (existing) return;
  expectations.set(repository, expected);
  scope.node.addValidation({ validate: () => [...expected.validate(), ...missingStatementProblems(scope, native, expected)] });
}

/** Returns one problem for each statement that is missing from the policy in the declaration, with the call that adds it. */
export function missingStatementProblems(scope: Construct, native: ecr.CfnRepository, expected: PolicyStatements): string[] {
  const declared = statementsOf(native);
  const resolved = expected.render().map(statement => Stack.of(scope).resolve(statement) as Statement);
  return resolved.filter(statement => !isDeclared(declared, statement)).map(statement =>
    `the policy of 'repository' belongs to the stack '${Stack.of(native).node.path}', and the app declares it at '${native.node.path}'.`
      + ` Set the statements there: ${remedy(native, toReadableJson(statement) as Statement)}`);
}

function isDeclared(declared: readonly Statement[], statement: Statement): boolean {
  if (hasReference(statement)) return false; // another stack may have a resource with the same logical ID
  const readable = toReadableJson(statement) as Statement;
  const meaning = ({ Sid: _, ...rest }: Statement) => statementNormalForm(rest);
  return isAllowedBy(declared, readable) || declared.some(one => !hasReference(one) && meaning(one) === meaning(readable));
}

/** Returns the statements in the template, after aspects and escape hatches. */
function statementsOf(native: ecr.CfnRepository): Statement[] {
  const policy = finalAttributes(native).repositoryPolicyText as { readonly Statement?: Json } | undefined;
  return asList(toReadableJson(policy?.Statement)).filter((one): one is Statement => typeof one === 'object' && one !== null);
}

function remedy(native: ecr.CfnRepository, statement: Statement): string {
  const repository = native.node.scope;
  if (!(repository instanceof ecr.RepositoryBase)) return `allow it in the 'repositoryPolicyText': ${JSON.stringify(statement)}`;
  const isRetrieval = JSON.stringify(statement.Principal) === '{"Service":"lambda.amazonaws.com"}'
    && JSON.stringify(statement.Action) === JSON.stringify(LAMBDA_RETRIEVAL);
  const call = isRetrieval ? 'grantPull(new iam.ServicePrincipal(\'lambda.amazonaws.com\'))' : toAddStatementCall(statement);
  return `on the construct '${repository.node.path}', call repository.${call}`;
}
