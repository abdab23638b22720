import type { TemplateResource } from './assembly-templates';
import { alternatives, literalText, withPlaceholders } from './template-values';
import { quote, toOneLine, uncapitalize } from '../../core/format';
import { isIntrinsic } from '../../core/intrinsics';
import { isJsonObject } from '../../core/json';
import { parseLifecyclePolicy } from '../../core/lifecycle/parse';
import { LIFECYCLE_WARNING_CODES, lifecycleWarnings } from '../../core/lifecycle/warnings';
import { asList, Statement } from '../../core/policy/document';
import { EVERY_ACTION, incompleteProblems, lastingProblems } from '../../core/policy/problems';
import { POLICY_EVERY_ACTION } from '../policy/policy-statements';
import { DESTROY_FAILS, EMPTY_ON_DELETE } from '../teardown/removal-warnings';

/** All codes that the plug-in reports, without the name of the library. Warnings about reference artifacts require a simulation. */
export const FINDING_CODES = [
  'lifecycle-invalid', 'lifecycle-unknown', 'policy-invalid', 'policy-unknown', 'policy-every-action', 'empty-on-delete',
  'destroy-without-teardown', ...LIFECYCLE_WARNING_CODES.filter(code => !code.endsWith('-referrers')),
] as const;

export interface Finding {
  readonly code: typeof FINDING_CODES[number];
  /** Errors are settings that Amazon ECR or CloudFormation rejects. Infos are settings that could not be checked. */
  readonly severity: 'error' | 'warning' | 'info';
  readonly description: string;
  readonly fix: string;
  /** Location within the resource. */
  readonly location: string;
}

const LIFECYCLE_TEXT = 'Properties.LifecyclePolicy.LifecyclePolicyText';
const POLICY_TEXT = 'Properties.RepositoryPolicyText';
const USER_GUIDE = 'https://docs.aws.amazon.com/AmazonECR/latest/userguide';
const LIFECYCLE_GUIDE = `see ${USER_GUIDE}/lifecycle_policy_parameters.html`;
const POLICY_GUIDE = `see ${USER_GUIDE}/repository-policies.html`;

/** Returns the certain and probable problems of an `AWS::ECR::Repository` in a template. */
export function repositoryFindings(resource: TemplateResource): Finding[] {
  const { LifecyclePolicy, RepositoryPolicyText } = resource.Properties ?? {};
  const lifecycleTexts = alternatives(LifecyclePolicy)
    .flatMap(policy => isIntrinsic(policy) ? [policy] : alternatives((policy as Record<string, unknown>).LifecyclePolicyText));
  return [
    ...lifecycleTexts.flatMap(lifecycleFindings),
    ...alternatives(RepositoryPolicyText).flatMap(policyFindings),
    ...removalFindings(resource),
  ];
}

function lifecycleFindings(value: unknown): Finding[] {
  const text = literalText(value);
  if (text === undefined) {
    return isIntrinsic(value) ? [unknown('lifecycle-unknown', 'lifecycle policy', LIFECYCLE_TEXT)]
      : [invalid('lifecycle-invalid', `'LifecyclePolicyText' must be a string, got: ${quote(value)}. Write the policy as JSON text`)];
  }
  const { rules, problems } = parseLifecyclePolicy(text);
  if (problems.length > 0) return problems.map(problem => invalid('lifecycle-invalid', problem));
  return lifecycleWarnings(rules).map(({ code, message }) => ({
    code, severity: 'warning', location: LIFECYCLE_TEXT, ...describe(message, LIFECYCLE_GUIDE),
  }));
}

/** Statements whose parts are known only at deployment are checked as far as they are known. */
function policyFindings(value: unknown): Finding[] {
  const text = literalText(value);
  if (text === undefined && isIntrinsic(value)) return [unknown('policy-unknown', 'repository policy', POLICY_TEXT)];
  let document = value;
  try {
    if (text !== undefined) document = JSON.parse(text);
  } catch (error) {
    return [invalid('policy-invalid', `the policy must be JSON: ${toOneLine((error as Error).message)}`)];
  }
  if (!isJsonObject(document)) return [invalid('policy-invalid', `the policy must be an object, got: ${quote(document)}`)];
  const statements = asList(document.Statement).flatMap(alternatives);
  return statements.flatMap((statement, index) => isIntrinsic(statement) ? [] : statementFindings(statement, `Statement[${index}]`));
}

