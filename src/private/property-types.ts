import { Duration, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { throwProblems } from './problems';

/** Type of a property. Values come from any language, including JavaScript without types. */
export interface PropertyType {
  /** @returns problems of a value that is set */
  problemsOf(property: string, value: unknown): string[];
}

/** Type of a property that must be set. */
export interface RequiredType extends PropertyType {
  readonly isRequired: true;
}

/** One type for each property of a struct. Required properties have a required type. */
export type PropertyTypes<T> = { readonly [K in keyof T]-?: undefined extends T[K] ? PropertyType : RequiredType };

export function required(type: PropertyType): RequiredType {
  return { ...type, isRequired: true };
}

function simple(expected: string, fits: (value: unknown) => boolean): PropertyType {
  return {
    problemsOf: (property, value) => Token.isUnresolved(value) || fits(value) ? []
      : [`'${property}' must be ${expected}, got: ${shown(value)}`],
  };
}

export const TEXT = simple('a string', value => typeof value === 'string');
export const NUMBER = simple('a number', value => typeof value === 'number');
export const FLAG = simple('true or false', value => typeof value === 'boolean');
export const DATE = simple('a Date, such as new Date(\'2027-01-31\')', value => value instanceof Date && !Number.isNaN(value.getTime()));
export const DURATION = simple('a Duration, such as Duration.days(7)', value => has(value, 'toMilliseconds'));
/** Type without a check. Other code or aws-cdk-lib checks the property. */
export const ANYTHING: PropertyType = { problemsOf: () => [] };
export const REPOSITORY = simple('a repository', value => has(value, 'repositoryRef') || has(value, 'repositoryArn'));
/** A role is accepted too. It has no external id. */
export const ACCESS = simple('an object with roleArn and, optionally, externalId', value => has(value, 'roleArn'));
/** Target of an event rule. */
export const RULE_TARGET = simple('a target of a rule, such as new targets.SnsTopic(topic)', value => has(value, 'bind'));
export const SECRET = simple('a secret', value => has(value, 'secretArn'));
export const BUCKET = simple('a bucket', value => has(value, 'bucketArn'));
export const TAGS = simple('an object with a string for each key', value =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(one => typeof one === 'string'));
export const LIST = simple('a list', value => Array.isArray(value));
export const STATEMENT = simple('a PolicyStatement', value => has(value, 'toStatementJson'));
export const PRINCIPAL = simple('a principal, such as a role', value => has(value, 'grantPrincipal'));
export const ROLE = simple('a role', value => has(value, 'roleArn') && has(value, 'grantPrincipal'));
export const VPC = simple('a VPC', value => has(value, 'vpcId'));
export const SUBNETS = simple('a selection of subnets, such as { subnetType: ec2.SubnetType.PRIVATE_ISOLATED }', value =>
  typeof value === 'object' && value !== null && !Array.isArray(value));
export const SECURITY_GROUP = simple('a security group', value => has(value, 'securityGroupId'));
export const KEY = simple('a key', value => has(value, 'keyArn'));

/**
 * Returns the type for instances of a class of this library and its subclasses. The check compares the name that jsii adds to each class. A
 * different copy of the library has the same name, and a bundler that renames classes does not change it.
 *
 * @param example code that creates an instance
 */
export function instanceOf(className: string, example: string): PropertyType {
  const article = /^[AEIOU]/.test(className) ? 'an' : 'a';
  const isOfClass = (value: unknown) => classNamesOf(value).includes(className);
  return simple(`${article} ${className}, such as ${example}`, isOfClass);
}

export const TEARDOWN = instanceOf('Teardown', 'Teardown.deleteWithImages()');
export const DELETION_LOCK = instanceOf('DeletionLock', 'DeletionLock.everyone()');
export const LIFECYCLE = instanceOf('LifecyclePolicy', 'LifecyclePolicy.fromRules([LifecycleRule.keepNewest(50)])');
export const LIFECYCLE_GUARD = instanceOf('LifecycleGuard', 'LifecycleGuard.refuse({ maxImages: 100 })');
export const LIFECYCLE_RULE = instanceOf('LifecycleRule', 'LifecycleRule.keepNewest(50)');
export const REPOSITORY_IMAGE = instanceOf('RepositoryImage', 'RepositoryImage.fromRepository(repository, tag)');

interface PolicyOptions {
  readonly replaceExistingSids?: boolean;
  readonly force?: boolean;
  readonly dropDeadPrincipals?: boolean;
  readonly trigger?: string;
  readonly checkEvery?: Duration;
}

export const POLICY_OPTION_TYPES: PropertyTypes<PolicyOptions> = {
  replaceExistingSids: FLAG, force: FLAG, dropDeadPrincipals: FLAG, trigger: TEXT, checkEvery: DURATION,
};

export function oneOf(enumName: string, values: Readonly<Record<string, string>>): PropertyType {
  const names = Object.keys(values).map(name => `${enumName}.${name}`);
  return simple(names.join(' or '), value => Object.values(values).includes(value as string));
}

export function listOf(type: PropertyType): PropertyType {
  return {
    problemsOf: (property, value) => Token.isUnresolved(value) ? []
      : !Array.isArray(value) ? [`'${property}' must be a list, got: ${shown(value)}`]
        : value.flatMap((each, index) => each === undefined || each === null ? [`'${property}[${index}]' is required, got nothing`]
          : type.problemsOf(`${property}[${index}]`, each)),
  };
}

/** Returns the type for a nested struct. */
export function struct<T>(types: PropertyTypes<T>): PropertyType {
  return {
    problemsOf: (property, value) => Token.isUnresolved(value) ? [] : structProblems(value, types, property),
  };
}

/**
 * Throws if a property is missing, unknown, or of a different type, before other code uses it.
 *
 * @param method method with these options
 */
export function checkOptions<T>(method: string, given: T, types: PropertyTypes<T>): void {
  throwProblems(method, structProblems(given, types));
}

/**
 * Checks the properties of a construct. Users pass through properties of their own constructs, so only names that are similar to a known
 * name are problems.
 */
export function checkProps<T>({ node: { path } }: IConstruct, given: T, types: PropertyTypes<T>): void {
  checkPropsAt(path, given, types);
}

/** Checks the properties that a class adds to those of its aws-cdk-lib base class, which checks its own properties. */
export function checkOwnProps<T>(path: string, given: object, types: PropertyTypes<T>): void {
  throwProblems(path, structProblems(given, types, undefined, () => false));
}

/** Checks the properties of a construct that is not created yet. */
export function checkPropsAt<T>(path: string, given: T, types: PropertyTypes<T>): void {
  throwProblems(path, structProblems(given, types, undefined, isNearly));
}

type IsMistake = (name: string, known: string) => boolean;

function structProblems<T>(given: unknown, types: PropertyTypes<T>, parent?: string, isMistake: IsMistake = () => true): string[] {
  const names = Object.keys(types);
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return [`${parent === undefined ? 'the properties' : `'${parent}'`} must be an object with ${names.join(', ')}, got: ${shown(given)}`];
  }
  const path = (name: string) => parent === undefined ? name : `${parent}.${name}`;
  const values = given as Record<string, unknown>;
  const unknown = Object.keys(values).filter(name => values[name] !== undefined && !names.includes(name));
  return [
    ...unknown.filter(name => names.some(known => isMistake(name, known)))
      .map(name => `'${path(name)}' is unknown. The properties are ${names.join(', ')}`),
    ...Object.entries<PropertyType | RequiredType>(types).flatMap(([name, type]) => {
      const value = values[name];
      if (value !== undefined && value !== null) return type.problemsOf(path(name), value);
      return 'isRequired' in type ? [`'${path(name)}' is required, got nothing`] : [];
    }),
  ];
}

