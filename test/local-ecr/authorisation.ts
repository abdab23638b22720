/**
 * Whether a request is allowed: by the caller's identity-based policy and, where the resource has an owner whose policy counts, by that.
 * Behavior and sources: README.md.
 */
import { AwsError } from './aws-error';
import { roleOf, withoutPath } from './caller-arn';
import { Decision, evaluate, Grant, IamContext, IamRequest, IamStatement } from './iam';
import type { Principal } from './principal';
import type { Readings } from './readings';
import type { RepositoryPolicy } from './repository-policy';
import { rulingOf } from './resource-policy';

export interface AccessRequest extends IamRequest {
  /** Owner of the resource, if its policy applies. @default - only the account of the caller is checked */
  readonly owner?: ResourceOwner;
}

export interface ResourceOwner {
  readonly account: string;
  /** Policy with principals as they are returned, so that deleted ones never match. @default - no policy */
  readonly policy?: RepositoryPolicy;
}

export interface Verdict {
  readonly allowed: boolean;
  /** Grants of the policy of the caller, see Decision. */
  readonly grants: Grant[];
  /** End of the error message. Empty if the request is allowed. */
  readonly because: string;
}

const UNRESTRICTED: Decision = { allowed: true, explicitDeny: false, grants: [] };

/** A policy that limits every caller, such as a service control policy, by the name that the messages of IAM give it. */
export interface Limit {
  readonly kind: 'service control policy' | 'resource control policy' | 'permissions boundary' | 'session policy' | 'VPC endpoint policy';
  readonly policy: readonly IamStatement[];
}

export function judge(caller: Principal, request: AccessRequest, readings: Readings, limits: readonly Limit[] = []): Verdict {
  const asked: IamRequest = { ...request, context: { ...contextOf(caller, readings), ...request.context } };
  const identity = caller.policy ? evaluate(caller.policy, asked, readings) : UNRESTRICTED;
  const because = refusalByLimits(limits, asked, readings) ?? refusal(caller, identity, asked, { owner: request.owner, readings });
  return because === undefined ? { allowed: true, grants: identity.grants, because: '' } : { allowed: false, grants: [], because };
}

export function accessDenied(arn: string, { action, resource }: IamRequest, because = notAllowedBy('identity', action)): AwsError {
  return new AwsError('AccessDeniedException', `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} ${because}`);
}

function refusal(
  caller: Principal, identity: Decision, request: IamRequest,
  { owner, readings }: { readonly owner?: ResourceOwner; readonly readings: Readings },
): string | undefined {
  const ruling = owner && rulingOf(owner.policy, caller, request, readings);
  const denials = [
    ...identity.explicitDeny ? ['with an explicit deny in an identity-based policy'] : [],
    ...ruling === 'denied' ? ['with an explicit deny in a resource-based policy'] : [],
  ];
  if (denials.length > 0) return readings.isOther('denial-reason') ? denials.pop() : denials[0];
  const isAtHome = !owner || (caller.service === undefined && caller.account === owner.account);
  if (!isAtHome && ruling === 'silent') return notAllowedBy('resource', request.action);
  if (identity.allowed || (isAtHome && ruling === 'allowed')) return undefined;
  return notAllowedBy('identity', request.action);
}

/** A Deny statement counts before what no policy allows. */
function refusalByLimits(limits: readonly Limit[], request: IamRequest, readings: Readings): string | undefined {
  const decisions = limits.map(({ kind, policy }) => ({ kind, ...evaluate(policy, request, readings) }));
  const denied = decisions.find(({ explicitDeny }) => explicitDeny);
  if (denied) return `with an explicit deny in a ${denied.kind}`;
  const silent = decisions.find(({ allowed }) => !allowed);
  return silent && `because no ${silent.kind} allows the ${request.action} action`;
}

function notAllowedBy(kind: 'identity' | 'resource', action: string): string {
  return `because no ${kind}-based policy allows the ${action} action`;
}

/** Condition keys of the caller (IAM user guide, "AWS global condition context keys"). For a session, the ARN of its role. */
function contextOf(caller: Principal, readings: Readings): IamContext {
  const { arn, account, service, context } = caller;
  const role = roleOf(caller);
  const name = role !== undefined && readings.isOther('principal-arn-path') ? withoutPath(role) : role;
  return {
    ...context,
    'aws:PrincipalIsAWSService': String(service !== undefined),
    ...service === undefined
      ? { 'aws:PrincipalArn': name ?? arn, 'aws:PrincipalAccount': account }
      : { 'aws:PrincipalServiceName': service },
  };
}
