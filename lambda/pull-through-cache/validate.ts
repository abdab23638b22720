import { ValidatePullThroughCacheRuleCommand } from '@aws-sdk/client-ecr';
import { CacheJob, subjectOf } from './rule';
import { readBack } from '../shared/aws/read-back';
import { sendToEcr } from '../shared/aws/send-command';
import { isNamed, toSentence, UserError } from '../shared/protocol/errors';

/** How long a failed validation is repeated, because a new secret or role may not be usable yet. Each one logs in to the registry. */
const PATIENCE = 30_000;

/**
 * Lets Amazon ECR log in to the upstream registry, as the first pull will. Validation is for rules with credentials only.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ValidatePullThroughCacheRule.html
 *
 * @throws UserError with the reason if Amazon ECR cannot log in
 */
export async function validateRule(job: CacheJob): Promise<void> {
  const { prefix, upstreamUrl, credentialArn, roleArn } = job.properties;
  if (credentialArn === undefined && roleArn === undefined) return;
  let failure: string | undefined;
  const isValid = await readBack(job, PATIENCE, `Amazon ECR to log in to ${upstreamUrl}`, async () => {
    failure = await validateOnce(job);
    return failure === undefined;
  });
  if (isValid) return job.log(`Amazon ECR can log in to ${upstreamUrl} for cache '${prefix}'`);
  const remedy = credentialArn === undefined
    ? `Check the trust policy of the role ${roleArn}, and that the upstream registry allows the account of the role`
    : `Check that the secret ${credentialArn} has the JSON keys username and accessToken, and that these are right`;
  throw new UserError(`${subjectOf(job)}: Amazon ECR cannot pull from ${upstreamUrl}: ${toSentence(failure!)} ${remedy}, then deploy`
    + ' again.');
}

/** Returns why the validation failed. */
async function validateOnce(job: CacheJob): Promise<string | undefined> {
  const { prefix, credentialArn } = job.properties;
  job.progress(`validating the rule of cache '${prefix}'`);
  try {
    const answer = await sendToEcr(job, ValidatePullThroughCacheRuleCommand, { ecrRepositoryPrefix: prefix });
    return answer?.isValid ? undefined : answer?.failure ?? 'Amazon ECR gave no reason';
  } catch (error) {
    // UNCERTAIN: whether a rule with a role can be validated
    if (credentialArn !== undefined || !isNamed(error, 'InvalidParameterException', 'ValidationException')) throw error;
    job.log(`cache '${prefix}': Amazon ECR does not validate the rule: ${(error as Error).message}`);
    return undefined;
  }
}
