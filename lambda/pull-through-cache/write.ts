import { CreatePullThroughCacheRuleCommand, UpdatePullThroughCacheRuleCommand } from '@aws-sdk/client-ecr';
import type { UpstreamRegistry } from '@aws-sdk/client-ecr';
import { CacheJob, subjectOf } from './rule';
import { sendToEcr } from '../shared/aws/send-command';
import { isNamed, OperationError, toSentence } from '../shared/protocol/errors';

/**
 * A new secret is unknown to Amazon ECR for some seconds. https://github.com/entigolabs/entigo-infralib/pull/1645
 */
const SECRET_PATIENCE = 120_000;
const PAUSE = 3_000;
const NOT_SEEN = ['SecretNotFoundException', 'UnableToAccessSecretException'];

export async function sendCreate(job: CacheJob): Promise<void> {
  const { prefix, upstreamRegistry, upstreamUrl, upstreamPrefix, credentialArn, roleArn } = job.properties;
  job.progress(`creating the rule of cache '${prefix}'`);
  await retryUnseen(job, () => sendToEcr(job, CreatePullThroughCacheRuleCommand, {
    ecrRepositoryPrefix: prefix,
    upstreamRegistry: upstreamRegistry as UpstreamRegistry,
    upstreamRegistryUrl: upstreamUrl,
    upstreamRepositoryPrefix: upstreamPrefix,
    credentialArn,
    customRoleArn: roleArn,
  }));
  job.log(`the rule of cache '${prefix}' was created`);
}

/** Changes the secret or the role of the rule. */
export async function sendUpdate(job: CacheJob): Promise<void> {
  const { prefix, credentialArn, roleArn } = job.properties;
  job.progress(`changing the credentials of cache '${prefix}'`);
  try {
    await retryUnseen(job, () => sendToEcr(job, UpdatePullThroughCacheRuleCommand, {
      ecrRepositoryPrefix: prefix, credentialArn, customRoleArn: roleArn,
    }));
  } catch (error) {
    throw explainWrite(job, error);
  }
  job.log(`the credentials of cache '${prefix}' were changed`);
}

async function retryUnseen(job: CacheJob, send: () => Promise<unknown>): Promise<void> {
  const { clock, properties: { prefix } } = job;
  for (const end = clock.now() + SECRET_PATIENCE; ;) {
    try {
      await send();
      return;
    } catch (error) {
      if (!isNamed(error, ...NOT_SEEN) || clock.now() >= end) throw error;
      job.progress(`waiting for Amazon ECR to see the secret of cache '${prefix}'`);
      await clock.sleep(PAUSE);
    }
  }
}

/** Returns the error with what to do, or unchanged if this handler knows nothing about it. */
export function explainWrite(job: CacheJob, error: unknown): unknown {
  const { name, message } = error as Error;
  const advice = adviceFor(name, job);
  if (advice === undefined) return error;
  return new OperationError(`${subjectOf(job)}: ${advice}, then deploy again.\n${toSentence(message || name)}`, { cause: error });
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html#API_CreatePullThroughCacheRule_Errors */
function adviceFor(name: string, { properties: { credentialArn, upstreamUrl } }: CacheJob): string | undefined {
  switch (name) {
    case 'SecretNotFoundException':
      return `Amazon ECR did not find the secret ${credentialArn} for ${SECRET_PATIENCE / 1_000} seconds. Check that it exists in the`
        + ' account and Region of the stack';
    case 'UnableToAccessSecretException':
      return `Amazon ECR cannot access the secret ${credentialArn}. Check the policy of the secret`;
    case 'UnableToDecryptSecretValueException':
      return `Amazon ECR cannot decrypt the secret ${credentialArn}. Let the default key aws/secretsmanager encrypt it`;
    case 'UnsupportedUpstreamRegistryException':
      return `Amazon ECR does not support the upstream registry ${upstreamUrl} with these settings. Check its host and credentials`;
    case 'LimitExceededException':
      return 'the registry has as many rules as its quota allows. Delete a rule, or request a higher quota';
    case 'InvalidParameterException':
    case 'ValidationException':
      return `Amazon ECR rejected the rule for ${upstreamUrl}. Correct its settings`;
    default:
      return undefined;
  }
}