/** Whether a name is the beginning of a known name, extends one, or differs only in case. */
function isNearly(name: string, known: string): boolean {
  const [one, other] = [name.toLowerCase(), known.toLowerCase()];
  return one.length > 3 && (one.startsWith(other) || other.startsWith(one)) && Math.abs(one.length - other.length) < 3;
}

function has(value: unknown, member: string): boolean {
  return typeof value === 'object' && value !== null && member in value;
}

/** Property in which the jsii compiler stores the name of a class, such as `cdk-ecr-keeper.Teardown`. */
const RUNTIME_TYPE = Symbol.for('jsii.rtti');

interface CompiledClass {
  readonly name?: string;
  readonly [RUNTIME_TYPE]?: { readonly fqn?: string };
}

/**
 * Returns the names of the class of a value and of the classes that it extends. In the tests of this project, which jsii does not compile,
 * these are their JavaScript names.
 */
function classNamesOf(value: unknown): string[] {
  const names = new Array<string>();
  for (let prototype = prototypeOf(value); prototype; prototype = prototypeOf(prototype)) {
    const constructor: object = Object.hasOwn(prototype, 'constructor') ? prototype.constructor : {};
    const { name = '', [RUNTIME_TYPE]: type } = constructor as CompiledClass;
    // a subclass that jsii did not compile inherits the name of its superclass
    names.push((Object.hasOwn(constructor, RUNTIME_TYPE) ? type?.fqn?.split('.').pop() : undefined) ?? name);
  }
  return names;
}

function prototypeOf(value: unknown): object | undefined {
  return typeof value !== 'object' || value === null ? undefined : Object.getPrototypeOf(value) as object | null ?? undefined;
}

const LONGEST = 60;

/** Returns a value for a message, on one line. */
function shown(value: unknown): string {
  if (value instanceof Date) return String(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, LONGEST));
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return 'a list';
  const isPlain = !has(value, 'constructor') || value.constructor === Object;
  if (!isPlain) return `an instance of ${classNamesOf(value)[0]}`;
  return `an object with ${Object.keys(value).join(', ').slice(0, LONGEST) || 'nothing'}`;
}
