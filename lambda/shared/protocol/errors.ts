import { isThrottlingError } from '@smithy/core/retry';
import { DELETION_LOCK_SID, LOCKED_ACTIONS } from '../../../src/core/policy/deletion-lock';

/** An error that a person can act on. Its first line says what failed, on which repository, and what to do. */
export class UserError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UserError';
  }
}

/** An operation that was tried and did not succeed. Unlike a refusal, it is a failure while a stack rolls back too. */
export class OperationError extends UserError {}

/** SDK errors are told apart by name: neither throttling nor refusals are in the service model. */
export function isNamed(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

export function isAccessDenied(error: unknown): boolean {
  return isNamed(error, 'AccessDeniedException', 'AccessDenied');
}

export function isRepositoryMissing(error: unknown): boolean {
  return isNamed(error, 'RepositoryNotFoundException');
}

/** What a call on a repository that does not exist resolves to, in its `catch`. */
export function ifRepositoryMissing<T>(value: T): (error: unknown) => T {
  return error => {
    if (!isRepositoryMissing(error)) throw error;
    return value;
  };
}

/** Whether AWS limits the rate. ECR's LimitExceededException is a quota, which the SDK takes for that too. */
export function isThrottled(error: unknown): boolean {
  return isThrottlingError(error as Parameters<typeof isThrottlingError>[0]) && !isNamed(error, 'LimitExceededException');
}

// the last is the SDK's name for its own deadlines, and for a connection that broke (ECONNRESET, EPIPE, ETIMEDOUT)
const TRANSIENT_NAMES = ['ServerException', 'InternalServerException', 'TimeoutError'];

/**
 * What another attempt may get through. Whether the caller itself gave a call up is known from its AbortSignal, never from the error.
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

/** The reason that CloudFormation shows, whatever was thrown. */
export function explain(error: unknown, subject: string): string {
  if (error instanceof UserError) return error.message;
  if (!(error instanceof Error)) return `${subject}: ${String(error)}`;
  if (isAccessDenied(error)) return explainAccessDenied(error, subject);
  return `${subject}: ${error.message || error.name} — ${remedyFor(error)}`;
}

/** What AWS says begins with two hundred characters of ARN; it comes last. */
function explainAccessDenied(error: Error, subject: string): string {
  const action = /not authorized to perform: (\S+)/.exec(error.message)?.[1] ?? 'a call';
  if (isDeniedByRepository(error, action)) return `${subject}: ${explainRepositoryDeny(action)}\n${error.message}`;
  return `${subject}: the function's role was refused ${action} for 60 seconds — look for a permissions boundary, a service control policy,`
    + ` or a tag cdk-ecr-keeper:…-by of the repository that somebody changed, then try again\n${error.message}`;
}

/**
 * Whether a statement of the repository's own policy denies it. The text is documented, but AWS says that not every service has it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
function isDeniedByRepository(error: Error, action: string): boolean {
  return action.startsWith('ecr:') && error.message.includes('with an explicit deny in a resource-based policy');
}

function explainRepositoryDeny(action: string): string {
  const denies = `the policy of the repository denies ${action} to the role that called`;
  return LOCKED_ACTIONS.includes(action)
    ? `${denies} — if its statement '${DELETION_LOCK_SID}' does, the repository has a 'deletionLock': exempt the role there`
      + ' (DeletionLock.everyoneExcept), or remove the lock, and deploy that stack first'
    : `${denies} — change the statement, then try again`;
}

function remedyFor(error: Error): string {
  if (isThrottled(error)) return 'AWS throttled every attempt: try again in a few minutes';
  if (isNamed(error, 'KmsException')) return 'see that the repository\'s KMS key exists and is enabled, then try again';
  if (isNamed(error, 'WireError')) return 'correct the property and deploy again';
  return 'try again; what was done so far is kept';
}
