import { Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { parseDescribedImages } from './core/images/described-images';
import { canonical, parseLifecyclePolicy, renderLifecyclePolicy } from './core/lifecycle/parse';
import { assignPriorities, keepsTooLate } from './core/lifecycle/priorities';
import { labelOf, lifecycleProblems, textProblems } from './core/lifecycle/problems';
import { Rule } from './core/lifecycle/rule';
import { Decision, simulateLifecycle } from './core/lifecycle/simulate';
import { LifecycleRule } from './lifecycle-rule';
import { ImageStatus, LifecycleAction, LifecycleDecision, LifecycleImage } from './lifecycle-simulation';
import { simulatedImage } from './private/lifecycle/simulated-image';
import { throwProblems } from './private/problems';

/** The public names of what the simulation decides. */
const ACTIONS: Readonly<Record<Decision['action'], LifecycleAction>> = {
  EXPIRE: LifecycleAction.EXPIRE,
  TRANSITION: LifecycleAction.ARCHIVE,
  KEEP: LifecycleAction.KEEP,
};

/**
 * A lifecycle policy for a repository: checked when it is made, and in tests before it deletes anything.
 *
 * The same rules always give the same text.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 *
 * @example
 * const lifecycle = LifecyclePolicy.fromRules([
 *   LifecycleRule.keep('release-*'),
 *   LifecycleRule.expireOlderThan(Duration.days(14), { tagStatus: ecr.TagStatus.UNTAGGED }),
 *   LifecycleRule.keepNewest(50),
 * ]);
 * const decisions = lifecycle.simulate([{ imageDigest: 'sha256:1', imagePushedAt: new Date('2026-01-01') }], new Date('2026-02-01'));
 */
export class LifecyclePolicy {
  /**
   * A policy of rules, in their order: those that keep first, tag status ANY last, the others as they are given.
   *
   * @throws when ECR would refuse the rules; all problems at once
   */
  public static fromRules(rules: LifecycleRule[]): LifecyclePolicy {
    return LifecyclePolicy.made('LifecyclePolicy.fromRules', rules);
  }

  /**
   * A policy of aws-ecr's rules.
   *
   * @throws when ECR would refuse the rules; all problems at once
   */
  public static fromEcrRules(rules: ecr.LifecycleRule[]): LifecyclePolicy {
    return LifecyclePolicy.made('LifecyclePolicy.fromEcrRules', rules.map(rule => LifecycleRule._fromEcr(rule)));
  }

  /**
   * Takes the JSON text of a policy, for instance one that another tool wrote or `aws ecr get-lifecycle-policy` prints.
   *
   * @param policyText the policy. A text that is only known at deploy is passed on as it is, and can be neither checked nor simulated
   * @throws when ECR would refuse the policy; all problems at once
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html
   */
  public static fromJson(policyText: string): LifecyclePolicy {
    if (Token.isUnresolved(policyText)) return new LifecyclePolicy(policyText);
    const { rules, problems } = parseLifecyclePolicy(policyText);
    throwProblems('LifecyclePolicy.fromJson', problems);
    return new LifecyclePolicy(renderLifecyclePolicy(rules), rules);
  }

  /**
   * The images in what `aws ecr describe-images --output json` prints, for `simulate`.
   *
   * @throws when the text is of another shape; names each field
   * @see https://docs.aws.amazon.com/cli/latest/reference/ecr/describe-images.html
   */
  public static imagesFromJson(json: string): LifecycleImage[] {
    const { images, problems } = parseDescribedImages(json);
    throwProblems('LifecyclePolicy.imagesFromJson', problems);
    const date = (time: number | undefined) => time === undefined ? undefined : new Date(time);
    return images.map(image => ({
      imageDigest: image.digest,
      imageTags: [...image.tags],
      imagePushedAt: new Date(image.pushedAt),
      imageStatus: image.storageClass === 'archive' ? ImageStatus.ARCHIVED : ImageStatus.ACTIVE,
      lastRecordedPullTime: date(image.lastRecordedPullTime),
      lastArchivedAt: date(image.lastArchivedAt),
      lastActivatedAt: date(image.lastActivatedAt),
    }));
  }

  private static made(factory: string, given: readonly LifecycleRule[]): LifecyclePolicy {
    const placed = assignPriorities(given.map(rule => rule._draft));
    const own = [
      ...given.flatMap((rule, index) => rule._problems.map(problem => `rules[${index}]: ${problem}`)),
      ...keepsTooLate(given.map(rule => rule._draft), placed),
    ];
    const asGiven = [...placed].sort((one, other) => one.index - other.index);
    throwProblems(factory, own.length > 0 ? own : lifecycleProblems(asGiven.map(({ rule, index }) => ({ label: labelOf(index, rule), rule }))));
    const rules = canonical(placed.map(({ rule }) => rule));
    const text = renderLifecyclePolicy(rules);
    throwProblems(factory, textProblems(text));
    return new LifecyclePolicy(text, rules);
  }

  /** @internal */
  private constructor(public readonly _text: string, public readonly _rules?: readonly Rule[]) {}

  /** The policy as ECR takes it. */
  public toJson(): string {
    return this._text;
  }

  /**
   * What the policy does to each of these images at a moment, in their order. Follows the evaluation rules that ECR documents.
   *
   * Of images pushed at the same moment the one listed later is the newer. Not documented by ECR and assumed: ages are compared to the
   * millisecond, and an image exactly as old as the limit stays; being restored from the archive also renews the age of a push.
   *
   * @param images all images of the repository: rules that count, count all
   * @param at the moment, within 24 hours of which ECR acts
   * @throws when the policy is only known at deploy, or a time is no time
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
   */
  public simulate(images: LifecycleImage[], at: Date): LifecycleDecision[] {
    const rules = this._rules ?? [];
    throwProblems('LifecyclePolicy.simulate', [
      ...this._rules ? [] : ['a policy that is only known at deploy cannot be simulated'],
      ...Number.isNaN(at.getTime()) ? ['\'at\' must be a time, got: Invalid Date'] : [],
    ]);
    const decisions = simulateLifecycle(rules, images.map(simulatedImage), at.getTime());
    return decisions.map(({ action, rule, reason, blockedBy }, index) => ({
      imageDigest: images[index].imageDigest,
      imageTags: images[index].imageTags ?? [],
      action: ACTIONS[action],
      appliedRulePriority: action === 'KEEP' ? undefined : rule?.rulePriority,
      decidingRulePriority: rule?.rulePriority,
      reason,
      blockedBy: [...blockedBy],
    }));
  }
}
