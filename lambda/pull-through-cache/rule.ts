import { DeletePullThroughCacheRuleCommand, DescribePullThroughCacheRulesCommand } from '@aws-sdk/client-ecr';
import type { PullThroughCacheRule } from '@aws-sdk/client-ecr';
import { ROOT, withoutSlash } from '../../src/core/registry-prefix';
import { PullThroughCacheProperties } from '../../src/core/wire/pull-through-cache';
import { ECR_PATIENCE, readBack } from '../shared/aws/read-back';
import { sendToEcr } from '../shared/aws/send-command';
import { isNamed, OperationError } from '../shared/protocol/errors';
import type { Job } from '../shared/protocol/job';
import { regionOf } from '../shared/protocol/stack';

export type CacheJob = Job<PullThroughCacheProperties>;

const MISSING = 'PullThroughCacheRuleNotFoundException';

export function subjectOf({ properties: { prefix } }: CacheJob): string {
  return `Cache '${prefix}'`;
}

/** Returns the rule of the prefix, which has at most one. */
export async function findRule(job: CacheJob): Promise<PullThroughCacheRule | undefined> {
  const { prefix } = job.properties;
  job.progress(`reading the rule of cache '${prefix}'`);
  try {
    const answer = await sendToEcr(job, DescribePullThroughCacheRulesCommand, { ecrRepositoryPrefixes: [prefix] });
    return answer?.pullThroughCacheRules?.[0];
  } catch (error) {
    if (isNamed(error, MISSING)) return undefined;
    throw error;
  }
}

/** Deletes the rule of the prefix, and waits until Amazon ECR no longer returns it. The cached images remain. */
export async function removeRule(job: CacheJob): Promise<void> {
  const { prefix } = job.properties;
  job.progress(`deleting the rule of cache '${prefix}'`);
  try {
    await sendToEcr(job, DeletePullThroughCacheRuleCommand, { ecrRepositoryPrefix: prefix });
  } catch (error) {
    if (!isNamed(error, MISSING)) throw error;
  }
  const isGone = await readBack(job, ECR_PATIENCE, `the rule of cache '${prefix}' to disappear`, async () => !await findRule(job));
  if (!isGone) {
    throw new OperationError(`${subjectOf(job)}: ${ECR_PATIENCE / 1_000} seconds after its rule was deleted, Amazon ECR still returns it.`
      + ' Try again.');
  }
  job.log(`the rule of cache '${prefix}' was deleted`);
}

/** Waits until Amazon ECR returns the rule with the settings of the template. */
export async function confirmRule(job: CacheJob): Promise<void> {
  const { properties } = job;
  const what = `the rule of cache '${properties.prefix}' to match what was written`;
  const isShown = await readBack(job, ECR_PATIENCE, what, async () => {
    const rule = await findRule(job);
    return rule !== undefined && hasUpstream(rule, properties) && hasCredentials(rule, properties);
  });
  if (isShown) return;
  throw new OperationError(`${subjectOf(job)}: ${ECR_PATIENCE / 1_000} seconds after its rule was written, Amazon ECR returns a different`
    + ' one. Check whether somebody else changes it, then deploy again.');
}

/** Whether the rule is for the same upstream repositories. Amazon ECR cannot change these. */
export function hasUpstream(rule: PullThroughCacheRule, wanted: PullThroughCacheProperties): boolean {
  return hostOf(rule.upstreamRegistryUrl) === hostOf(wanted.upstreamUrl)
    && (rule.upstreamRegistry ?? wanted.upstreamRegistry) === wanted.upstreamRegistry
    && withoutSlash(rule.upstreamRepositoryPrefix ?? ROOT) === withoutSlash(wanted.upstreamPrefix ?? ROOT);
}

export function hasCredentials(rule: PullThroughCacheRule, { credentialArn, roleArn }: PullThroughCacheProperties): boolean {
  return isSameSecret(rule.credentialArn, credentialArn) && (rule.customRoleArn ?? '') === (roleArn ?? '');
}

/** UNCERTAIN: whether Amazon ECR returns a URL as it was sent. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PullThroughCacheRule.html */
function hostOf(url: string | undefined): string | undefined {
  return url?.replace(/^https:\/\//, '').replace(/\/$/, '');
}

/**
 * UNCERTAIN: whether Amazon ECR completes the ARN of a secret that was imported by name. A complete ARN has six more characters.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
 */
function isSameSecret(live: string | undefined, wanted: string | undefined): boolean {
  if (live === wanted) return true;
  return live !== undefined && wanted !== undefined && live.startsWith(`${wanted}-`) && live.length === wanted.length + 7;
}

/** Returns the upstream registry of a rule for a message. */
export function upstreamOf({ upstreamRegistryUrl, upstreamRepositoryPrefix }: PullThroughCacheRule): string {
  return [hostOf(upstreamRegistryUrl), upstreamRepositoryPrefix ?? ROOT].filter(part => part !== ROOT).join('/');
}

export function removalCommand({ request: { StackId }, properties: { prefix } }: CacheJob): string {
  return `aws ecr delete-pull-through-cache-rule --region ${regionOf(StackId)} --ecr-repository-prefix ${prefix}`;
}
