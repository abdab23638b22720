import { Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { canonical, parseLifecyclePolicy, renderLifecyclePolicy } from './core/lifecycle/parse';
import { assignPriorities, orderProblems } from './core/lifecycle/priorities';
import { labelOf, lifecycleProblems, textProblems } from './core/lifecycle/problems';
import { Rule } from './core/lifecycle/rule';
import { actingRule, simulateLifecycle } from './core/lifecycle/simulate';
import { LifecycleAction, LifecycleDecision, LifecycleImage } from './lifecycle-decision';
import { LifecycleRule } from './lifecycle-rule';
import { simulatedImage } from './private/lifecycle/simulated-image';
import { throwProblems } from './private/problems';
import { checkOptions, DATE, LIFECYCLE_RULE, LIST, listOf, required, TEXT } from './private/property-types';

/**
 * Lifecycle policy for a repository, which is validated when it is created and can be simulated in tests.
 *
 * The same rules always result in the same policy text.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 *
 * @example
 * declare const json: string;
 * declare const today: Date;
 *
 * const lifecycle = LifecyclePolicy.fromRules([
 *   LifecycleRule.keep('release-*'),
 *   LifecycleRule.expireOlderThan(Duration.days(14), { tagStatus: ecr.TagStatus.UNTAGGED }),
 *   LifecycleRule.keepNewest(50),
 * ]);
 * lifecycle.simulate(LifecycleImages.fromJson(json), today);
 * @stability stable
 */
export class LifecyclePolicy {
  /**
   * Creates a policy from rules.
   *
   * Rules that keep images come first, rules with tag status ANY last, and the others in the order of the list. Rules with a priority keep
   * it.
   *
   * @param rules Rules of the policy, 1 to 50.
   * @throws if Amazon ECR would reject the rules, with all problems in one error
   */
  public static fromRules(rules: LifecycleRule[]): LifecyclePolicy {
    checkOptions('LifecyclePolicy.fromRules', { rules }, { rules: required(listOf(LIFECYCLE_RULE)) });
    return LifecyclePolicy.ofRules('LifecyclePolicy.fromRules', rules);
  }

  /**
   * Creates a policy from rules of aws-ecr.
   *
   * @param rules Rules of the policy, 1 to 50.
   * @throws if Amazon ECR would reject the rules, with all problems in one error
   */
  public static fromEcrRules(rules: ecr.LifecycleRule[]): LifecyclePolicy {
    checkOptions('LifecyclePolicy.fromEcrRules', { rules }, { rules: required(LIST) });
    return LifecyclePolicy.ofRules('LifecyclePolicy.fromEcrRules', rules.map(rule => LifecycleRule._fromEcr(rule)));
  }

  /**
   * Creates a policy from its JSON text, for example the text that `aws ecr get-lifecycle-policy` returns.
   *
   * @param policyText JSON text of at most 30,720 characters. A token is used without validation, and its policy cannot be simulated.
   * @throws if Amazon ECR would reject the policy, with all problems in one error
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html
   */
  public static fromJson(policyText: string): LifecyclePolicy {
    checkOptions('LifecyclePolicy.fromJson', { policyText }, { policyText: required(TEXT) });
    if (Token.isUnresolved(policyText)) return new LifecyclePolicy(policyText);
    const { rules, problems } = parseLifecyclePolicy(policyText);
    throwProblems('LifecyclePolicy.fromJson', problems);
    return new LifecyclePolicy(renderLifecyclePolicy(rules), rules);
  }

  private static ofRules(factory: string, rules: readonly LifecycleRule[]): LifecyclePolicy {
    const drafts = rules.map(rule => rule._draft);
    const numbered = assignPriorities(drafts);
    const problems = [
      ...rules.flatMap((rule, index) => rule._problems.map(problem => `rules[${index}]: ${problem}`)),
      ...orderProblems(drafts, numbered),
    ];
    const inListOrder = [...numbered].sort((one, other) => one.index - other.index);
    throwProblems(factory, problems.length > 0 ? problems
      : lifecycleProblems(inListOrder.map(({ rule, index }) => ({ label: labelOf(index, rule), rule, names: rules[index]._names }))));
    const canonicalRules = canonical(numbered.map(({ rule }) => rule));
    const text = renderLifecyclePolicy(canonicalRules);
    throwProblems(factory, textProblems(text));
    return new LifecyclePolicy(text, canonicalRules);
  }

  /** @internal */
  private constructor(public readonly _text: string, public readonly _rules?: readonly Rule[]) {}

  /** Returns the JSON text of the policy. */
  public toJson(): string {
    return this._text;
  }

  /**
   * Returns the decision of the policy about each image at a given time, in the order of the images.
   *
   * The simulation follows the evaluation rules that Amazon ECR documents. If images were pushed at the same time, the later one in the
   * list counts as newer. Three points are assumptions, because they are not documented. Ages are compared to the millisecond, so an image
   * that is exactly as old as the limit is kept. The age of a restored image starts when it was restored. Reference artifacts, such as
   * signatures, are selected and counted like images.
   *
   * @param images All images of the repository, because rules can count them.
   * @param at Time of the simulation. Amazon ECR acts within 24 hours of the time at which an image meets a rule.
   * @throws if the policy is known only at deployment, or if a date is invalid
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
   */
  public simulate(images: LifecycleImage[], at: Date): LifecycleDecision[] {
    checkOptions('LifecyclePolicy.simulate', { images, at }, { images: required(LIST), at: required(DATE) });
    const rules = this._rules ?? [];
    throwProblems('LifecyclePolicy.simulate', [
      ...this._rules ? [] : ['a policy that is known only at deployment cannot be simulated'],
    ]);
    const decisions = simulateLifecycle(rules, images.map(simulatedImage), at.getTime());
    return decisions.map((decision, index) => ({
      imageDigest: images[index].imageDigest,
      imageTags: images[index].imageTags ?? [],
      action: LifecycleAction[decision.action],
      appliedRulePriority: actingRule(decision)?.rulePriority,
      decidingRulePriority: decision.rule?.rulePriority,
      reason: decision.reason,
      blockedBy: [...decision.blockedBy],
    }));
  }
}
