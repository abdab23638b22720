/** A local Amazon ECR Public for tests with the real SDK. Behavior and sources: README.md. */
import { withPublicKeysOf } from './condition-keys';
import { registryIdOrAlias } from './constraints';
import type { PublicRequest } from './operation';
import { operations } from './operations';
import { Place, PublicRegistries, PublicRegistry } from './registry';
import { HOME_REGION } from './repository';
import { RepositoryView, viewOf } from './repository-view';
import { NewImage, seed, SeedImages, SeedRepository } from './seed';
import { AwsError } from '../local-ecr/aws-error';
import { registryId } from '../local-ecr/constraints';
import { jsonWire } from '../local-ecr/json-wire';
import type { LocalServiceOptions, ServiceRequest } from '../local-ecr/local-service';
import { DEFAULT_ACCOUNT } from '../local-ecr/principals';
import { RegistryService } from '../local-ecr/registry-service';

export type { Place, SeedRepository };

/** The operations without `registryId`. Members that are not in the model are ignored. */
const OF_OWN_REGISTRY = [
  'CreateRepository', 'DescribeRegistries', 'GetAuthorizationToken', 'GetRegistryCatalogData', 'PutRegistryCatalogData',
];

export class LocalEcrPublic extends RegistryService<SeedRepository & Partial<SeedImages>, NewImage> {
  static async start(options: LocalServiceOptions = {}): Promise<LocalEcrPublic> {
    const ecr = new LocalEcrPublic(options);
    await ecr.listen();
    return ecr;
  }

  /** Maximum number of repositories in a registry. */
  repositoryQuota = 10_000;
  private readonly registries = new PublicRegistries();

  private constructor(options: LocalServiceOptions) {
    super(jsonWire('ecr-public', 'SpencerFrontendService'), options);
  }

  seed(options: SeedRepository & Partial<SeedImages>): void {
    seed(options, this.registry(options), this.policyPrincipals);
  }

  repository(name: string, place: Place = {}): RepositoryView {
    return viewOf(this.registry(place).repositories.get(name), this.policyPrincipals, this.policyOrder);
  }

  /** Sets a custom alias, as AWS does after a request in the console. */
  alias(name: string, place: Place = {}): void {
    this.registry(place).rename(name);
  }

  /** Sets whether the account is verified. */
  verify(verified = true, place: Place = {}): void {
    this.registry(place).verified = verified;
  }

  protected perform(incoming: ServiceRequest): object {
    const { operation, input, accessKeyId, fault, region } = incoming;
    const performer = operations[operation];
    if (!performer) throw new AwsError('UnknownOperationException', `The operation ${operation} is not known to this registry`);
    const actedOut = fault?.kind !== 'kms' && (fault?.kind !== 'imageFailure' || operation === 'BatchDeleteImage');
    if (!actedOut) throw new Error(`${operation} cannot act out the fault "${fault?.kind}"`);
    if (region !== HOME_REGION) {
      throw new AwsError('UnsupportedCommandException', `${operation} command is only supported in ${HOME_REGION}.`);
    }
    const request: PublicRequest = {
      operation,
      input,
      registry: this.addressed(incoming),
      tokens: this.tokens,
      readings: this.readings,
      caller: this.principals.find(accessKeyId).arn,
      policyPrincipals: this.policyPrincipals,
      repositoryQuota: this.repositoryQuota,
      disabledKeys: new Set(),
      previewPolls: 0,
      policyOrder: this.policyOrder,
      lifecycleTextAsStored: text => text,
      now: () => this.now().getTime(),
      permits: need => this.principals.permits(accessKeyId, need),
      ...fault ? { fault } : {},
    };
    const needs = performer.needs(request).map(need => withPublicKeysOf(need, this.readings, operation === 'CreateRepository'));
    this.principals.authorise(accessKeyId, needs);
    return performer.run(request);
  }

  private addressed({ operation, input, accessKeyId }: ServiceRequest): PublicRegistry {
    const own = this.principals.find(accessKeyId).account;
    if (operation === 'BatchDeleteImage') {
      const wanted = registryIdOrAlias(input.registryId) ?? own;
      // There is no registry that IAM could check.
      return this.registries.named(wanted) ?? new PublicRegistry(wanted);
    }
    if (OF_OWN_REGISTRY.includes(operation)) return this.registries.of(own);
    const arnAccount = /^arn:[^:]+:ecr-public::(\d{12}):/.exec(String(input.resourceArn ?? ''))?.[1];
    return this.registries.of(arnAccount ?? registryId(input.registryId) ?? own);
  }

  protected registry({ account = DEFAULT_ACCOUNT }: Place): PublicRegistry {
    return this.registries.of(account);
  }
}
