import type { Inventory, StackClaim } from './inventory';
import { ClaimKind, RegistryClaim } from '../../src/core/registry-rules/claim';

export const STANDINGS = ['own', 'found', 'leaving'] as const;
export type Standing = typeof STANDINGS[number];

/** A rule that a stack claims. */
export interface ClaimedRule {
  readonly key: string;
  readonly standing: Standing;
  /** Description of the rule; undefined if the registry has no such rule. */
  readonly rule?: string;
}

export function rulesOfClaim({ kind, claim }: StackClaim, { rules }: Inventory): ClaimedRule[] {
  return STANDINGS.flatMap(standing => claim[standing].map(key => ({ key, standing, rule: rules.get(kind)?.get(key) })));
}

/** Returns the rules that no stack claims. */
export function unclaimedRules({ claims, rules }: Inventory): { readonly kind: ClaimKind; readonly key: string; readonly rule: string }[] {
  const claimedKeys = (kind: ClaimKind) => new Set(claims.filter(each => each.kind === kind).flatMap(({ claim }) => keysOf(claim)));
  return [...rules].flatMap(([kind, descriptions]) => {
    const claimed = claimedKeys(kind);
    return [...descriptions].filter(([key]) => !claimed.has(key)).map(([key, rule]) => ({ kind, key, rule }));
  });
}

/** Describes a rule that may no longer exist. */
export function describeRule({ key, rule }: Pick<ClaimedRule, 'key' | 'rule'>): string {
  return rule ?? `no rule of the registry (key ${key})`;
}

function keysOf(claim: RegistryClaim): string[] {
  return STANDINGS.flatMap(standing => claim[standing]);
}
