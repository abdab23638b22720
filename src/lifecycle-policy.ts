import { Stack, Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { throwProblems } from './private/problems';

/** A lifecycle policy for a repository. */
export class LifecyclePolicy {
  /**
   * Takes the JSON text of a policy as it stands, for instance one that another tool wrote. Parsed, but its rules are not checked.
   *
   * @param policyText the policy, 100 to 30,720 characters
   * @throws when the text is no JSON object with a `rules` list, or has a length that ECR refuses
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html
   */
  public static fromJson(policyText: string): LifecyclePolicy {
    if (!Token.isUnresolved(policyText)) throwProblems('LifecyclePolicy.fromJson', textProblems(policyText));
    return new LifecyclePolicy(policyText);
  }

  /**
   * A policy of aws-ecr's rules, ordered and rendered as aws-ecr does.
   *
   * @throws what aws-ecr throws on a bad rule, or when there is none
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
   */
  public static fromRules(rules: ecr.LifecycleRule[]): LifecyclePolicy {
    if (rules.length === 0) throwProblems('LifecyclePolicy.fromRules', ['\'rules\' must have at least one rule, got: none']);
    const stack = new Stack();
    const { lifecyclePolicy } = new ecr.Repository(stack, 'Rules', { lifecycleRules: rules }).node.defaultChild as ecr.CfnRepository;
    return new LifecyclePolicy((stack.resolve(lifecyclePolicy) as { lifecyclePolicyText: string }).lifecyclePolicyText);
  }

  /** @internal */
  private constructor(public readonly _text: string) {}
}

function textProblems(policyText: string): string[] {
  const problems: string[] = [];
  if (policyText.length < 100 || policyText.length > 30_720) {
    problems.push(`'policyText' must have between 100 and 30720 characters, got: ${policyText.length}`);
  }
  try {
    const parsed: unknown = JSON.parse(policyText);
    const rules = typeof parsed === 'object' && parsed !== null ? (parsed as { rules?: unknown }).rules : undefined;
    if (!Array.isArray(rules)) problems.push('\'policyText\' must be a JSON object with a list \'rules\'');
  } catch (error) {
    problems.push(`'policyText' must be JSON: ${(error as Error).message}`);
  }
  return problems;
}
