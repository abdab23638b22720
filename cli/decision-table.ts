import { columns } from './columns';
import { ACTIONS, counted, Simulation, WORDS } from './simulation';
import { summary } from './summary';
import { oneLine, paint, Terminal, wrapped } from './terminal';
import { DAY } from '../src/core/lifecycle/simulate';

export interface TableOptions extends Simulation {
  readonly isAll: boolean;
}

const SHOWN = 20;
const COLOURS = { EXPIRE: 'red', TRANSITION: 'yellow', KEEP: 'green' } as const;

/** For people: the summary, the images that would go, and those that stay unless they are many. */
export function decisionTable(options: TableOptions, terminal: Terminal): string {
  const lines = [
    ...summary(options).flatMap(line => wrapped(line, terminal.width)),
    ...ACTIONS.flatMap(action => group(options, action, terminal)),
  ];
  return `${lines.join('\n')}\n`;
}

/** The youngest first: that is where a mistake is dear, and where it is seen in a list that ends early. */
function group({ images, decisions, at, isAll }: TableOptions, action: typeof ACTIONS[number], terminal: Terminal): string[] {
  const found = images.map((image, index) => ({ image, decision: decisions[index] })).filter(({ decision }) => decision.action === action)
    .sort((one, other) => other.image.pushedAt - one.image.pushedAt);
  if (found.length === 0) return [];
  const title = paint(`${WORDS[action]}: ${counted(found.length, 'image')}`, COLOURS[action], terminal);
  if (action === 'KEEP' && found.length > SHOWN && !isAll) return ['', `${title} (--all lists them)`];
  const rows = found.slice(0, isAll ? undefined : SHOWN).map(({ image: { digest, tags, pushedAt }, decision: { rule, reason } }) => [
    `${Math.floor((at - pushedAt) / DAY)}d`,
    oneLine(digest.replace(/^sha256:/, '').slice(0, 12)),
    rule === undefined ? '-' : String(rule.rulePriority),
    tags.length === 0 ? '<untagged>' : oneLine(tags.join(', ')),
    rule === undefined ? reason : reason.replace(`rule ${rule.rulePriority}: `, ''),
  ]);
  const more = found.length - rows.length;
  return [
    '',
    title,
    ...columns(['AGE', 'DIGEST', 'RULE', 'TAGS', 'REASON'], rows, terminal.width).map((line, index) => index === 0 ? paint(line, 'dim', terminal) : line),
    ...more > 0 ? [`  and ${more} more (--all lists them)`] : [],
  ];
}
