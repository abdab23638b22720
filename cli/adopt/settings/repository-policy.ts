import { hasIntrinsics } from '../../../src/core/intrinsics';
import { isJsonObject, JsonObject } from '../../../src/core/json';
import { isAllowedBy } from '../../../src/core/policy/coverage';
import { withoutDeadPrincipals } from '../../../src/core/policy/dead-principals';
import { hasPolicyVariables, parsePolicy, sidOf, Statement, VERSION } from '../../../src/core/policy/document';
import { statementNormalForm } from '../../../src/core/policy/normal-form';
import { isMergedStatement } from '../../../src/core/policy/ownership';
import { statementProblems } from '../../../src/core/policy/problems';
import { Finding, findingsAbout, isHarm } from '../finding';
import type { LiveRepository } from '../live-repository';
import { expression } from '../typescript';

const finding = findingsAbout('repository-policy');

/**
 * An import removes the policy of a repository if the template has no policy, and replaces it otherwise.
 * https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2493
 */
export function compareRepositoryPolicy({ RepositoryPolicyText: declared }: JsonObject, { policy }: LiveRepository): Finding[] {
  const known = declaredStatements(declared).filter(statement => !hasIntrinsics(statement));
  const findings = (policy?.Statement ?? []).flatMap(statement => compareStatement(statement, known, policy!.Version));
  if (!hasIntrinsics(declared) || !findings.some(isHarm)) return findings;
  const note = 'part of the declared policy is unknown until deployment. It may contain the statements that would be removed';
  return [...findings, finding('NOTE', note)];
}

function compareStatement(statement: Statement, declared: readonly Statement[], version: string): Finding[] {
  if (isKept(statement, declared)) return [];
  const name = sidOf(statement) === undefined ? 'a statement without a Sid' : `the statement '${sidOf(statement)}'`;
  const living = withoutDeadPrincipals(statement);
  if (!living) return [finding('NOTE', `${name} would be removed, but it names only principals that were deleted`)];
  if (isKept(living, declared)) return [];
  const { Sid, ...withoutSid } = living;
  const isMerged = isMergedStatement(living);
  const pasted = isMerged || Sid === undefined ? withoutSid : { Sid, ...withoutSid };
  return [
    finding('LOST', `${name} of the repository policy would be removed`, {
      code: { imports: ['iam'], statements: [`repository.addToResourcePolicy(iam.PolicyStatement.fromJson(${expression(pasted)}));`] },
    }),
    ...!isMerged ? [] : [finding('NOTE', `${name} belongs to a grant or a RepositoryPolicy of a stack, which does not detect the`
      + ' removal. If'
      + ' that stack must write the statement again, deploy it with a different \'trigger\'')],
    ...version === VERSION || !hasPolicyVariables(living) ? []
      : [finding('NOTE', `${name} contains \${…}, which is plain text in version ${version} of the live policy, but a policy variable`
        + ` in the declared version, ${VERSION}`)],
    ...statementProblems(pasted, 'statement').map(problem => finding('NOTE', `addToResourcePolicy does not accept ${name}: ${problem}`)),
  ];
}

/** Compares without the Sid, which has no effect on permissions. */
function isKept(statement: Statement, declared: readonly Statement[]): boolean {
  return isAllowedBy(declared, statement) || declared.some(other => formWithoutSid(other) === formWithoutSid(statement));
}

function formWithoutSid({ Sid: _, ...statement }: Statement): string {
  return statementNormalForm(statement);
}

/** Reads a policy, which is an object or JSON text. CloudFormation rejects other values. */
function declaredStatements(declared: unknown): Statement[] {
  try {
    const { Statement: statements } = parsePolicy(typeof declared === 'string' ? declared : JSON.stringify(declared ?? {}));
    return statements.filter(isJsonObject) as Statement[];
  } catch {
    return [];
  }
}
