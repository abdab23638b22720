import { isJsonObject, parseJson } from '../json';
import { stackUuid } from '../mark';

/**
 * What one stack has of a setting of the registry that several stacks share. Rules of a registry have no IDs, so each stack writes down
 * the keys of its rules, in a parameter of its own, before it writes the rules.
 */
export interface RegistryClaim {
  /** ARN of the stack. */
  readonly stack: string;
  /** Scan type that the rules of the stack need. Only for scanning. */
  readonly scanType?: ScanType;
  /** Keys of rules that the stack needs, and removes when nobody needs them any more. */
  readonly own: readonly string[];
  /** Keys of rules that the stack needs, and that were there before any stack claimed them. No stack removes them. */
  readonly found: readonly string[];
  /** Keys of own rules that the stack no longer needs and is removing. */
  readonly leaving: readonly string[];
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_RegistryScanningConfiguration.html */
export type ScanType = 'BASIC' | 'ENHANCED';
export const SCAN_TYPES: readonly ScanType[] = ['BASIC', 'ENHANCED'];

/** Kinds of rules that stacks claim. */
export const CLAIM_KINDS = ['replication', 'scanning'] as const;
export type ClaimKind = typeof CLAIM_KINDS[number];

/** Returns the path of the claims for one kind of setting. Each stack has the parameter with its UUID below it. */
export function claimPath(kind: string): string {
  return `/cdk-ecr-keeper/registry/${kind}`;
}

/** Returns the name of the parameter with the claim of a stack. */
export function claimName(kind: string, stack: string): string {
  return `${claimPath(kind)}/${stackUuid(stack)}`;
}

/**
 * Maximum length of the value of a standard parameter, in characters. A key has 8 of them, so 400 keys fit.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
 */
export const MAX_CLAIM_LENGTH = 4_096;

const NO_KEYS: Pick<RegistryClaim, 'own' | 'found' | 'leaving'> = { own: [], found: [], leaving: [] };

/** Whether the stack has nothing in the setting any more. */
export function isEmptyClaim({ own, found, leaving }: RegistryClaim): boolean {
  return own.length + found.length + leaving.length === 0;
}

/** Keys as one text, because JSON lists would be a third longer. */
const joined = (keys: readonly string[]) => keys.length === 0 ? undefined : keys.join(' ');

export function renderClaim({ stack, scanType, own, found, leaving }: RegistryClaim): string {
  return JSON.stringify({ stack, scanType, own: joined(own), found: joined(found), leaving: joined(leaving) });
}

/** Returns undefined if the text is not a claim. */
export function parseClaim(text: string): RegistryClaim | undefined {
  const value = parseJson(text);
  if (!isJsonObject(value)) return undefined;
  const { stack, scanType, ...rest } = value;
  const lists = (['own', 'found', 'leaving'] as const).map(name => rest[name] ?? '');
  if (typeof stack !== 'string' || !isScanType(scanType) || !lists.every(list => typeof list === 'string')) return undefined;
  const [own, found, leaving] = (lists as string[]).map(list => list.split(' ').filter(key => key !== ''));
  return { stack, scanType, own, found, leaving };
}

function isScanType(value: unknown): value is ScanType | undefined {
  return value === undefined || SCAN_TYPES.includes(value as ScanType);
}

/** What a stack needs of a setting. */
export interface Wanted {
  readonly stack: string;
  readonly scanType?: ScanType;
  readonly keys: readonly string[];
}

/**
 * Returns the claim that a stack writes before it changes the rules.
 *
 * @param live keys of the rules that the registry has
 * @param others claims of other stacks, read both before and after the rules: a stack that adds or removes a rule has a claim with its key
 * for all that time
 */
export function claimFor(
  { stack, scanType, keys }: Wanted, live: ReadonlySet<string>, previous: RegistryClaim | undefined, others: readonly RegistryClaim[],
): RegistryClaim {
  const { own, found, leaving } = previous ?? NO_KEYS;
  const isFound = (key: string): boolean => {
    if (!live.has(key) || own.includes(key) || leaving.includes(key)) return false;
    return found.includes(key) || others.some(other => other.found.includes(key))
      || !others.some(other => other.own.includes(key) || other.leaving.includes(key));
  };
  const wanted = [...new Set(keys)];
  return {
    stack,
    scanType,
    own: wanted.filter(key => !isFound(key)),
    found: wanted.filter(isFound),
    leaving: [...own, ...leaving].filter(key => !wanted.includes(key)),
  };
}

/** Returns the claim of a stack that no longer needs anything. */
export function leavingClaim(claim: RegistryClaim): RegistryClaim {
  return claimFor({ stack: claim.stack, keys: [] }, new Set(), claim, []);
}

/** Returns the keys of the rules that the stack may remove: those that it leaves, and that no other stack needs. */
export function removableKeys({ leaving }: RegistryClaim, others: readonly RegistryClaim[]): Set<string> {
  return new Set(leaving.filter(key => !others.some(({ own, found }) => own.includes(key) || found.includes(key))));
}

/**
 * Returns the rules that the registry must have: the live ones in their order, without those that the stack may remove, and then those of
 * the stack that are missing.
 */
export function mergeRules<Rule>(
  live: readonly Rule[], wanted: readonly Rule[], keyOf: (rule: Rule) => string, removable: ReadonlySet<string>,
): Rule[] {
  const kept = live.filter(rule => !removable.has(keyOf(rule)));
  const keys = new Set(kept.map(keyOf));
  return [...kept, ...wanted.filter(rule => !keys.has(keyOf(rule)) && keys.add(keyOf(rule)))];
}
