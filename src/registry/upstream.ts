import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { AZURE_HOST, UPSTREAMS } from '../core/upstreams';
import { throwProblems } from '../private/problems';
import { checkOptions, PropertyTypes, required, ROLE, SECRET, TEXT } from '../private/property-types';
import { UpstreamSource } from '../private/registry/upstream';

/**
 * Options of `Upstream.ecr`.
 *
 * @stability stable
 */
export interface EcrUpstreamOptions {
  /**
   * ID of the account of the upstream registry, 12 digits. The policies of its repositories, or of the registry, must allow the account of
   * the stack to pull.
   *
   * @default - the account of the stack
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html
   */
  readonly account?: string;

  /**
   * Region of the upstream registry.
   *
   * @default - the Region of the stack
   */
  readonly region?: string;

  /**
   * Role of the stack's account with which Amazon ECR pulls from a registry of another account. It must trust
   * `pullthroughcache.ecr.amazonaws.com`.
   *
   * @default - a role with only the necessary permissions, if the registry is in another account
   */
  readonly role?: iam.IRole;

  /**
   * Beginning of the names of the upstream repositories, 2 to 30 characters of complete segments. The prefix of the cache replaces it.
   *
   * @default ROOT - all repositories, whose complete names follow the prefix of the cache
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private-wildcards.html
   */
  readonly repositoryPrefix?: string;
}

const ECR_OPTION_TYPES: PropertyTypes<EcrUpstreamOptions> = { account: TEXT, region: TEXT, role: ROLE, repositoryPrefix: TEXT };

/**
 * Registry whose images a `PullThroughCache` caches.
 *
 * A secret has the JSON keys `username` and `accessToken`. Its name begins with `ecr-pullthroughcache/`, it is in the account and Region of
 * the stack, and it is encrypted with the default key `aws/secretsmanager`.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-creating-secret.html
 * @stability stable
 */
export class Upstream {
  /**
   * Caches images of Docker Hub.
   *
   * @param credentials Secret with the user name and an access token.
   */
  public static dockerHub(credentials: secretsmanager.ISecret): Upstream {
    return Upstream.withSecret('dockerHub', credentials);
  }

  /**
   * Caches images of the GitHub Container Registry, `ghcr.io`.
   *
   * @param credentials Secret with the user name and a personal access token.
   */
  public static gitHub(credentials: secretsmanager.ISecret): Upstream {
    return Upstream.withSecret('gitHub', credentials);
  }

  /**
   * Caches images of the GitLab Container Registry, `registry.gitlab.com`. Other instances of GitLab are not supported.
   *
   * @param credentials Secret with the user name and an access token.
   */
  public static gitLab(credentials: secretsmanager.ISecret): Upstream {
    return Upstream.withSecret('gitLab', credentials);
  }

  /**
   * Caches images of the Chainguard Registry, `cgr.dev`.
   *
   * @param credentials Secret with the user name and a pull token.
   */
  public static chainguard(credentials: secretsmanager.ISecret): Upstream {
    return Upstream.withSecret('chainguard', credentials);
  }

  /**
   * Caches images of a Microsoft Azure Container Registry.
   *
   * @param host Host of the registry, such as `team.azurecr.io`.
   * @param credentials Secret with the user name and an access token.
   * @throws if the host does not end in `.azurecr.io`
   */
  public static azure(host: string, credentials: secretsmanager.ISecret): Upstream {
    checkOptions('Upstream.azure', { host, credentials }, { host: required(TEXT), credentials: required(SECRET) });
    throwProblems('Upstream.azure', AZURE_HOST.test(host) ? []
      : [`'host' must be the host of a registry, such as team.azurecr.io, got: ${JSON.stringify(host)}`]);
    return new Upstream({ kind: 'azure', url: host, secret: credentials });
  }

  /** Caches images of the Amazon ECR Public Gallery, `public.ecr.aws`. */
  public static ecrPublic(): Upstream {
    return new Upstream({ kind: 'ecrPublic', url: UPSTREAMS.ecrPublic.url });
  }

  /** Caches public images of Quay, `quay.io`. */
  public static quay(): Upstream {
    return new Upstream({ kind: 'quay', url: UPSTREAMS.quay.url });
  }

  /** Caches images of the registry of Kubernetes, `registry.k8s.io`. */
  public static kubernetes(): Upstream {
    return new Upstream({ kind: 'kubernetes', url: UPSTREAMS.kubernetes.url });
  }

  /**
   * Caches images of a private registry of Amazon ECR in another account or Region.
   *
   * @param options Account and Region of the registry, at least one of which differs from those of the stack.
   */
  public static ecr(options: EcrUpstreamOptions): Upstream {
    checkOptions('Upstream.ecr', options, ECR_OPTION_TYPES);
    return new Upstream({ kind: 'ecr', ...options });
  }

  private static withSecret(kind: 'dockerHub' | 'gitHub' | 'gitLab' | 'chainguard', secret: secretsmanager.ISecret): Upstream {
    checkOptions(`Upstream.${kind}`, { credentials: secret }, { credentials: required(SECRET) });
    return new Upstream({ kind, url: UPSTREAMS[kind].url, secret });
  }

  /** @internal */
  private constructor(public readonly _source: UpstreamSource) {}
}
