import type { DescribedImage } from '../src/core/images/described-images';
import { actingRule, Decision } from '../src/core/lifecycle/simulate';

/**
 * The properties have the names of ECR's preview, whose action TRANSITION is ARCHIVE here.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_LifecyclePolicyPreviewResult.html
 */
export function renderDecisionsAsJson(images: readonly DescribedImage[], decisions: readonly Decision[]): string {
  const rows = images.map(({ digest, tags }, index) => {
    const { action, reason } = decisions[index];
    const appliedRulePriority = actingRule(decisions[index])?.rulePriority ?? null;
    return { imageDigest: digest, imageTags: tags, action, appliedRulePriority, reason };
  });
  return `${JSON.stringify(rows, null, 2)}\n`;
}
