/**
 * Kinds of policies that limit every role of an account or a VPC. No deployment changes them, so a new role does not get the permission
 * later. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
const ORGANIZATION = ['service control policy', 'resource control policy'];
const LIMITS = [...ORGANIZATION, 'permissions boundary', 'session policy', 'VPC endpoint policy'];

/** In the messages of AWS, which can have the ARN of the policy after it. A new policy can be implicit for a while. */
const EXPLICIT = new RegExp(`with an explicit deny in an? (${LIMITS.join('|')})\\b`);
const IMPLICIT = new RegExp(`because no (${LIMITS.join('|')}) allows\\b`);

const SETS_TAGS = /:(TagResource|UntagResource|CreateRepository)$/;

/**
 * Whether repeating the call is useless: a policy of the organization denies it, or another limit has a Deny statement for it. What a new
 * permissions boundary or endpoint does not allow yet can be allowed later, and so can what a condition on a tag denies.
 */
export function isDeniedForGood(error: unknown): boolean {
  const { message } = error as Error;
  return isOfTagPolicy(error) || EXPLICIT.test(message) || ORGANIZATION.includes(IMPLICIT.exec(message)?.[1] ?? '');
}

/** Returns which limit denies the call and what to do, if the message of AWS says that one does. */
export function explainLimit(error: Error): string | undefined {
  const [, kind] = EXPLICIT.exec(error.message) ?? IMPLICIT.exec(error.message) ?? [];
  if (isOfTagPolicy(error)) return explainTagPolicy(error.message);
  if (kind === undefined) return undefined;
  const action = /not authorized to perform: (\S+)/.exec(error.message)?.[1] ?? 'a call';
  const isOfOrganization = ORGANIZATION.includes(kind);
  const tags = SETS_TAGS.test(action) ? ' with tag keys that begin with \'cdk-ecr-keeper:\'' : '';
  return `a ${kind}${isOfOrganization ? ' of the organization' : ''} denies ${action}${tags} to the calling role. `
    + `${isOfOrganization ? 'Have the administrators of the organization allow it' : `Allow it in the ${kind}`}, then try again.`;
}

/** Returns the message of an error for a list of failures, after the limit that it is about. */
export function messageWithLimit(error: unknown): string {
  const { message, name } = error as Error;
  const limit = explainLimit(error as Error);
  return limit === undefined ? message || name : `${limit} ${message}`;
}

/**
 * UNCERTAIN: whether AWS enforces tag policies for Amazon ECR, and with which error. The text is the same in the services that do.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_tag-policies-enforcement.html
 */
function isOfTagPolicy(error: unknown): boolean {
  return /\btag polic(y|ies)\b/i.test((error as Error).message);
}

function explainTagPolicy(message: string): string {
  const key = /cdk-ecr-keeper:[\w-]+/.exec(message)?.[0] ?? /tag key:? *['"]?([\w+=.@:/-]+)/i.exec(message)?.[1];
  return `a tag policy of the organization does not allow ${key === undefined ? 'a tag' : `the tag '${key}'`}. Have the administrators of`
    + ' the organization remove the key from the policy, or allow all its values, then try again.';
}
