import { Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { secretProblems } from './upstream-secret';
import { CACHE_PREFIX, namesUnder, registryPrefixProblems, ROOT, withoutSlash } from '../../core/registry-prefix';
import { UPSTREAMS } from '../../core/upstreams';
import { accountIdProblems, regionProblems } from '../problems';
import { isKnownToDiffer } from '../repository/unowned-repository';

/** `Upstream`, without the public class. */
export type UpstreamSource = ExternalSource | EcrSource;

/** A registry outside of this account's Amazon ECR. */
export interface ExternalSource {
  readonly kind: Exclude<keyof typeof UPSTREAMS, 'ecr'>;
  readonly url: string;
  readonly secret?: secretsmanager.ISecret;
}

/** A private registry of Amazon ECR. */
export interface EcrSource {
  readonly kind: 'ecr';
  readonly account?: string;
  readonly region?: string;
  readonly role?: iam.IRole;
  readonly repositoryPrefix?: string;
}

export function upstreamProblems(scope: Construct, prefix: string, source: UpstreamSource): string[] {
  if (source.kind !== 'ecr') return source.secret ? secretProblems(scope, source.secret) : [];
  const { account, region, role, repositoryPrefix } = source;
  const stack = Stack.of(scope);
  const isOwn = (value: string | undefined, own: string) => value === undefined || value === own;
  return [
    ...accountIdProblems('upstream.account', account),
    ...regionProblems('upstream.region', region),
    ...isOwn(account, stack.account) && isOwn(region, stack.region)
      ? ['\'upstream\' must be another registry than the one of the stack. Specify its \'account\' or its \'region\''] : [],
    ...repositoryPrefix === undefined || Token.isUnresolved(repositoryPrefix) ? []
      : registryPrefixProblems(repositoryPrefix, CACHE_PREFIX, 'upstream.repositoryPrefix'),
    // https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private-wildcards.html
    ...prefix === ROOT && repositoryPrefix !== undefined && repositoryPrefix !== ROOT
      ? [`'upstream.repositoryPrefix' must not be combined with the prefix ROOT, got: ${repositoryPrefix}`] : [],
    ...role && isKnownToDiffer(role.env.account, stack.account)
      ? [`'upstream.role' must be in the account of the stack, ${stack.account}, got: ${role.env.account}`] : [],
  ];
}

/** Returns the host of a registry, as in requests. */
export function upstreamUrl(scope: Construct, source: UpstreamSource): string {
  if (source.kind !== 'ecr') return source.url;
  const stack = Stack.of(scope);
  return `${source.account ?? stack.account}.dkr.ecr.${source.region ?? stack.region}.${stack.urlSuffix}`;
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html */
const COPY = [
  'ecr:GetDownloadUrlForLayer', 'ecr:BatchImportUpstreamImage', 'ecr:BatchGetImage', 'ecr:InitiateLayerUpload', 'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload', 'ecr:PutImage',
];
const COPY_FROM_ANY = ['ecr:GetAuthorizationToken', 'ecr:GetImageCopyStatus'];

/** The service that assumes the role of an upstream registry, and that has the service-linked role. */
export const CACHE_SERVICE = 'pullthroughcache.ecr.amazonaws.com';

/**
 * Returns the role with which Amazon ECR reads a registry of another account. A registry of the same account needs none.
 *
 * The documented policy is for all repositories. This one is for those of the cache and of the upstream registry. Which of the two each
 * action is for is not documented.
 */
export function upstreamRole(scope: Construct, prefix: string, source: EcrSource): iam.IRole | undefined {
  const stack = Stack.of(scope);
  const { role, account = stack.account, region = stack.region, repositoryPrefix } = source;
  if (role || account === stack.account) return role;
  const repositories = (names: string, environment: object) =>
    stack.formatArn({ service: 'ecr', resource: 'repository', resourceName: `${names}*`, ...environment });
  const created = new iam.Role(scope, 'UpstreamRole', {
    assumedBy: new iam.ServicePrincipal(CACHE_SERVICE),
    description: `cdk-ecr-keeper: lets Amazon ECR cache images of account ${account}`,
  });
  created.addToPolicy(new iam.PolicyStatement({
    actions: COPY,
    resources: [
      repositories(namesUnder(prefix), {}), repositories(namesUnder(repositoryPrefix ?? ROOT), { account, region }),
    ],
  }));
  created.addToPolicy(new iam.PolicyStatement({ actions: COPY_FROM_ANY, resources: ['*'] }));
  return created;
}

/** Returns the prefix of the upstream repositories for a request. Amazon ECR assumes ROOT. */
export function upstreamPrefix({ repositoryPrefix }: EcrSource): string | undefined {
  return repositoryPrefix === undefined || repositoryPrefix === ROOT ? undefined : withoutSlash(repositoryPrefix);
}
