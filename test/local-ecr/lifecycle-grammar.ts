/**
 * The syntax of one rule of a lifecycle policy. In the messages of the JSON schema validator, it is inferred that "matched 0 out of 4" is
 * about the kinds of count and "out of 2" about the kinds of action. Behavior and sources: README.md.
 */
import { AwsError, invalidParameter } from './aws-error';
import { isRecord } from './policy-text';
import type { Readings } from './readings';

export interface LifecycleRule {
  readonly rulePriority: number;
  readonly description?: string;
  readonly selection: {
    readonly tagStatus: 'tagged' | 'untagged' | 'any';
    readonly tagPatternList?: readonly string[];
    readonly tagPrefixList?: readonly string[];
    readonly storageClass?: 'archive';
    readonly countType: keyof typeof COUNT_TYPES;
    readonly countUnit?: 'days';
    readonly countNumber: number;
  };
  readonly action: { readonly type: 'expire' | 'transition'; readonly targetStorageClass?: 'archive' };
}

type Members = Record<string, unknown>;

/** For each count type: the actions of its rules, the lowest `countNumber`, and whether the rules select archived images. */
const COUNT_TYPES = {
  imageCountMoreThan: { actions: ['expire', 'transition'], minimum: 1, isOfArchive: false },
  sinceImagePushed: { actions: ['expire', 'transition'], minimum: 1, isOfArchive: false },
  sinceImagePulled: { actions: ['transition'], minimum: 1, isOfArchive: false },
  sinceImageTransitioned: { actions: ['expire'], minimum: 90, isOfArchive: true },
};

export function invalidLifecyclePolicy(why: string): AwsError {
  return invalidParameter('LifecyclePolicyText', `Lifecycle policy validation failure: ${why}`);
}

export function requireRule(value: unknown, readings: Readings): asserts value is LifecycleRule {
  const rule = members(value, ['action', 'rulePriority', 'selection'], ['description']);
  requireInteger(rule.rulePriority, 1);
  if (rule.description !== undefined) requireDescription(rule.description, readings);
  const selection = members(rule.selection, ['countNumber', 'countType', 'tagStatus'],
    ['countUnit', 'storageClass', 'tagPatternList', 'tagPrefixList']);
  requireTags(selection, readings);
  requireCount(selection, readings);
  const action = members(rule.action, ['type'], ['targetStorageClass']);
  requireEnum(action.type, ['expire', 'transition']);
  requireSchema(2, action.type === 'transition' ? action.targetStorageClass === 'archive' : !('targetStorageClass' in action));
  requireSchema(4, COUNT_TYPES[selection.countType as keyof typeof COUNT_TYPES].actions.includes(action.type as string));
}

export function requireType(value: unknown, allowed: 'array' | 'object' | 'string' | 'integer'): void {
  if (typeName(value) !== allowed) {
    throw invalidLifecyclePolicy(`instance type (${typeName(value)}) does not match any allowed primitive type (allowed: ["${allowed}"])`);
  }
}

export function requireLength(items: readonly unknown[], min: number, max: number): void {
  const bound = items.length < min ? `short: must have at least ${min}` : `long: must have at most ${max}`;
  if (items.length < min || items.length > max) {
    throw invalidLifecyclePolicy(`array is too ${bound} elements but instance has ${items.length} elements`);
  }
}

export function members(value: unknown, required: readonly string[], optional: readonly string[]): Members {
  requireType(value, 'object');
  const missing = required.filter(key => !(key in (value as Members)));
  if (missing.length > 0) throw invalidLifecyclePolicy(`object has missing required properties (${JSON.stringify(missing)})`);
  const unknown = Object.keys(value as Members).filter(key => !required.includes(key) && !optional.includes(key));
  if (unknown.length > 0) {
    throw invalidLifecyclePolicy(`object instance has properties which are not allowed by the schema: (${JSON.stringify(unknown)})`);
  }
  return value as Members;
}

function requireTags(selection: Members, readings: Readings): void {
  requireEnum(selection.tagStatus, ['any', 'tagged', 'untagged']);
  const lists = ['tagPatternList', 'tagPrefixList'].filter(key => key in selection);
  for (const key of lists) {
    requireType(selection[key], 'array');
    const entries = selection[key] as unknown[];
    requireLength(entries, readings.isOther('lifecycle-empty-list') ? 0 : 1, readings.isOther('tag-list-length') ? 10 : Infinity);
    entries.forEach(entry => requireType(entry, 'string'));
    if (entries.includes('')) throw invalidLifecyclePolicy('string "" is too short (length: 0, required minimum: 1)');
  }
  if (selection.tagStatus === 'tagged' && lists.length === 0) {
    throw invalidLifecyclePolicy('Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.');
  }
  requireSchema(4, lists.length === (selection.tagStatus === 'tagged' ? 1 : 0));
  const crowded = (selection.tagPatternList as string[] | undefined)?.find(pattern => pattern.split('*').length > 5);
  if (crowded !== undefined) throw invalidLifecyclePolicy(`A tag pattern must not have more than four wildcards (*): ${crowded}`);
}

/** An explicit `storageClass: standard` is documented, but reported as invalid (cloudposse/terraform-aws-ecr PR 159). */
function requireCount(selection: Members, readings: Readings): void {
  const { countType, countNumber, countUnit, storageClass } = selection;
  requireSchema(4, typeof countType === 'string' && Object.hasOwn(COUNT_TYPES, countType));
  const { minimum, isOfArchive } = COUNT_TYPES[countType as keyof typeof COUNT_TYPES];
  requireInteger(countNumber, minimum);
  if (readings.isOther('keep-count-million') && (countNumber as number) > 100_000) {
    throw invalidLifecyclePolicy(`numeric instance is greater than the maximum (maximum: 100000, found: ${countNumber as number})`);
  }
  requireSchema(4, countType === 'imageCountMoreThan' ? !('countUnit' in selection) : countUnit === 'days');
  const isStandard = !('storageClass' in selection) || (storageClass === 'standard' && readings.isOther('storage-class-standard'));
  requireSchema(4, isOfArchive ? storageClass === 'archive' : isStandard);
}

/** The maximum is undocumented. 256 is a safe value. */
function requireDescription(value: unknown, readings: Readings): void {
  requireType(value, 'string');
  if (readings.isOther('lifecycle-description-256')) return;
  const { length } = value as string;
  if (length > 256) throw invalidLifecyclePolicy(`string "${value as string}" is too long (length: ${length}, maximum allowed: 256)`);
}

function requireInteger(value: unknown, minimum: number): void {
  requireType(value, 'integer');
  if ((value as number) < minimum) {
    throw invalidLifecyclePolicy(`numeric instance is lower than the required minimum (minimum: ${minimum}, found: ${value as number})`);
  }
}

function requireEnum(value: unknown, allowed: readonly string[]): void {
  if (!allowed.includes(value as string)) {
    throw invalidLifecyclePolicy(`instance value (${JSON.stringify(value)}) not found in enum (possible values:`
      + ` ${JSON.stringify(allowed)})`);
  }
}

function requireSchema(alternatives: number, matches: boolean): void {
  if (!matches) throw invalidLifecyclePolicy(`instance failed to match exactly one schema (matched 0 out of ${alternatives})`);
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (isRecord(value)) return 'object';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
