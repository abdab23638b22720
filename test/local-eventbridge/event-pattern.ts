/** Whether an event matches the pattern of a rule. Behavior and sources: README.md. */
import { AwsError } from '../local-ecr/aws-error';
import { isRecord } from '../local-ecr/policy-text';

type Json = Readonly<Record<string, unknown>>;

/** Of the values of one field. Eight were rejected, six were accepted. */
const MAX_WILDCARDS = 6;

/** @throws InvalidEventPatternException for what EventBridge, or this fake, does not know */
export function matchesPattern(pattern: Json, event: Json): boolean {
  return Object.entries(pattern).every(([field, expected]) => {
    if (field === '$or' && Array.isArray(expected) && expected.length >= 2) {
      // all are read, so that an invalid one is never skipped
      return expected.map(alternative => matchesPattern(recordOf(alternative, field), event)).some(Boolean);
    }
    return Array.isArray(expected) ? matchesLeaf(expected, event[field], field) : matchesNested(recordOf(expected, field), event[field]);
  });
}

/** In an array of objects, one object must match all fields. */
function matchesNested(pattern: Json, value: unknown): boolean {
  const candidates = (Array.isArray(value) ? value : [value]).filter(isRecord);
  return (candidates.length > 0 ? candidates : [{}]).map(candidate => matchesPattern(pattern, candidate)).some(Boolean);
}

function matchesLeaf(matchers: readonly unknown[], value: unknown, field: string): boolean {
  if (matchers.length === 0) throw invalid('Empty arrays are not allowed');
  if (wildcards(matchers) > MAX_WILDCARDS) throw invalid('Rule is too complex - try using fewer wildcard characters');
  const values = Array.isArray(value) ? value : value === undefined || isRecord(value) ? [] : [value];
  return matchers.map(matcher => matches(matcher, values, field)).some(Boolean);
}

function wildcards(matchers: readonly unknown[]): number {
  const patterns = matchers.flatMap(matcher => isRecord(matcher) && typeof matcher.wildcard === 'string' ? matcher.wildcard : []);
  return patterns.join('').split('*').length - 1;
}

function matches(matcher: unknown, values: readonly unknown[], field: string): boolean {
  if (!isRecord(matcher)) return values.includes(matcher);
  const [[operator, operand], ...more] = Object.entries(matcher);
  if (more.length > 0) throw invalid(`Only one key allowed in match expression of ${field}`);
  if (operator === 'exists') return (values.length > 0) === operand;
  const isMatch = valueMatcher(operator, operand);
  return values.some(isMatch);
}

function valueMatcher(operator: string, operand: unknown): (value: unknown) => boolean {
  const ofText = (accepts: (text: string) => boolean) => (value: unknown) => typeof value === 'string' && accepts(value);
  switch (operator) {
    case 'prefix': return ofText(text => text.startsWith(textOf(operand)));
    case 'suffix': return ofText(text => text.endsWith(textOf(operand)));
    case 'wildcard': return ofText(text => wildcard(textOf(operand)).test(text));
    case 'numeric': return numeric(operand);
    case 'anything-but': return anythingBut(operand);
    default: throw invalid(`Unrecognized match type ${operator}`);
  }
}

function anythingBut(operand: unknown): (value: unknown) => boolean {
  if (!isRecord(operand)) return value => !(Array.isArray(operand) ? operand : [operand]).includes(value);
  const [[operator, prefixes]] = Object.entries(operand);
  if (operator !== 'prefix') throw invalid(`Unsupported anything-but pattern: ${operator}`);
  const all = Array.isArray(prefixes) ? prefixes as unknown[] : [prefixes];
  return value => typeof value === 'string' && !all.some(prefix => value.startsWith(textOf(prefix)));
}

function numeric(operand: unknown): (value: unknown) => boolean {
  const [comparison, limit] = Array.isArray(operand) ? operand as unknown[] : [];
  if (comparison !== '>' || typeof limit !== 'number') throw invalid('Only numeric ">" is modelled');
  return value => typeof value === 'number' && value > limit;
}

function wildcard(text: string): RegExp {
  if (text.includes('**')) throw invalid('Consecutive wildcard characters are not allowed');
  if (text.includes('\\')) throw invalid('Escaped characters are not modelled');
  return new RegExp(`^${text.split('*').map(part => part.replace(/[.+?^${}()|[\]]/g, '\\$&')).join('.*')}$`, 's');
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw invalid('The operand must be a string');
  return value;
}

function recordOf(value: unknown, field: string): Json {
  if (!isRecord(value)) throw invalid(`"${field}" must be an object or an array`);
  return value;
}

function invalid(reason: string): AwsError {
  return new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
}
