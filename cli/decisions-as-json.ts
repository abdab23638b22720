import type { DescribedImage } from '../src/core/images/described-images';
import { actingRule, Decision } from '../src/core/lifecycle/simulate';

/** The maximum time of a JavaScript Date. Only a fabricated file contains a later time. */
const MAX_TIME = 8.64e15;

/**
 * The properties have the names in ECR's preview, except that its action TRANSITION is ARCHIVE here. Unknown values are null.
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
