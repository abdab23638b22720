/** The syntax of policies of repositories and registries. ECR has one message for all syntax errors. Behavior and sources: README.md. */
import { AwsError, invalidParameter } from './aws-error';
import { isRecord, parsedJson, prettyPrinted, reversed } from './policy-text';
import { Readings } from './readings';

export type Texts = string | readonly string[];
export type PolicyPrincipal = '*' | Partial<Record<'AWS' | 'Service' | 'Federated', Texts>>;

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: PolicyPrincipal;
  readonly NotPrincipal?: PolicyPrincipal;
  readonly Action?: Texts;
  readonly NotAction?: Texts;
  readonly Resource?: Texts;
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

/** @throws if ECR would refuse the policy in this reading */
export function parseRepositoryPolicy(text: string, readings: Readings): RepositoryPolicy {
  const written = text.length <= MAX_CHARACTERS ? parsedJson(text) : undefined;
  const isSingle = isRecord(written) && isRecord(written.Statement) && readings.isOther('policy-single-statement');
  const policy = isSingle ? { ...written, Statement: [written.Statement] } : written;
  if (!isPolicy(policy, readings, resource => resource === undefined || readings.isOther('policy-resource'))) throw invalidPolicy();
  return policy;
}

/** @throws if ECR would refuse the policy of a registry whose repositories have ARNs that begin with `repositories` */
export function parseRegistryPolicy(text: string, readings: Readings, repositories: string): RepositoryPolicy {
  const policy = text.length <= MAX_CHARACTERS ? parsedJson(text) : undefined;
  const isOfRegistry = (resource: unknown) => areTexts(resource, arn => arn.startsWith(repositories));
  if (!isPolicy(policy, readings, isOfRegistry)) throw invalidPolicy('Invalid registry policy provided');
  return policy;
}

/** Parses the policy of a repository that a test seeds. ECR may have accepted more than this grammar, which is not documented. */
export function parseLivePolicy(text: string): RepositoryPolicy {
  const policy = parsedJson(text);
  if (!isRecord(policy) || typeof policy.Version !== 'string' || !Array.isArray(policy.Statement)) throw invalidPolicy();
  return policy as unknown as RepositoryPolicy;
}

/** Returns the policy as ECR stores it in this reading. */
export function asStored(policy: RepositoryPolicy, readings: Readings): RepositoryPolicy {
  const withSid = (statement: PolicyStatement): PolicyStatement => !readings.isOther('sid-kept') || statement.Sid === undefined
    ? statement : { ...statement, Sid: statement.Sid.replace(/[^a-z0-9]/gi, '') };
  return {
    ...policy,
    ...readings.isOther('policy-version-kept') ? { Version: '2012-10-17' } : {},
    Statement: policy.Statement.map(withSid),
  };
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

/** The order in which ECR returns keys. Other keys follow. */
const KEYS = ['Version', 'Id', 'Statement', 'Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'Condition'];

/** As recorded, or everything in reverse, so that no comparison of texts or positions succeeds. */
export type PolicyOrder = 'recorded' | 'reversed';

/** Formats the policy as Get and Set return it: pretty-printed, with keys in a fixed order, and with scalars for lists with one element. */
export function policyTextOf(policy: RepositoryPolicy, order: PolicyOrder, readings = new Readings()): string {
  const statements = policy.Statement.map(statement => inOrder(withScalars(statement) as object));
  const isSingle = statements.length === 1 && readings.isOther('policy-single-statement');
  const live = inOrder({ ...policy, Statement: isSingle ? statements[0] : statements });
  return prettyPrinted(order === 'recorded' ? live : reversed(live));
}

function inOrder(value: object): object {
  const rank = (key: string) => KEYS.includes(key) ? KEYS.indexOf(key) : KEYS.length;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => rank(one) - rank(other)));
}

export function asList(texts: Texts): readonly string[] {
  return typeof texts === 'string' ? [texts] : texts;
}

function withScalars(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? value[0] : value;
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withScalars(member)])) : value;
}

function isPolicy(value: unknown, readings: Readings, isResource: (resource: unknown) => boolean): value is RepositoryPolicy {
  return isRecord(value) && hasOnly(value, ['Version', 'Id', 'Statement'])
    && (value.Version === '2008-10-17' || value.Version === '2012-10-17')
    && (value.Id === undefined || typeof value.Id === 'string')
    && Array.isArray(value.Statement) && value.Statement.length > 0
    && value.Statement.every(statement => isStatement(statement, readings, isResource))
    && areSids(value.Statement as readonly PolicyStatement[], readings);
}

function isStatement(value: unknown, readings: Readings, isResource: (resource: unknown) => boolean): boolean {
  if (!isRecord(value)) return false;
  const { Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, Condition, ...unknown } = value;
  const is = (principal: unknown) => isPrincipal(principal, readings);
  return (Sid === undefined || typeof Sid === 'string')
    && (Effect === 'Allow' || Effect === 'Deny')
    && (NotAction !== undefined && readings.isOther('policy-not-action')
      ? Action === undefined && areTexts(NotAction, text => isAction(text, readings))
      : NotAction === undefined && areTexts(Action, text => isAction(text, readings)))
    && isResource(Resource)
    && (Object.keys(unknown).length === 0 || readings.isOther('policy-unknown-element'))
    // "You must use the NotPrincipal element with "Effect":"Deny"" (IAM user guide)
    && (NotPrincipal === undefined ? is(Principal) : Principal === undefined && Effect === 'Deny' && is(NotPrincipal))
    && (Condition === undefined || isCondition(Condition));
}

function areSids(statements: readonly PolicyStatement[], readings: Readings): boolean {
  const sids = statements.flatMap(({ Sid }) => Sid === undefined ? [] : [Sid]);
  return (!readings.isOther('sid-twice') || new Set(sids).size === sids.length)
    && (!readings.isOther('sid-characters') || sids.every(sid => /^[a-z0-9]*$/i.test(sid)));
}

function isAction(text: string, readings: Readings): boolean {
  if (text === '*') return readings.isOther('action-star');
  if (text.toLowerCase() === 'ecr:getauthorizationtoken') return !readings.isOther('token-in-repository-policy');
  return /^ecr:[a-z*?]+$/i.test(text);
}

function isPrincipal(value: unknown, readings: Readings): boolean {
  if (value === '*') return !readings.isOther('principal-star');
  if (!isRecord(value) || !hasOnly(value, ['AWS', 'Service', 'Federated']) || Object.keys(value).length === 0) return false;
  const accepts: Record<string, (text: string) => boolean> = {
    AWS: text => AWS_PRINCIPAL.test(text) && (text !== '*' || !readings.isOther('principal-star')),
    Service: text => SERVICE_PRINCIPAL.test(text),
    Federated: () => readings.isOther('policy-federated'),
  };
  return Object.entries(value).every(([kind, texts]) => areTexts(texts, accepts[kind]));
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
