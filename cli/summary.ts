import { ACTION_WORDS, ACTIONS, shareOf, Simulation, SIZES_NOTE } from './simulation';
import { formatBytes, pluralize, toOneLine } from '../src/core/format';
import { INDEX_MEDIA_TYPES } from '../src/core/images/media-types';
import { wordOf } from '../src/core/lifecycle/rule';
import type { Decision } from '../src/core/lifecycle/simulate';

/** Renders the totals, to print before the list of images. */
export function summaryLines({ title, rules, images, decisions, at }: Simulation): string[] {
  const totals = ACTIONS.map(action => `${shareOf({ images, decisions }, action).count} ${ACTION_WORDS[action]}`).join(', ');
  const unselectedCount = decisions.filter(({ rule }) => rule === undefined).length;
  return [
    `${toOneLine(title)}, as of ${new Date(at).toISOString()}`,
    `${pluralize(images.length, 'image')}: ${totals}`,
    ...sizeLines({ images, decisions }),
    '',
    ...rules.map(rule => {
      // Compare priorities, because the core copies the rules when it sorts them.
      const ownDecisions = decisions.filter(decision => decision.rule?.rulePriority === rule.rulePriority);
      const actionCount = ownDecisions.filter(({ action, followedRule }) => action !== 'KEEP' && !followedRule).length;
      const description = rule.description ? ` (${toOneLine(rule.description)})` : '';
      return `rule ${rule.rulePriority}${description}: would ${wordOf(rule)} ${actionCount} of`
        + ` ${pluralize(ownDecisions.length, 'image')} that it applies to`;
    }),
    ...unselectedCount > 0 ? [`no rule selects ${pluralize(unselectedCount, 'image')}`] : [],
    ...followerLines(decisions),
    ...childrenNote({ images, decisions }),
  ];
}

function sizeLines({ images, decisions }: Pick<Simulation, 'images' | 'decisions'>): string[] {
  const unknownCount = images.filter(({ sizeInBytes }) => sizeInBytes === undefined).length;
  if (unknownCount === images.length) return [];
  const sums = ACTIONS.map(action => `${formatBytes(shareOf({ images, decisions }, action).bytes)} ${ACTION_WORDS[action]}`).join(', ');
  const unknown = unknownCount === 0 ? '' : `, and ${pluralize(unknownCount, 'image')} of unknown size`;
  return [`sizes: ${sums}${unknown} (${SIZES_NOTE})`];
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules */
function childrenNote({ images, decisions }: Pick<Simulation, 'images' | 'decisions'>): string[] {
  const indexCount = images.filter(({ mediaType = '' }, index) =>
    INDEX_MEDIA_TYPES.includes(mediaType) && decisions[index].action === 'KEEP').length;
  const untaggedCount = images.filter(({ tags, subject }, index) =>
    tags.length === 0 && subject === undefined && decisions[index].action !== 'KEEP').length;
  return indexCount === 0 || untaggedCount === 0 ? [] : [
    `note: ${indexCount} multi-architecture ${indexCount === 1 ? 'index is' : 'indexes are'} kept, and ECR also keeps every image that a`
    + ` kept index refers to. describe-images does not return these references, so ECR may keep some of the ${untaggedCount} untagged`
    + ' images'
    + ' that the simulation expires or archives',
  ];
}

function followerLines(decisions: readonly Decision[]): string[] {
  const followerCount = decisions.filter(({ followedRule }) => followedRule !== undefined).length;
  if (followerCount === 0) return [];
  const fate = followerCount === 1 ? 'is removed or archived with its subject image' : 'are removed or archived with their subject images';
  return [`${pluralize(followerCount, 'reference artifact')} (signatures, SBOMs, attestations) ${fate}`];
}
