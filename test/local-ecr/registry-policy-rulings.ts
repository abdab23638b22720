import { resourceMatches } from './iam-patterns';
import type { PolicyPrincipals } from './policy-principals';
import type { Readings } from './readings';
import type { Registry } from './registry';
import { asList, mapPrincipals, RepositoryPolicy } from './repository-policy';
import { rulingOf } from './resource-policy';

/** What the policies of registries say of repositories. */
export class RegistryPolicies {
  constructor(private readonly principals: PolicyPrincipals, private readonly readings: Readings) {}

  /** Returns the statements about a repository, which does not have to exist, in the form of a repository policy. */
  on(registry: Registry, repositoryName: string): RepositoryPolicy | undefined {
    if (!registry.policy) return undefined;
    const policy = mapPrincipals(registry.policy, kept => this.principals.show(kept));
    const arn = registry.arnOf(repositoryName);
    const concerning = policy.Statement.filter(({ Resource = [] }) => asList(Resource).some(pattern => resourceMatches(pattern, arn)));
    return { ...policy, Statement: concerning.map(({ Resource, ...statement }) => statement) };
  }

  /**
   * Whether a registry of another account may do this: "you must grant the source account permission"
   * (https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html). Replication in one account needs no policy.
   */
  permitsReplication({ account }: { readonly account: string }, destination: Registry, action: string, repositoryName: string): boolean {
    if (account === destination.account) return true;
    const source = { account, arn: `arn:aws:iam::${account}:root` };
    const request = { action, resource: destination.arnOf(repositoryName), context: { 'aws:PrincipalAccount': account } };
    return rulingOf(this.on(destination, repositoryName), source, request, this.readings) === 'allowed';
  }
}
