import { crc32 } from 'node:zlib';
import { AwsError } from './aws-error';
import type { CacheRule } from './cache-rules';
import type { CreationTemplate } from './creation-templates';
import type { IamContext } from './iam';
import type { ReplicationRule } from './replication-rules';
import type { Repository } from './repository';
import type { RepositoryPolicy } from './repository-policy';

export interface Place {
  /** @default '000000000000' */
  readonly account?: string;
  /** @default 'us-east-1' */
  readonly region?: string;
}

/** Repositories by name. ECR was seen listing them neither by name nor by date, so the order here is that of a checksum of the name. */
export class Repositories<R extends Repository = Repository> extends Map<string, R> {
  private listed?: readonly R[];

  override set(name: string, repository: R): this {
    this.listed = undefined;
    return super.set(name, repository);
  }

  override delete(name: string): boolean {
    this.listed = undefined;
    return super.delete(name);
  }

  inListOrder(): readonly R[] {
    this.listed ??= [...this].map(([name, repository]) => ({ checksum: crc32(name), repository }))
      .sort((one, other) => one.checksum - other.checksum).map(({ repository }) => repository);
    return this.listed;
  }
}

/** The repositories of one account in one Region. */
export class Registry {
  readonly repositories = new Repositories();
  replicationRules: readonly ReplicationRule[] = [];
  /** The creation templates by prefix. */
  readonly templates = new Map<string, CreationTemplate>();
  /** The pull-through cache rules by prefix. */
  readonly cacheRules = new Map<string, CacheRule>();
  /** The registry policy, with the unique ids of its principals. */
  policy?: RepositoryPolicy;
  /** The account setting BLOB_MOUNTING. */
  blobMounting: 'ENABLED' | 'DISABLED' = 'DISABLED';

  constructor(readonly account: string, readonly region: string) {}

  arnOf(repositoryName: string): string {
    return `arn:aws:ecr:${this.region}:${this.account}:repository/${repositoryName}`;
  }

  repository(name: string): Repository {
    const repository = this.repositories.get(name);
    if (!repository) {
      throw new AwsError('RepositoryNotFoundException',
        `The repository with name '${name}' does not exist in the registry with id '${this.account}'`);
    }
    return repository;
  }

  /**
   * What a policy can ask of a repository: its live tags. A repository that does not exist has none, so an Allow on a tag
   * does not match and the caller reads AccessDenied where another would read RepositoryNotFound.
   */
  iamContext(repositoryName: string): IamContext {
    const tags = [...this.repositories.get(repositoryName)?.tags ?? []];
    return Object.fromEntries(tags.flatMap(([key, value]) => [[`aws:ResourceTag/${key}`, value], [`ecr:ResourceTag/${key}`, value]]));
  }
}

export class Registries {
  private readonly registries = new Map<string, Registry>();

  of(account: string, region: string): Registry {
    const key = `${account} ${region}`;
    const registry = this.registries.get(key) ?? new Registry(account, region);
    this.registries.set(key, registry);
    return registry;
  }
}
