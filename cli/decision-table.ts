import { renderColumns } from './columns';
import { ACTION_WORDS, ACTIONS, Simulation } from './simulation';
import { summaryLines } from './summary';
import { paint, Terminal, wrap } from './terminal';
import { pluralize, toOneLine } from '../src/core/format';
import { actingRule, DAY } from '../src/core/lifecycle/simulate';

export interface TableOptions extends Simulation {
  readonly isAll: boolean;
}

const MAX_ROWS = 20;
const COLOURS = { EXPIRE: 'red', ARCHIVE: 'yellow', KEEP: 'green' } as const;

/** Renders the summary, the images that would expire or be archived, and the kept images unless there are too many. */
export function renderDecisionTable(options: TableOptions, terminal: Terminal): string {
  const lines = [
    ...summaryLines(options).flatMap(line => wrap(line, terminal.width)),
    ...ACTIONS.flatMap(action => groupLines(options, action, terminal)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Lists the newest images first, because a mistake about them costs most and the list may be cut off. */
function groupLines({ images, decisions, at, isAll }: TableOptions, action: typeof ACTIONS[number], terminal: Terminal): string[] {
  const members = images.map((image, index) => ({ image, decision: decisions[index] })).filter(({ decision }) => decision.action === action)
    .sort((one, other) => other.image.pushedAt - one.image.pushedAt);
  if (members.length === 0) return [];
  const title = paint(`${ACTION_WORDS[action]}: ${pluralize(members.length, 'image')}`, COLOURS[action], terminal);
  if (action === 'KEEP' && members.length > MAX_ROWS && !isAll) return ['', `${title} (--all lists them)`];
  const rows = members.slice(0, isAll ? undefined : MAX_ROWS).map(({ image: { digest, tags, pushedAt }, decision }) => {
    const rule = actingRule(decision) ?? decision.rule;
    return [
      `${Math.floor((at - pushedAt) / DAY)}d`,
      toOneLine(digest.replace(/^sha256:/, '').slice(0, 12)),
      rule === undefined ? '-' : String(rule.rulePriority),
      tags.length === 0 ? '<untagged>' : toOneLine(tags.join(', ')),
      rule === undefined ? decision.reason : decision.reason.replace(`rule ${rule.rulePriority}: `, ''),
    ];
  });
  const more = members.length - rows.length;
  return [
    '',
    title,
    ...renderColumns(['AGE', 'DIGEST', 'RULE', 'TAGS', 'REASON'], rows, terminal.width)
      .map((line, index) => index === 0 ? paint(line, 'dim', terminal) : line),
    ...more > 0 ? [`  and ${more} more (--all lists them)`] : [],
  ];
}
