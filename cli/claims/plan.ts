import type { Inventory, StackClaim } from './inventory';
import { describeRule, rulesOfClaim } from './rows';
import { stackNameOf } from '../../lambda/shared/registry/claims';
import { pluralize, toOneLine } from '../../src/core/format';
import { leavingClaim, removableKeys } from '../../src/core/registry-rules/claim';
import { renderTable } from '../columns';
import { Terminal, wrap } from '../terminal';

/** What happens to a rule when the claim of its stack is removed. */
export interface PlannedRule {
  readonly kind: string;
  readonly key: string;
  readonly text: string;
  readonly isRemoved: boolean;
  /** Why the rule is not removed. */
  readonly reason: string;
}

/** @param keepsRules whether only the claims are removed */
export function planRemoval(claims: readonly StackClaim[], inventory: Inventory, keepsRules: boolean): PlannedRule[] {
  return claims.flatMap(claim => {
    const { kind } = claim;
    const others = inventory.claims.filter(other => other.kind === kind && other.parameter !== claim.parameter).map(other => other.claim);
    const removable = removableKeys(leavingClaim(claim.claim), others);
    return rulesOfClaim(claim, inventory).map(rule => {
      const { key } = rule;
      const owners = others.filter(({ own, found }) => [...own, ...found].includes(key)).map(other => `'${stackNameOf(other)}'`);
      const reason = rule.rule === undefined ? 'it does not exist' : rule.standing === 'found' ? 'it was there before any stack'
        : owners.length > 0 ? `claimed by ${owners.join(', ')}` : keepsRules ? '--keep-rules' : '';
      return { kind, key, text: describeRule(rule), isRemoved: reason === '' && removable.has(key), reason };
    });
  });
}

/** @param words for what happens to the claims and rules, such as `to remove` */
export function renderRemoval(
  stack: string, claims: readonly StackClaim[], rules: readonly PlannedRule[], words: string, terminal: Terminal,
): string {
  const count = rules.filter(({ isRemoved }) => isRemoved).length;
  const summary = `${words}: ${pluralize(claims.length, 'claim')} of stack '${stack}', which does not exist, and`
    + ` ${pluralize(count, 'rule')}`;
  return [
    ...wrap(toOneLine(summary), terminal.width),
    ...rules.length === 0 ? [] : [
      '',
      ...renderTable(['OUTCOME', 'KIND', 'RULE', rules.length > count ? 'REASON' : ''], rules.map(({ kind, text, isRemoved, reason }) =>
        [isRemoved ? words : 'not changed', kind, text, reason].map(toOneLine)), terminal),
    ],
    '',
  ].join('\n');
}
