import { COUNT_TYPES, CountType, CountTypeFacts, MAX_DESCRIPTION, MAX_RULES, MAX_TEXT, Rule, StorageClass, storageClassOf } from './rule';
import { quote } from '../format';
import { MAX_WILDCARDS } from '../images/tag-pattern';
import { isJsonObject } from '../json';

type Members = Readonly<Record<string, unknown>>;

/** A rule as the user wrote it, and how a message names it. */
export interface LabeledRule {
  readonly label: string;
  readonly rule: unknown;
  /** @default - the names of ECR's JSON */
  readonly names?: RuleNames;
}

/** Names that the user typed for the parts of a rule. */
export interface RuleNames {
  /** Prefix of the names of the selection's properties. */
  readonly selection: string;
  /** Name for the entries of a list of patterns or prefixes. @default - the list and the index */
  readonly entry?: string;
  /** Message for an invalid limit: the name, what is valid, and the actual value. @default - the message for the property `countNumber` */
  readonly limitProblem?: string;
}

const JSON_NAMES: RuleNames = { selection: 'selection.' };

const TAG_STATUS = ['tagged', 'untagged', 'any'];
const STORAGE_CLASSES: readonly StorageClass[] = ['standard', 'archive'];

/**
 * Returns all problems that ECR would reject, each with the rule, the property, what is allowed, and the actual value. Only rules that are
 * valid on their own are compared with each other. https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 */
export function lifecycleProblems(rules: readonly LabeledRule[]): string[] {
  const problems = rules.flatMap(({ label, rule, names }) => ruleProblems(rule, names).map(problem => `${label}: ${problem}`));
  if (rules.length === 0) problems.push(`'rules' must have 1 to ${MAX_RULES} rules, got: none`);
  if (rules.length > MAX_RULES) problems.push(`'rules' must have at most ${MAX_RULES} rules, got: ${rules.length}`);
  return [...problems, ...problemsBetweenRules(rules)];
}

/**
 * Returns the problems of the rendered text, without white space. The shortest policy with a rule is longer than ECR's minimum of 100
 * characters.
 */
export function textProblems(text: string): string[] {
  return text.length <= MAX_TEXT ? []
    : [`the policy must have at most ${MAX_TEXT} characters, got: ${text.length}. Shorten descriptions, or merge rules`];
}

export function labelOf(index: number, rule: unknown): string {
  const priority = isJsonObject(rule) ? rule.rulePriority : undefined;
  return typeof priority === 'number' ? `rules[${index}] (rulePriority ${priority})` : `rules[${index}]`;
}

function ruleProblems(rule: unknown, names = JSON_NAMES): string[] {
  if (!isJsonObject(rule)) return [`a rule must be an object, got: ${quote(rule)}`];
  const { selection, action } = rule;
  return [
    ...unknownKeys('', rule, ['rulePriority', 'description', 'selection', 'action']),
    ...wholeNumber('rulePriority', rule.rulePriority, 1),
    ...'description' in rule ? descriptionProblems(rule.description) : [],
    ...isJsonObject(selection) ? selectionProblems(selection, names) : [`'selection' must be an object, got: ${quote(selection)}`],
    ...isJsonObject(action) ? actionProblems(action) : [`'action' must be an object, got: ${quote(action)}`],
    ...isJsonObject(selection) && isJsonObject(action) ? combinationProblems(selection.countType, action.type) : [],
  ];
}

function descriptionProblems(description: unknown): string[] {
  if (typeof description !== 'string') return [`'description' must be a string, got: ${quote(description)}`];
  return description.length <= MAX_DESCRIPTION ? []
    : [`'description' must have at most ${MAX_DESCRIPTION} characters, got: ${description.length}`];
}

