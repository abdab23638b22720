import type { DescribedImage } from '../src/core/images/described-images';
import type { Decision } from '../src/core/lifecycle/simulate';

/** Named as ECR's own preview does. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_LifecyclePolicyPreviewResult.html */
export function renderDecisionsAsJson(images: readonly DescribedImage[], decisions: readonly Decision[]): string {
  const rows = images.map(({ digest, tags }, index) => {
    const { action, rule, reason } = decisions[index];
    return { imageDigest: digest, imageTags: tags, action, appliedRulePriority: action === 'KEEP' ? null : rule!.rulePriority, reason };
  });
  return `${JSON.stringify(rows, null, 2)}\n`;
}
