/**
 * A local Amazon ECR Public, strict where the real one is, for tests through the real SDK. What it shares with private registries is the
 * code of ../local-ecr.
 *
 * Sources: the ECR Public API reference and service model (2020-10-30), the examples of `aws ecr-public` in the AWS CLI reference, the
 * service authorization reference for ecr-public, the ECR Public user guide, and observations named where they are used.
 *
 * Protocol: JSON 1.1, target SpencerFrontendService, signing name ecr-public. State is kept per account; `registryId` (BatchDeleteImage:
 * or an alias), or the ARN of a tag operation, addresses another account.
 *
 * Regions: us-east-1 only. us-west-2 has an endpoint and answers UnsupportedCommandException (hashicorp/terraform-provider-aws#21277,
 * codeship-library/aws-utilities#117); no other Region has one (terraform-aws-modules/terraform-aws-ecr#18: no such host), which shows
 * here as the same exception. It comes before IAM is asked (UNCERTAIN).
 * Registries: the first repository gives the default alias; `alias` sets a custom one, which becomes the primary. ARNs have no Region.
 * Images
 * - DescribeImages and DescribeImageTags: pages of 1 to 1000 rows (100 by default), no filter. Tokens as in local-ecr; the
 *   last page of tags may be empty.
 * - BatchDeleteImage is that of local-ecr, as both are documented in the same words; `imageFailure` takes the 7 public codes only. In the
 *   CLI reference the rows are in another order than the ids: do not rely on it.
 * - UNCERTAIN: `createdAt` of a tag is when its image was pushed (the CLI reference shows the same time for both).
 * Repositories
 * - CreateRepository answers `catalogData: {}` where none was given (CLI reference). LimitExceededException past `repositoryQuota`.
 * - UNCERTAIN: 10,000 repositories, the published quota of private registries.
 * - Before any put, GetRepositoryCatalogData answers `{}`: terraform-provider-aws reads it of every repository and takes no error
 *   (TestAccECRPublicRepository_basic gives no catalog data). What brings RepositoryCatalogDataNotFoundException about is UNCERTAIN;
 *   the option `catalogDataBeforePut: 'notFound'` does here.
 * - At most 50 tags, `aws:` keys refused (`seed` may set them).
 * - Policies are kept and answered, not enforced; see repository-policy.ts. Pulling cannot be denied anyway (user guide).
 * - UNCERTAIN: the texts of refusals are those of private ECR, or ours; only "The repository with name '...' does not exist in the
 *   registry with id '...'" was seen of the public one (aws-samples/amazon-eks-cdk-blue-green-cicd#24).
 * IAM: ../local-ecr/iam.ts with `ecr-public:` actions on the ARN of the repository (`registry/<account>` for the registry, `*` for
 *   tokens), `aws:ResourceTag` and `ecr-public:ResourceTag`.
 * RegistryNotFoundException: in the model of pushing (PutImage, layers) only, so nothing here answers it; an alias that nobody has reads as
 *   an unknown repository.
 * Not here: PutImage and layer uploads (`addImage`), the registry itself (public.ecr.aws), the gallery, search, badges of verification.
 */
import { registryIdOrAlias } from './constraints';
import type { PublicRequest } from './operation';
import { operations } from './operations';
import { HOME_REGION, Place, PublicRegistries, PublicRegistry } from './registry';
import { RepositoryView, viewOf } from './repository-view';
import { NewImage, seed, SeedImages, SeedRepository } from './seed';
import { AwsError } from '../local-ecr/aws-error';
import { registryId } from '../local-ecr/constraints';
import { jsonWire } from '../local-ecr/json-wire';
import type { LocalServiceOptions, ServiceRequest } from '../local-ecr/local-service';
import { DEFAULT_ACCOUNT } from '../local-ecr/principals';
import { RegistryService } from '../local-ecr/registry-service';

export type { Place, SeedRepository };

export interface LocalEcrPublicOptions extends LocalServiceOptions {
  /** What GetRepositoryCatalogData answers of a repository that was never given any. @default 'empty' */
  readonly catalogDataBeforePut?: 'empty' | 'notFound';
}

/** The operations without `registryId`; members that the model does not have are ignored. */
const OF_OWN_REGISTRY = ['CreateRepository', 'DescribeRegistries', 'GetAuthorizationToken', 'GetRegistryCatalogData', 'PutRegistryCatalogData'];

export class LocalEcrPublic extends RegistryService<SeedRepository & Partial<SeedImages>, NewImage> {
  static async start(options: LocalEcrPublicOptions = {}): Promise<LocalEcrPublic> {
    const ecr = new LocalEcrPublic(options);
    await ecr.listen();
    return ecr;
  }

  /** How many repositories a registry can hold. */
  repositoryQuota = 10_000;
  private readonly registries = new PublicRegistries();
  private readonly catalogDataBeforePut: 'empty' | 'notFound';

  private constructor(options: LocalEcrPublicOptions) {
    super(jsonWire('ecr-public', 'SpencerFrontendService'), options);
    this.catalogDataBeforePut = options.catalogDataBeforePut ?? 'empty';
  }

  seed(options: SeedRepository & Partial<SeedImages>): void {
    seed(options, this.registry(options), this.policyPrincipals);
  }

  repository(name: string, place: Place = {}): RepositoryView {
    return viewOf(this.registry(place).repositories.get(name), this.policyPrincipals);
  }

  /** AWS grants the account the custom alias that it asked for in the console. */
  alias(name: string, place: Place = {}): void {
    this.registry(place).rename(name);
  }

  /** The account becomes a verified one, or ceases to be. */
  verify(verified = true, place: Place = {}): void {
    this.registry(place).verified = verified;
  }

  protected perform(incoming: ServiceRequest): object {
    const { operation, input, accessKeyId, fault, region } = incoming;
    const performer = operations[operation];
    if (!performer) throw new AwsError('UnknownOperationException', `The operation ${operation} is not known to this registry`);
    const actedOut = fault?.kind !== 'kms' && (fault?.kind !== 'imageFailure' || operation === 'BatchDeleteImage');
    if (!actedOut) throw new Error(`${operation} cannot act out the fault "${fault?.kind}"`);
    if (region !== HOME_REGION) throw new AwsError('UnsupportedCommandException', `${operation} command is only supported in ${HOME_REGION}.`);
    const request: PublicRequest = {
      operation,
      input,
      registry: this.addressed(incoming),
      tokens: this.tokens,
      caller: this.principals.find(accessKeyId).arn,
      policyPrincipals: this.policyPrincipals,
      repositoryQuota: this.repositoryQuota,
      catalogDataBeforePut: this.catalogDataBeforePut,
      disabledKeys: new Set(),
      previewPolls: 0,
      lifecycleTextAsStored: text => text,
      now: () => this.now().getTime(),
      permits: need => this.principals.permits(accessKeyId, need),
      ...fault ? { fault } : {},
    };
    this.principals.authorise(accessKeyId, performer.needs(request));
    return performer.run(request);
  }

  private addressed({ operation, input, accessKeyId }: ServiceRequest): PublicRegistry {
    const own = this.principals.find(accessKeyId).account;
    if (operation === 'BatchDeleteImage') {
      const wanted = registryIdOrAlias(input.registryId) ?? own;
      // no registry to ask IAM about
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
