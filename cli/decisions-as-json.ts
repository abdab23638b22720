import type { DescribedImage } from '../src/core/images/described-images';
import { actingRule, Decision } from '../src/core/lifecycle/simulate';

/** Beyond it, JavaScript has no date; only a file that somebody made up has such a time. */
const MAX_TIME = 8.64e15;

/**
 * The properties have the names of ECR's preview, whose action TRANSITION is ARCHIVE here; what is not known is null.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_LifecyclePolicyPreviewResult.html
 */
export function renderDecisionsAsJson(images: readonly DescribedImage[], decisions: readonly Decision[]): string {
  const rows = images.map(({ digest, tags, pushedAt, sizeInBytes }, index) => ({
    imageDigest: digest,
    imageTags: tags,
    imagePushedAt: Math.abs(pushedAt) <= MAX_TIME ? new Date(pushedAt).toISOString() : null,
    imageSizeInBytes: sizeInBytes ?? null,
    action: decisions[index].action,
    appliedRulePriority: actingRule(decisions[index])?.rulePriority ?? null,
    reason: decisions[index].reason,
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}