function selectionProblems(selection: Members, names: RuleNames): string[] {
  const { tagStatus, countType, countNumber, countUnit, storageClass } = selection;
  const facts = factsOf(countType);
  const limitProblems = wholeNumber('selection.countNumber', countNumber, facts?.minimum ?? 1);
  return [
    ...unknownKeys('selection.', selection, [
      'tagStatus', 'tagPrefixList', 'tagPatternList', 'storageClass', 'countType', 'countNumber', 'countUnit',
    ]),
    ...oneOf(`${names.selection}tagStatus`, tagStatus, TAG_STATUS),
    ...tagProblems(selection, names),
    ...oneOf('selection.countType', countType, Object.keys(COUNT_TYPES)),
    ...limitProblems.map(problem => names.limitProblem ?? problem),
    ...facts?.unit === 'days' && countUnit !== 'days'
      ? [`'selection.countUnit' must be "days" with ${countType as string}, got: ${quote(countUnit)}`] : [],
    ...facts?.unit === 'images' && 'countUnit' in selection
      ? [`'selection.countUnit' must be omitted with ${countType as string}, got: ${quote(countUnit)}`] : [],
    ...'storageClass' in selection ? oneOf('selection.storageClass', storageClass, STORAGE_CLASSES) : [],
    ...facts?.storageClass === 'archive' && storageClass !== 'archive'
      ? [`'selection.storageClass' must be "archive" with ${countType as string}, got: ${quote(storageClass)}`] : [],
    ...storageClass === 'archive' && facts?.storageClass !== 'archive'
      ? [`'selection.countType' must be ${countTypesOf('archive').join(' or ')} with storageClass "archive", got: ${quote(countType)}`]
      : [],
  ];
}

/** Returns undefined for an unknown count type. */
function factsOf(countType: unknown): CountTypeFacts | undefined {
  return Object.entries(COUNT_TYPES).find(([name]) => name === countType)?.[1];
}

function countTypesOf(storageClass: StorageClass): string[] {
  return Object.keys(COUNT_TYPES).filter(name => COUNT_TYPES[name as CountType].storageClass === storageClass);
}

function tagProblems(selection: Members, names: RuleNames): string[] {
  const { tagStatus } = selection;
  const where = names === JSON_NAMES ? '\'selection\' ' : '';
  const lists = ['tagPrefixList', 'tagPatternList'].filter(key => key in selection);
  const problems = lists.flatMap(key => tagListProblems(`${names.selection}${key}`, selection[key], names.entry));
  if (tagStatus === 'tagged' && lists.length === 0) {
    problems.push(`${where}must have tagPatternList or tagPrefixList with tagStatus "tagged", got neither. Use tagPatternList ["*"] to`
      + ' select every tagged image');
  }
  if (lists.length === 2) problems.push(`${where}must have either tagPatternList or tagPrefixList, got both`);
  if ((tagStatus === 'untagged' || tagStatus === 'any') && lists.length > 0) {
    problems.push(`'${names.selection}${lists[0]}' must be omitted with tagStatus "${tagStatus}", got: ${quote(selection[lists[0]])}`);
  }
  return problems;
}

function tagListProblems(property: string, list: unknown, entryName?: string): string[] {
  if (!Array.isArray(list)) return [`'${property}' must be a list of strings, got: ${quote(list)}`];
  if (list.length === 0) return [`'${property}' must have at least one entry, got: none`];
  return list.flatMap((entry: unknown, index) => {
    const name = entryName ?? `${property}[${index}]`;
    if (typeof entry !== 'string' || entry === '') {
      return [`'${name}' must be a string of at least one character, got: ${quote(entry)}`];
    }
    const wildcards = entry.split('*').length - 1;
    if (property.endsWith('tagPatternList') && wildcards > MAX_WILDCARDS) {
      return [`'${name}' must have at most ${MAX_WILDCARDS} wildcards (*), got ${wildcards}: ${quote(entry)}`];
    }
    return [];
  });
}

function actionProblems(action: Members): string[] {
  const { type, targetStorageClass } = action;
  return [
    ...unknownKeys('action.', action, ['type', 'targetStorageClass']),
    ...oneOf('action.type', type, ['expire', 'transition']),
    ...type === 'transition' && targetStorageClass !== 'archive'
      ? [`'action.targetStorageClass' must be "archive" with transition, got: ${quote(targetStorageClass)}`] : [],
    ...type === 'expire' && 'targetStorageClass' in action
      ? [`'action.targetStorageClass' must be omitted with expire, got: ${quote(targetStorageClass)}`] : [],
  ];
}

