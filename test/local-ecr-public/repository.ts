import type { CatalogData } from './catalog-data';
import { epochSeconds } from '../local-ecr/epoch-seconds';
import { Repository } from '../local-ecr/repository';

/** The only Region of the API. */
export const HOME_REGION = 'us-east-1';

/** The data of its registry that a repository returns. */
interface Home {
  readonly account: string;
  readonly alias: string;
  arnOf(repositoryName: string): string;
}

/** A repository with catalog data, and without encryption, scanning, and tag mutability. */
export class PublicRepository extends Repository {
  /** Undefined until it is set. */
  catalogData?: CatalogData;

  constructor(private readonly registry: Home, name: string, createdAt: number) {
    super({ name, account: registry.account, region: HOME_REGION, createdAt, encryption: { encryptionType: 'AES256' }, scanOnPush: false });
  }

  override get arn(): string {
    return this.registry.arnOf(this.name);
  }

  /** The URI with the current primary alias. */
  get uri(): string {
    return `public.ecr.aws/${this.registry.alias}/${this.name}`;
  }

  render(): object {
    return {
      repositoryArn: this.arn,
      registryId: this.settings.account,
      repositoryName: this.name,
      repositoryUri: this.uri,
      createdAt: epochSeconds(this.settings.createdAt),
    };
  }
}
