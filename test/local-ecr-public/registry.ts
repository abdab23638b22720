import { createHash } from 'node:crypto';
import { aliasName } from './constraints';
import { HOME_REGION, PublicRepository } from './repository';
import type { IamContext } from '../local-ecr/iam';
import { Registry, Repositories } from '../local-ecr/registry';

export interface Place {
  /** @default '000000000000' */
  readonly account?: string;
}

/** The public registry of one account. */
export class PublicRegistry extends Registry {
  declare readonly repositories: Repositories<PublicRepository>;
  /** Whether it ever had a repository. The first repository creates the default alias (API reference, RegistryAlias). */
  opened = false;
  /** An AWS Marketplace vendor. */
  verified = false;
  displayName?: string;
  private customAlias?: string;

  constructor(account: string) {
    super(account, HOME_REGION);
  }

  /** The alias in repository URIs. */
  get alias(): string {
    return this.customAlias ?? this.defaultAlias;
  }

  /** Has the format of real aliases, a letter and seven letters or digits. It is the same for the same account. */
  get defaultAlias(): string {
    const number = BigInt(`0x${createHash('sha256').update(this.account).digest('hex').slice(0, 12)}`);
    return `l${number.toString(36).padStart(7, '0').slice(0, 7)}`;
  }

  get aliases(): { readonly name: string; readonly isDefault: boolean }[] {
    if (!this.opened) return [];
    return [
      { name: this.defaultAlias, isDefault: true }, ...this.customAlias === undefined ? [] : [{ name: this.customAlias, isDefault: false }],
    ];
  }

  get arn(): string {
    return `arn:aws:ecr-public::${this.account}:registry/${this.account}`;
  }

  rename(alias: string): void {
    this.customAlias = aliasName(alias);
  }

  add(repository: PublicRepository): void {
    this.opened = true;
    this.repositories.set(repository.name, repository);
  }

  override arnOf(repositoryName: string): string {
    return `arn:aws:ecr-public::${this.account}:repository/${repositoryName}`;
  }

  override repository(name: string): PublicRepository {
    return super.repository(name) as PublicRepository;
  }

  override iamContext(repositoryName: string): IamContext {
    const tags = [...this.repositories.get(repositoryName)?.tags ?? []];
    return Object.fromEntries(tags.flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value], [`ecr-public:ResourceTag/${key}`, value],
    ]));
  }
}

export class PublicRegistries {
  private readonly registries = new Map<string, PublicRegistry>();

  of(account: string): PublicRegistry {
    const registry = this.registries.get(account) ?? new PublicRegistry(account);
    this.registries.set(account, registry);
    return registry;
  }

  /** Finds the registry by the account id or one of its aliases. */
  named(idOrAlias: string): PublicRegistry | undefined {
    if (/^\d{12}$/.test(idOrAlias)) return this.of(idOrAlias);
    return [...this.registries.values()].find(registry => registry.aliases.some(alias => alias.name === idOrAlias));
  }
}