function combinationProblems(countType: unknown, type: unknown): string[] {
  const actions = factsOf(countType)?.actions;
  if (!actions || (type !== 'expire' && type !== 'transition') || actions.includes(type)) return [];
  const advice = type === 'expire' ? '. Archive first, then expire with sinceImageTransitioned' : '';
  return [`'action.type' must be "${actions.join('" or "')}" with ${countType as string}, got: "${type}"${advice}`];
}

function problemsBetweenRules(rules: readonly LabeledRule[]): string[] {
  const problems = new Array<string>();
  const priorities = new Map<number, string>();
  for (const { label, rule } of rules) {
    const priority = isJsonObject(rule) ? rule.rulePriority : undefined;
    if (typeof priority !== 'number') continue;
    const before = priorities.get(priority);
    if (before !== undefined) problems.push(`${label}: 'rulePriority' must be unique, but ${before} also has ${priority}`);
    else priorities.set(priority, label);
  }
  const validRules = rules.filter(({ rule }) => ruleProblems(rule).length === 0) as ValidRule[];
  for (const storageClass of STORAGE_CLASSES) {
    problems.push(...problemsOfClass(storageClass, validRules.filter(({ rule }) => storageClassOf(rule) === storageClass)));
  }
  return problems;
}

type ValidRule = LabeledRule & { readonly rule: Rule };

function problemsOfClass(storageClass: string, rules: readonly ValidRule[]): string[] {
  const problems = new Array<string>();
  const of = (tagStatus: string) => rules.filter(({ rule }) => rule.selection.tagStatus === tagStatus);
  const [anys, untagged] = [of('any'), of('untagged')];
  for (const { label } of anys.slice(1)) {
    problems.push(`${label}: only one rule of storage class ${storageClass} may have tagStatus "any", and ${anys[0].label} already has it`);
  }
  for (const { label } of untagged.slice(1)) {
    problems.push(`${label}: only one rule of storage class ${storageClass} may have tagStatus "untagged",`
      + ` and ${untagged[0].label} already has it`);
  }
  const later = anys.length === 1 ? rules.find(({ rule }) => rule.rulePriority > anys[0].rule.rulePriority) : undefined;
  if (later) {
    problems.push(`${anys[0].label}: 'rulePriority' must be the highest number of storage class ${storageClass} with tagStatus "any", but`
      + ` ${later.label} has a higher one`);
  }
  // how ECR compares "a unique set of prefixes" is not documented. It accepts a prefix beside the equal pattern (aws-cdk's integration test
  // of aws-ecr deploys "abc" with "abc*"); equal lists of one kind are an error here, the stricter reading
  const sets = new Map<string, string>();
  for (const { label, names = JSON_NAMES, rule: { selection: { tagPrefixList, tagPatternList = tagPrefixList ?? [] } } } of of('tagged')) {
    const kind = tagPrefixList ? 'tagPrefixList' : 'tagPatternList';
    const property = names.entry ?? `${names.selection}${kind}`;
    const set = JSON.stringify([kind, ...[...new Set(tagPatternList)].sort()]);
    const before = sets.get(set);
    if (before === undefined) sets.set(set, label);
    else problems.push(`${label}: '${property}' must differ from that of ${before}, but both have ${quote(tagPatternList)}`);
  }
  return problems;
}

function unknownKeys(prefix: string, object: Members, known: readonly string[]): string[] {
  return Object.keys(object).filter(key => !known.includes(key))
    .map(key => `'${prefix}${key}' is not a property that ECR supports, allowed: ${known.join(', ')}`);
}

function oneOf(property: string, value: unknown, allowed: readonly string[]): string[] {
  return allowed.includes(value as string) ? [] : [`'${property}' must be one of ${allowed.join(', ')}, got: ${quote(value)}`];
}

function wholeNumber(property: string, value: unknown, minimum: number): string[] {
  return Number.isSafeInteger(value) && (value as number) >= minimum ? []
    : [`'${property}' must be a whole number of at least ${minimum}, got: ${quote(value)}`];
}
