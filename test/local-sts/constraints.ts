import { AwsError } from '../local-ecr/aws-error';

export function required(value: unknown, at: string): string {
  if (typeof value !== 'string') throw violated(`Value null at '${at}' failed to satisfy constraint: Member must not be null`);
  return value;
}

/** Session names and external ids: 2 characters at least (STS API reference, AssumeRole). */
export function requiredName(value: unknown, at: string, pattern: string, max: number): string {
  const text = required(value, at);
  const fail = (constraint: string): never => {
    throw violated(`Value '${text}' at '${at}' failed to satisfy constraint: Member must ${constraint}`);
  };
  if (text.length < 2) fail('have length greater than or equal to 2');
  if (text.length > max) fail(`have length less than or equal to ${max}`);
  if (!new RegExp(`^${pattern}$`).test(text)) fail(`satisfy regular expression pattern: ${pattern}`);
  return text;
}

function violated(what: string): AwsError {
  return new AwsError('ValidationError', `1 validation error detected: ${what}`);
}
