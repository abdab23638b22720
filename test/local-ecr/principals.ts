import { accessDenied, AccessRequest, judge, Limit } from './authorisation';
import { roleOf, roleOfSession, withoutPath } from './caller-arn';
import { checkPolicy, Grant, IamRequest } from './iam';
import type { Principal, PrincipalProps } from './principal';
import { Readings } from './readings';

export const DEFAULT_ACCOUNT = '000000000000';

/** In lower case. */
const OF_THE_CALLER = ['aws:principalarn', 'aws:principalaccount', 'aws:principalisawsservice', 'aws:principalservicename'];

/** The callers, their permissions, their used grants, and whether their process still runs. Fakes can share them. */
export class Principals {
  private readonly defined = new Map<string, Principal>();
  private readonly used = new Map<string, Map<string, Grant>>();
  private readonly dead = new Set<string>();
  private readonly limits = new Array<Limit>();

  constructor(private readonly readings = new Readings()) {}

  define(accessKeyId: string, props: PrincipalProps): void {
    if (props.policy) checkPolicy(props.policy);
    this.used.delete(accessKeyId);
    this.defined.set(accessKeyId, principalOf(accessKeyId, props));
  }

  /** Limits every caller from now on. */
  limit(limit: Limit): void {
    checkPolicy(limit.policy);
    this.limits.push(limit);
  }

  find(accessKeyId: string): Principal {
    return this.defined.get(accessKeyId) ?? { account: DEFAULT_ACCOUNT, arn: `arn:aws:iam::${DEFAULT_ACCOUNT}:user/${accessKeyId}` };
  }

  /** Returns the access key of a caller with this role, if a test has defined one. */
  keyOfRole(roleArn: string): string | undefined {
    return [...this.defined].find(([, principal]) => roleOf(principal) === roleArn)?.[0];
  }

  /** A request that needs several permissions uses none of them if one is missing. */
  authorise(accessKeyId: string, requests: readonly AccessRequest[]): void {
    const caller = this.find(accessKeyId);
    const verdicts = requests.map(request => judge(caller, request, this.readings, this.limits));
    const refused = verdicts.findIndex(({ allowed }) => !allowed);
    if (refused >= 0) throw accessDenied(caller.arn, requests[refused], verdicts[refused].because);
    this.record(accessKeyId, verdicts.flatMap(({ grants }) => grants));
  }

  permits(accessKeyId: string, request: IamRequest): boolean {
    const { allowed, grants } = judge(this.find(accessKeyId), request, this.readings, this.limits);
    this.record(accessKeyId, grants);
    return allowed;
  }

  /** The grants that allowed requests used. If several grants allow a request, all of them. */
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

function principalOf(accessKeyId: string, props: PrincipalProps): Principal {
  const { service, context = {} } = props;
  const account = props.account ?? DEFAULT_ACCOUNT;
  const arn = service ?? props.arn ?? `arn:aws:sts::${account}:assumed-role/local/${accessKeyId}`;
  if (!/^\d{12}$/.test(account)) throw new Error(`account ${account} is not 12 digits`);
  if (service !== undefined && (['account', 'arn', 'roleArn', 'policy'] as const).some(name => props[name] !== undefined)) {
    throw new Error(`${service} is a service, which has no account, ARN and policy of its own`);
  }
  if (props.roleArn !== undefined && withoutPath(props.roleArn) !== roleOfSession(arn)) {
    throw new Error(`${arn} is no session of ${props.roleArn}`);
  }
  for (const [key, value] of Object.entries(context)) {
    if (OF_THE_CALLER.includes(key.toLowerCase())) throw new Error(`${key} follows from the caller itself`);
    if (value.length === 0 && typeof value !== 'string') throw new Error(`${key} has no value`);
  }
  return { ...props, account, arn };
}