function statementFindings(value: unknown, name: string): Finding[] {
  if (!isJsonObject(value)) return [invalid('policy-invalid', `'${name}' must be an object, got: ${quote(value)}`)];
  const statement = withPlaceholders(value) as Statement;
  const problems = [...lastingProblems(statement, name), ...incompleteProblems(statement, name)];
  const hasEveryAction = [...asList(statement.Action), ...asList(statement.NotAction)].includes(EVERY_ACTION);
  return [
    ...problems.map(problem => invalid('policy-invalid', problem)),
    ...hasEveryAction ? [{
      code: 'policy-every-action', severity: 'warning', location: POLICY_TEXT, ...describe(POLICY_EVERY_ACTION, POLICY_GUIDE),
    } as const] : [],
  ];
}

function removalFindings({ DeletionPolicy, UpdateReplacePolicy, Properties = {} }: TemplateResource): Finding[] {
  const { EmptyOnDelete, Tags } = Properties;
  if (String(EmptyOnDelete) === 'true') {
    if (DeletionPolicy === 'Retain' && UpdateReplacePolicy === 'Retain') return [];
    return [{
      code: 'empty-on-delete',
      severity: 'warning',
      location: 'Properties.EmptyOnDelete',
      description: EMPTY_ON_DELETE,
      fix: 'leave it out, and add a RepositoryTeardown with Teardown.deleteWithImages(), which deletes them only with the stack',
    }];
  }
  if (isIntrinsic(EmptyOnDelete) || isEmptiedByAwsEcr(Tags)) return [];
  if (DeletionPolicy !== undefined && DeletionPolicy !== 'Delete') return [];
  const policy = DeletionPolicy === undefined ? 'no removal policy is set, which means DESTROY' : 'the removal policy is DESTROY';
  return [{
    code: 'destroy-without-teardown',
    severity: 'warning',
    location: 'DeletionPolicy',
    description: `${policy}, but ${DESTROY_FAILS}`,
    fix: 'add a RepositoryTeardown with Teardown.deleteWithImages(), or keep the repository with RETAIN',
  }];
}

/** Whether the repository has the tag that `autoDeleteImages` of aws-ecr sets for its function. */
function isEmptiedByAwsEcr(tags: unknown): boolean {
  return Array.isArray(tags) && tags.some((tag: { readonly Key?: unknown } | null) => tag?.Key === 'aws-cdk:auto-delete-images');
}

function invalid(code: 'lifecycle-invalid' | 'policy-invalid', problem: string): Finding {
  const isLifecycle = code === 'lifecycle-invalid';
  return {
    code,
    severity: 'error',
    location: isLifecycle ? LIFECYCLE_TEXT : POLICY_TEXT,
    ...describe(problem, isLifecycle ? LIFECYCLE_GUIDE : POLICY_GUIDE),
  };
}

/** Reports settings that could not be checked, so that a report without findings means that everything was checked. */
function unknown(code: 'lifecycle-unknown' | 'policy-unknown', policy: string, location: string): Finding {
  return {
    code,
    severity: 'info',
    location,
    description: `the ${policy} is known only at deployment, so it was not checked`,
    fix: 'write it without values that are known only at deployment, or check it after the deployment',
  };
}

/** The last sentence of a message, if it has several, says what to do. Quoted values may contain sentences too. */
const LAST_SENTENCE = /^((?:"(?:[^"\\]|\\.)*"|[^"])*)\. (?=[A-Z])(.+)$/s;

function describe(message: string, defaultFix: string): Pick<Finding, 'description' | 'fix'> {
  const [, description = message, fix] = LAST_SENTENCE.exec(message) ?? [];
  return { description, fix: fix === undefined ? defaultFix : uncapitalize(fix) };
}
