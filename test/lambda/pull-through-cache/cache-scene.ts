import type { Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { registry } from '../../../src';
import type { CacheRule } from '../../local-ecr/cache-rules';
import { LocalRegistry } from '../../local-registry/local-registry';
import type { DeployedStack } from '../deployed-stack';
import type { LocalAccount } from '../local-account';

export const TYPE = 'Custom::EcrPullThroughCache';
export const HUB = 'registry-1.docker.io';
export const PREFIX = 'docker-hub';

const PASSWORD = 'pass';
const SECRETS = { first: 'ecr-pullthroughcache/first', second: 'ecr-pullthroughcache/second' };
export type Secret = keyof typeof SECRETS;

/** Fifty days before any test. */
export const LONG_AGO = Date.now() - 50 * 86_400_000;

export function arnOf(secret: Secret): string {
  return `arn:aws:secretsmanager:us-east-1:000000000000:secret:${SECRETS[secret]}-AbCdEf`;
}

/** Starts Docker Hub, which requires a login. */
export function startHub(): Promise<LocalRegistry> {
  return LocalRegistry.start({ authentication: 'token', credentials: { username: 'user', password: PASSWORD } });
}

/** Connects Amazon ECR with Docker Hub, and creates both secrets. */
export function connectHub(account: LocalAccount, hub: LocalRegistry): void {
  account.ecr.upstream(HUB, hub.url);
  for (const secret of ['first', 'second'] as const) setSecret(account, secret);
}

export function setSecret(account: LocalAccount, secret: Secret, accessToken = PASSWORD): void {
  account.secrets.secret(SECRETS[secret], JSON.stringify({ username: 'user', accessToken }));
}

/** Builds a stack with a cache of Docker Hub. */
export function withSecret(secret: Secret): (stack: Stack) => void {
  return builders[secret];
}

export function cacheOf(upstream: (stack: Stack) => registry.Upstream): (stack: Stack) => void {
  return stack => { new registry.PullThroughCache(stack, 'Cache', { upstream: upstream(stack), prefix: PREFIX }); };
}

/** The stacks of one builder are synthesized only once. */
const builders = Object.fromEntries((['first', 'second'] as const).map(secret => [secret, cacheOf(stack =>
  registry.Upstream.dockerHub(secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', arnOf(secret))))]),
) as Record<Secret, (stack: Stack) => void>;

/** Returns a rule for Docker Hub. */
export function ruleWith(secret: Secret, createdAt = LONG_AGO): Omit<CacheRule, 'prefix'> {
  return {
    upstreamRegistry: 'docker-hub',
    upstreamUrl: HUB,
    upstreamPrefix: 'ROOT',
    credentialArn: arnOf(secret),
    createdAt,
    updatedAt: createdAt,
  };
}

/** A rule of somebody else for another registry. */
export const QUAY: Omit<CacheRule, 'prefix'> = {
  upstreamRegistry: 'quay', upstreamUrl: 'quay.io', upstreamPrefix: 'ROOT', createdAt: LONG_AGO, updatedAt: LONG_AGO,
};

/** CloudFormation begins to create the custom resource. */
export function beginCreation(account: LocalAccount, stack: DeployedStack): void {
  account.cloudFormation.stack(stack.stackId).status('CREATE_IN_PROGRESS')
    .resourceEvent(stack.logicalIds(TYPE)[0], TYPE, 'CREATE_IN_PROGRESS');
}
