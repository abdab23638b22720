import type { CatalogData } from './catalog-data';
import { epochSeconds } from '../local-ecr/epoch-seconds';
import { Repository } from '../local-ecr/repository';

/** The only Region that the API works in. */
export const HOME_REGION = 'us-east-1';

/** What a repository shows of its registry. */
interface Home {
  readonly account: string;
  readonly alias: string;
  arnOf(repositoryName: string): string;
}

/** A private repository without encryption, scanning and tag mutability, and with catalog data. */
export class PublicRepository extends Repository {
  /** Undefined until it is put. */
  catalogData?: CatalogData;

  constructor(private readonly registry: Home, name: string, createdAt: number) {
    super({ name, account: registry.account, region: HOME_REGION, createdAt, encryption: { encryptionType: 'AES256' }, scanOnPush: false });
  }

  override get arn(): string {
    return this.registry.arnOf(this.name);
  }

  /** With the alias that is the primary one now. */
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
