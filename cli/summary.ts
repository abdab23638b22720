import { ACTIONS, counted, numberOf, Simulation, WORDS } from './simulation';
import { oneLine } from './terminal';
import { INDEX_MEDIA_TYPES } from '../src/core/images/media-types';
import { wordOf } from '../src/core/lifecycle/simulate';


/** What has to be known before any single image. */
export function summary({ title, rules, images, decisions, at }: Simulation): string[] {
  const totals = ACTIONS.map(action => `${numberOf(decisions, action)} ${WORDS[action]}`).join(', ');
  const undecided = decisions.filter(({ rule }) => rule === undefined).length;
  return [
    `${oneLine(title)}, as of ${new Date(at).toISOString()}`,
    `${counted(images.length, 'image')}: ${totals}`,
    '',
    ...rules.map(rule => {
      // the core makes rules anew in priority order, and decisions refer to those that it was given
      const decided = decisions.filter(decision => decision.rule?.rulePriority === rule.rulePriority);
      const acted = decided.filter(({ action }) => action !== 'KEEP').length;
      const description = rule.description ? ` — ${oneLine(rule.description)}` : '';
      return `rule ${rule.rulePriority}: would ${wordOf(rule)} ${acted} of ${counted(decided.length, 'image')} that it decides${description}`;
    }),
    ...undecided > 0 ? [`no rule selects ${counted(undecided, 'image')}`] : [],
    ...childrenNote({ images, decisions }),
  ];
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules */
function childrenNote({ images, decisions }: Pick<Simulation, 'images' | 'decisions'>): string[] {
  const staying = images.filter(({ mediaType = '' }, index) => INDEX_MEDIA_TYPES.includes(mediaType) && decisions[index].action === 'KEEP').length;
  const untagged = images.filter(({ tags }, index) => tags.length === 0 && decisions[index].action !== 'KEEP').length;
  return staying === 0 || untagged === 0 ? [] : [
    `note: ${staying} multi-architecture ${staying === 1 ? 'index stays' : 'indexes stay'}, and ECR keeps what an index that stays refers to;`
    + ` describe-images does not say which images these are, so some of the ${untagged} untagged that would go may stay`,
  ];
}
