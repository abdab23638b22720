import type { CatalogData } from './catalog-data';
import { HOME_REGION, PublicRegistry } from './registry';
import { epochSeconds } from '../local-ecr/operation';
import { Repository } from '../local-ecr/repository';

/** A private repository without encryption, scanning and tag mutability, and with catalog data. */
export class PublicRepository extends Repository {
  /** Undefined until it is put. */
  catalogData?: CatalogData;

  constructor(private readonly registry: PublicRegistry, name: string, createdAt: number) {
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
