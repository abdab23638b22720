import { isThrottlingError } from '@smithy/core/retry';
import { explainLimit } from './denial';
import { DELETION_LOCK_SID, LOCKED_ACTIONS } from '../../../src/core/policy/deletion-lock';

/** An error that a person can act on. Its first line says what failed, on which repository, and what to do. */
export class UserError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UserError';
  }
}

/** An operation that failed. Unlike a refusal, it also fails while a stack rolls back. */
export class OperationError extends UserError {}

/** SDK errors are distinguished by name: the service model has neither throttling nor denied access. */
export function isNamed(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

export function isAccessDenied(error: unknown): boolean {
  return isNamed(error, 'AccessDeniedException', 'AccessDenied');
}

/**
 * Whether the Region may not be enabled in the account. It does not know the credentials then:
 * https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
 */
export function isRegionDisabled(error: unknown): boolean {
  return isNamed(error, 'UnrecognizedClientException');
}

export function isRepositoryMissing(error: unknown): boolean {
  return isNamed(error, 'RepositoryNotFoundException');
}

/** For the `catch` of a call: returns the value if the repository does not exist. */
export function ifRepositoryMissing<T>(value: T): (error: unknown) => T {
  return error => {
    if (!isRepositoryMissing(error)) throw error;
    return value;
  };
}

/**
 * Whether AWS throttled the call: by one of the names that the SDK has, or with the status code 429. The user guide of ECR has another name
 * (https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors.html). ECR's LimitExceededException is a quota, which the SDK takes
 * for throttling.
 */
export function isThrottled(error: unknown): boolean {
  if (isNamed(error, 'LimitExceededException')) return false;
  return isThrottlingError(error as Parameters<typeof isThrottlingError>[0]) || isNamed(error, 'ThrottleException');
}

// the SDK uses the last for its own deadlines, and for a broken connection (ECONNRESET, EPIPE, ETIMEDOUT)
const TRANSIENT_NAMES = ['ServerException', 'InternalServerException', 'TimeoutError'];

/**
 * Whether another attempt may succeed. Only the AbortSignal shows whether the caller itself aborted the call, never the error.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export function isTransient(error: unknown): boolean {
  if (isThrottled(error) || isNamed(error, ...TRANSIENT_NAMES)) return true;
  const {
    $metadata, code, $response,
  } = error as { $metadata?: { httpStatusCode?: number }; code?: string; $response?: { statusCode?: number } };
  return ($metadata?.httpStatusCode ?? $response?.statusCode ?? 0) >= 500
    || /^(ECONN|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|EHOSTUNREACH|ENETUNREACH)/.test(code ?? '');
}

/** Returns the reason that CloudFormation shows, whatever was thrown. */
export function explain(error: unknown, subject: string): string {
  if (error instanceof UserError) return error.message;
  if (!(error instanceof Error)) return `${subject}: ${String(error)}`;
  const limit = explainLimit(error);
  if (limit !== undefined) return `${subject}: ${limit}\n${error.message}`;
  if (isAccessDenied(error)) return explainAccessDenied(error, subject);
  return `${subject}: ${toSentence(error.message || error.name)} ${remedyFor(error)}`;
}

/** Adds the period that some messages of AWS lack. */
export function toSentence(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}

/**
 * The message of AWS comes last, because it begins with about 200 characters of an ARN. A registry and a cache have no tags on which a
 * permission depends.
 */
function explainAccessDenied(error: Error, subject: string): string {
  const action = /not authorized to perform: (\S+)/.exec(error.message)?.[1] ?? 'a call';
  if (isDeniedByRepository(error, action)) return `${subject}: ${explainRepositoryDeny(action)}\n${error.message}`;
  const causes = /^(Registry|Cache) /.test(subject) ? 'a permissions boundary or a service control policy'
    : 'a permissions boundary, a service control policy, or a changed tag cdk-ecr-keeper:…-by on the repository';
  return `${subject}: the function's role was denied ${action} for 60 seconds. Check for ${causes}, then try again.\n${error.message}`;
}

/**
 * Whether a statement of the repository's own policy denies it. The text is documented, but according to AWS not every service returns it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
function isDeniedByRepository(error: Error, action: string): boolean {
  return action.startsWith('ecr:') && error.message.includes('with an explicit deny in a resource-based policy');
}

function explainRepositoryDeny(action: string): string {
  const denies = `the policy of the repository denies ${action} to the calling role`;
  return LOCKED_ACTIONS.includes(action)
    ? `${denies}. If its statement '${DELETION_LOCK_SID}' does, the repository has a 'deletionLock'. Exempt the role there`
      + ' (DeletionLock.everyoneExcept) or remove the lock, and deploy that stack first.'
    : `${denies}. Change the statement, then try again.`;
}

function remedyFor(error: Error): string {
  if (isThrottled(error)) return 'AWS throttled every attempt. Try again in a few minutes.';
  if (isNamed(error, 'KmsException')) return 'Check that the KMS key of the repository exists and is enabled, then try again.';
  if (isNamed(error, 'WireError')) return 'Correct the property, then deploy again.';
  return 'Try again. Changes so far are kept.';
}
