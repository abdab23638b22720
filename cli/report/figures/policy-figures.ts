import type { FigureOptions, ReportedImage } from './image-figures';
import { effectOf, isLeavingSoon, isNeeded } from './policy-effect';
import { parseLifecyclePolicy } from '../../../src/core/lifecycle/parse';
import { referrerWarnings } from '../../../src/core/lifecycle/referrers';
import { lifecycleWarnings } from '../../../src/core/lifecycle/warnings';
import { Fate, foresee } from '../../page/future';
import type { PolicyFigures } from '../repository-record';

export interface AssessedPolicy {
  readonly figures: PolicyFigures;
  /** In the order of the images. Undefined if there is no policy to simulate. */
  readonly fates?: readonly Fate[];
}

/**
 * Returns the effect and the warnings of the lifecycle policy of a repository.
 *
 * @param text undefined if the repository has no policy
 * @param images undefined if they could not be read
 */
export function policyFigures(
  text: string | undefined, images: readonly ReportedImage[] | undefined, options: FigureOptions,
): AssessedPolicy {
  if (text === undefined) return { figures: { kind: 'none' } };
  const { rules, problems } = parseLifecyclePolicy(text);
  if (problems.length > 0) return { figures: { kind: 'unknown', text, reason: problems.join('; ') } };
  // An effect on no image would be wrong.
  if (!images) return { figures: { kind: 'unknown', text, reason: 'The images could not be read.' } };
  const fates = foresee(rules, images, options.at);
  const warnings = [...lifecycleWarnings(rules), ...referrerWarnings(images, fates.map(({ decision }) => decision))];
  return {
    figures: {
      kind: 'policy',
      text,
      rules,
      warnings: warnings.map(({ code, message }) => ({ code, message })),
      effect: effectOf(images, fates),
      endangered: images.filter((image, index) => isLeavingSoon(fates[index]) && isNeeded(image, options)).length,
    },
    fates,
  };
}
