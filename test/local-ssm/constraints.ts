import { AwsError } from '../local-ecr/aws-error';

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
/** Characters of a name, with those before it in the ARN. */
const LONGEST_ARN = 1011;
const MOST_LEVELS = 15;
/** Bytes of a value in the tier Standard. */
const LARGEST_VALUE = 4096;

const NAME = /^(?:\/?[A-Za-z0-9_.-]+|(?:\/[A-Za-z0-9_.-]+)+)$/;
const PATH = /^\/(?:[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*\/?)?$/;
const NAME_RULE = 'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths'
  + ' divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';
const PATH_RULE = 'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/".'
  + ' It can\'t be prefixed with \\"aws\\" or \\"ssm\\" (case-insensitive). It must use only letters, numbers, or the following symbols:'
  + ' . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash'
  + ' symbol "/". Valid example: /get/parameters2-/by1./path0_.';

export function requiredText(at: string, value: unknown): string {
  if (typeof value !== 'string') throw violated(at, 'Member must not be null');
  if (value === '') throw violated(at, 'Member must have length greater than or equal to 1');
  return value;
}

/** @param prefix of the ARNs of parameters in the account and Region */
export function parameterName(value: unknown, prefix: string): string {
  const name = requiredText('name', value).trim();
  if (!NAME.test(name) || /^\/?ssm/i.test(name)) throw new AwsError('ValidationException', NAME_RULE);
  if (`${prefix}${name}`.length > LONGEST_ARN) throw violated('name', `Member must have length less than or equal to ${LONGEST_ARN}`);
  return name;
}

/** What PutParameter requires in addition. */
export function requireWritable(name: string): void {
  if (/^\/?aws/i.test(name)) throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  if (name.replace(/^\//, '').split('/').length > MOST_LEVELS) {
    throw new AwsError('HierarchyLevelLimitExceededException', `A hierarchy can have a maximum of ${MOST_LEVELS} levels.`);
  }
}

export function parameterPath(value: unknown): string {
  const path = requiredText('path', value);
  if (!PATH.test(path)) throw new AwsError('ValidationException', PATH_RULE);
  return path;
}

export function parameterValue(value: unknown): string {
  const text = requiredText('value', value);
  if (/\{\{.*\}\}/s.test(text)) throw new AwsError('ValidationException', 'Parameter value can\'t nest another parameter.');
  if (Buffer.byteLength(text) > LARGEST_VALUE) {
    throw new AwsError('ValidationException', 'Standard tier parameters support a maximum parameter value of'
      + ` ${LARGEST_VALUE} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.`
      + ' For more information, see'
      + ' https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html');
  }
  return text;
}

export function maxResults(value: unknown): number {
  if (value === undefined) return 10;
  if (!Number.isInteger(value) || Number(value) < 1) throw violated('maxResults', 'Member must have value greater than or equal to 1');
  if (Number(value) > 10) throw violated('maxResults', 'Member must have value less than or equal to 10');
  return Number(value);
}

/** Fails as a defect of the fake for what it does not imitate. */
export function refuseOthers(operation: string, input: object, members: readonly string[]): void {
  const others = Object.keys(input).filter(member => !members.includes(member));
  if (others.length > 0) throw new Error(`${others.join(', ')} of ${operation} is not modelled`);
}

function violated(at: string, constraint: string): AwsError {
  return new AwsError('ValidationException', `1 validation error detected: Value at '${at}' failed to satisfy constraint: ${constraint}`);
}
