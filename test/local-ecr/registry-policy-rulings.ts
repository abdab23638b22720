import { roleOf } from './caller-arn';
import { evaluate, IamConditions, IamRequest } from './iam';
import type { PolicyPrincipals } from './policy-principals';
import type { Principal } from './principal';
import type { Readings } from './readings';
import type { Registry } from './registry';
import { asList, mapPrincipals, PolicyPrincipal, PolicyStatement } from './repository-policy';

/** What the policy of a registry says of a request. */
export type RegistryRuling = 'denied' | 'allowed' | 'silent';

/** Evaluates the policy of a registry. Its statements name the account of a caller, the caller, or everybody, and repositories. */
export class RegistryPolicies {
  constructor(private readonly principals: PolicyPrincipals, private readonly readings: Readings) {}

  rulingOf(registry: Registry, caller: Principal, request: IamRequest): RegistryRuling {
    if (!registry.policy) return 'silent';
    const { Statement } = mapPrincipals(registry.policy, kept => this.principals.show(kept));
    const concerning = Statement.filter(({ Principal: named }) => named !== undefined && concerns(named, caller)).map(asIamStatement);
    const context = { 'aws:PrincipalAccount': caller.account, ...caller.context, ...request.context };
    const { explicitDeny, allowed } = evaluate(concerning, { ...request, context }, this.readings);
    if (explicitDeny) return 'denied';
    return allowed ? 'allowed' : 'silent';
  }

  /**
   * Whether a registry of another account may do this: "you must grant the source account permission"
   * (https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html). Replication in one account needs no policy.
   */
  permitsReplication(source: { readonly account: string }, destination: Registry, action: string, repositoryName: string): boolean {
    if (source.account === destination.account) return true;
    const caller: Principal = { account: source.account, arn: `arn:aws:iam::${source.account}:root` };
    return this.rulingOf(destination, caller, { action, resource: destination.arnOf(repositoryName) }) === 'allowed';
  }
}

function concerns(principal: PolicyPrincipal, caller: Principal): boolean {
  const named = principal === '*' ? ['*'] : asList(principal.AWS ?? []);
  return [`arn:aws:iam::${caller.account}:root`, '*', caller.arn, roleOf(caller)].some(name => name !== undefined && named.includes(name));
}

function asIamStatement({ Effect, Action = [], Resource = [], Condition }: PolicyStatement) {
  return { Effect, Action, Resource, ...Condition ? { Condition: Condition as IamConditions } : {} };
}
