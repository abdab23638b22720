import { AwsError } from './aws-error';
import { checkPolicy, evaluate, Grant, IamRequest, IamStatement } from './iam';

export const DEFAULT_ACCOUNT = '000000000000';

export interface PrincipalProps {
  /** @default '000000000000' */
  readonly account?: string;
  /** What the caller may do. @default - everything, as an account without IAM */
  readonly policy?: readonly IamStatement[];
  /** @default - an assumed role of the account, named after the access key id */
  readonly arn?: string;
}

export interface Principal {
  readonly arn: string;
  readonly account: string;
  readonly policy?: readonly IamStatement[];
}

/** Who calls, what they may do, what of it they have used, and whether their process still lives. Shareable between fakes. */
export class Principals {
  private readonly defined = new Map<string, Principal>();
  private readonly used = new Map<string, Map<string, Grant>>();
  private readonly dead = new Set<string>();

  define(accessKeyId: string, props: PrincipalProps): void {
    if (props.policy) checkPolicy(props.policy);
    const account = props.account ?? DEFAULT_ACCOUNT;
    if (!/^\d{12}$/.test(account)) throw new Error(`account ${account} is not 12 digits`);
    this.used.delete(accessKeyId);
    this.defined.set(accessKeyId, { ...props, account, arn: props.arn ?? `arn:aws:sts::${account}:assumed-role/local/${accessKeyId}` });
  }

  find(accessKeyId: string): Principal {
    return this.defined.get(accessKeyId) ?? { account: DEFAULT_ACCOUNT, arn: `arn:aws:iam::${DEFAULT_ACCOUNT}:user/${accessKeyId}` };
  }

  /** All or nothing: a request that needs several permissions uses none of them when one is missing. */
  authorise(accessKeyId: string, requests: readonly IamRequest[]): void {
    const { policy, arn } = this.find(accessKeyId);
    if (!policy) return;
    const decisions = requests.map(request => evaluate(policy, request));
    const refused = decisions.findIndex(decision => !decision.allowed);
    if (refused >= 0) throw accessDenied(arn, requests[refused], decisions[refused].explicitDeny);
    this.record(accessKeyId, decisions.flatMap(decision => decision.grants));
  }

  permits(accessKeyId: string, request: IamRequest): boolean {
    const { policy } = this.find(accessKeyId);
    if (!policy) return true;
    const decision = evaluate(policy, request);
    this.record(accessKeyId, decision.grants);
    return decision.allowed;
  }

  /** The grants that allowed requests rested on so far. Where several cover a request, all of them. */
  granted(accessKeyId: string): Grant[] {
    return [...this.used.get(accessKeyId)?.values() ?? []].sort((a, b) => a.statementIndex - b.statementIndex);
  }

  kill(accessKeyId: string): void {
    this.dead.add(accessKeyId);
  }

  revive(accessKeyId: string): void {
    this.dead.delete(accessKeyId);
  }

  isDead(accessKeyId: string): boolean {
    return this.dead.has(accessKeyId);
  }

  private record(accessKeyId: string, grants: readonly Grant[]): void {
    const used = this.used.get(accessKeyId) ?? new Map<string, Grant>();
    for (const grant of grants) used.set(`${grant.statementIndex} ${grant.action} ${grant.resource}`, grant);
    this.used.set(accessKeyId, used);
  }
}

export function accessDenied(arn: string, request: IamRequest, explicitDeny = false): AwsError {
  const because = explicitDeny
    ? 'with an explicit deny in an identity-based policy'
    : `because no identity-based policy allows the ${request.action} action`;
  return new AwsError('AccessDeniedException',
    `User: ${arn} is not authorized to perform: ${request.action} on resource: ${request.resource} ${because}`);
}
