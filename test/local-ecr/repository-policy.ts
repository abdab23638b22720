/** The syntax of a repository policy. ECR has only one message for all syntax errors. Behavior and sources: README.md. */
import { AwsError, invalidParameter } from './aws-error';
import { isRecord, parsedJson, prettyPrinted, reversed } from './policy-text';

export type Texts = string | readonly string[];
export type PolicyPrincipal = '*' | Partial<Record<'AWS' | 'Service', Texts>>;

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: PolicyPrincipal;
  readonly NotPrincipal?: PolicyPrincipal;
  readonly Action: Texts;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

export interface RepositoryPolicy {
  readonly Version: '2008-10-17' | '2012-10-17';
  readonly Id?: string;
  readonly Statement: readonly PolicyStatement[];
}

const MAX_CHARACTERS = 10_240;
const NAME = '[\\w+=,.@-]+';
const AWS_PRINCIPAL = new RegExp('^(?:'
  + ['\\*', '\\d{12}', 'A(?:RO|ID)A[A-Z0-9]{12,124}', `arn:aws:iam::\\d{12}:(?:root|(?:user|role)/(?:${NAME}/)*${NAME})`,
    `arn:aws:sts::\\d{12}:(?:assumed-role/${NAME}/${NAME}|federated-user/${NAME})`].join('|') + ')$');
const SERVICE_PRINCIPAL = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com$/;
const OPERATOR = new RegExp('^(?:(?:ForAllValues|ForAnyValue):)?(?:Null|(?:'
  + ['String(?:Not)?Equals(?:IgnoreCase)?', 'String(?:Not)?Like', '(?:Numeric|Date)(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?)',
    'Bool', 'BinaryEquals', '(?:Not)?IpAddress', 'Arn(?:Not)?(?:Equals|Like)'].join('|') + ')(?:IfExists)?)$');

export function invalidPolicy(constraint = 'Invalid repository policy provided'): AwsError {
  return invalidParameter('PolicyText', constraint);
}

export function parseRepositoryPolicy(text: string): RepositoryPolicy {
  const policy = text.length <= MAX_CHARACTERS ? parsedJson(text) : undefined;
  if (!isPolicy(policy)) throw invalidPolicy();
  return policy;
}

/** Returns each principal of the policy once, with account ids as root ARNs. */
export function principalsOf(policy: RepositoryPolicy): string[] {
  const found = new Set<string>();
  mapPrincipals(policy, principal => {
    found.add(principal);
    return principal;
  });
  return [...found];
}

/** Returns the policy with mapped principals, after account ids are converted to root ARNs. */
export function mapPrincipals(policy: RepositoryPolicy, change: (principal: string) => string): RepositoryPolicy {
  const changed = (texts: Texts) => asList(texts).map(text => change(/^\d{12}$/.test(text) ? `arn:aws:iam::${text}:root` : text));
  const ofElement = (principal: PolicyPrincipal): PolicyPrincipal =>
    principal === '*' ? principal : Object.fromEntries(Object.entries(principal).map(([kind, texts]) => [kind, changed(texts)]));
  return {
    ...policy,
    Statement: policy.Statement.map(statement => ({
      ...statement,
      ...statement.Principal === undefined ? {} : { Principal: ofElement(statement.Principal) },
      ...statement.NotPrincipal === undefined ? {} : { NotPrincipal: ofElement(statement.NotPrincipal) },
    })),
  };
}

/** Formats the policy as Get and Set return it: pretty-printed, in a different order, and with scalars for lists with one element. */
export function policyTextOf(policy: RepositoryPolicy): string {
  return prettyPrinted(reversed({ ...policy, Statement: policy.Statement.map(statement => withScalars(statement)) }));
}

export function asList(texts: Texts): readonly string[] {
  return typeof texts === 'string' ? [texts] : texts;
}

function withScalars(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? value[0] : value;
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withScalars(member)])) : value;
}

function isPolicy(value: unknown): value is RepositoryPolicy {
  return isRecord(value) && hasOnly(value, ['Version', 'Id', 'Statement'])
    && (value.Version === '2008-10-17' || value.Version === '2012-10-17')
    && (value.Id === undefined || typeof value.Id === 'string')
    && Array.isArray(value.Statement) && value.Statement.length > 0 && value.Statement.every(isStatement);
}

function isStatement(value: unknown): boolean {
  if (!isRecord(value) || !hasOnly(value, ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'Condition'])) return false;
  const { Sid, Effect, Principal, NotPrincipal, Action, Condition } = value;
  return (Sid === undefined || typeof Sid === 'string')
    && (Effect === 'Allow' || Effect === 'Deny')
    && areTexts(Action, isAction)
    // "You must use the NotPrincipal element with "Effect":"Deny"" (IAM user guide)
    && (NotPrincipal === undefined ? isPrincipal(Principal) : Principal === undefined && Effect === 'Deny' && isPrincipal(NotPrincipal))
    && (Condition === undefined || isCondition(Condition));
}

function isAction(text: string): boolean {
  return /^ecr:[a-z*?]+$/i.test(text) && text.toLowerCase() !== 'ecr:getauthorizationtoken';
}

function isPrincipal(value: unknown): boolean {
  if (value === '*') return true;
  if (!isRecord(value) || !hasOnly(value, ['AWS', 'Service']) || Object.keys(value).length === 0) return false;
  const shapes: Record<string, RegExp> = { AWS: AWS_PRINCIPAL, Service: SERVICE_PRINCIPAL };
  return Object.entries(value).every(([kind, texts]) => areTexts(texts, text => shapes[kind].test(text)));
}

function isCondition(value: unknown): boolean {
  const isValue = (item: unknown) => ['string', 'number', 'boolean'].includes(typeof item);
  return isRecord(value) && Object.entries(value).every(([operator, keys]) => OPERATOR.test(operator)
    && isRecord(keys) && Object.keys(keys).length > 0 && Object.entries(keys).every(([key, values]) => /^[\w-]+:.+$/.test(key)
      && (Array.isArray(values) ? values.length > 0 && values.every(isValue) : isValue(values))));
}

function areTexts(value: unknown, accepts: (text: string) => boolean): boolean {
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  return texts.length > 0 && texts.every(text => typeof text === 'string' && accepts(text));
}

function hasOnly(value: object, allowed: readonly string[]): boolean {
  return Object.keys(value).every(key => allowed.includes(key));
}
