import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import type { Repository } from '@aws-sdk/client-ecr';
import { sameLifecycle } from '../../src/core/lifecycle/normal-form';
import { LifecycleGuardProperties, UNKNOWN_ENCRYPTION } from '../../src/core/wire/lifecycle-guard';
import { sendToEcr } from '../shared/aws/send-command';
import type { InUseClients } from '../shared/in-use/clients';
import { checkGuard, NO_EFFECT } from '../shared/lifecycle/guard';
import { readLifecycleText, refuseIfChanged } from '../shared/lifecycle/text';
import { isRepositoryMissing } from '../shared/protocol/errors';
import type { Job } from '../shared/protocol/job';
import type { Attributes } from '../shared/protocol/response';
import { isRollingBackNow, physicalIdOf, readStack } from '../shared/protocol/stack';

type GuardJob = Job<LifecycleGuardProperties>;

/** Create and Update: checks the live repository before CloudFormation changes it, and changes nothing itself. */
export async function check(job: GuardJob, clients: InUseClients, old?: LifecycleGuardProperties): Promise<Attributes> {
  const { properties: { repositoryLogicalId, policyText, guard, declaredName } } = job;
  const pass = (why: string): Attributes => {
    job.log(`${repositoryLogicalId}: not previewed, ${why}`);
    return NO_EFFECT;
  };
  if (isRollingBackNow((await readStack(job)).status)) return pass('the stack is rolling back');
  // a repository of that name outside the stack counts as well: CloudFormation may import it
  const name = await physicalIdOf(job, repositoryLogicalId) ?? declaredName;
  const repository = name === undefined ? undefined : await readRepository(job, name);
  if (!repository?.repositoryArn || name === undefined) return pass('the repository does not exist yet');
  if (isReplaced(job.properties, repository, old)) return pass('the repository is replaced by a new one, which is empty');
  const live = await readLifecycleText(job, name);
  if (live !== undefined && sameLifecycle(live, policyText)) return pass('its lifecycle policy means the same already');
  const attributes = await checkGuard(job, clients, repository.repositoryArn, policyText, guard);
  if (guard.mode === 'refuse') await refuseIfChanged(job, name, live);
  return attributes;
}

async function readRepository(job: GuardJob, repositoryName: string): Promise<Repository | undefined> {
  job.progress(`reading repository '${repositoryName}'`);
  try {
    const input = { repositoryNames: [repositoryName] };
    const answer = await sendToEcr(job, DescribeRepositoriesCommand, input);
    return answer?.repositories?.[0];
  } catch (error) {
    if (isRepositoryMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Name and encryption cannot be changed in place. A repository may always have differed from the template (it was imported so):
 * CloudFormation replaces it only when the template changes. Values that cannot be compared count as equal: then the guard is checked, at
 * worst without need.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html
 */
function isReplaced(declared: LifecycleGuardProperties, live: Repository, old?: LifecycleGuardProperties): boolean {
  const { declaredName } = declared;
  if (declaredName !== undefined && declaredName !== live.repositoryName) return true;
  if (declaredName === undefined && old?.declaredName !== undefined) return true;
  if (old ? isSameEncryption(declared, old) : declared.declaredEncryption === undefined) return false;
  const { encryptionType = 'AES256', kmsKey } = live.encryptionConfiguration ?? {};
  const { declaredEncryption = 'AES256', declaredKey } = declared;
  if (declaredEncryption === UNKNOWN_ENCRYPTION) return false;
  if (declaredEncryption !== encryptionType) return true;
  if (declaredKey === undefined || kmsKey === undefined || declaredKey.includes('alias/')) return false;
  return declaredKey.split('/').pop() !== kmsKey.split('/').pop();
}

function isSameEncryption(one: LifecycleGuardProperties, other: LifecycleGuardProperties): boolean {
  return one.declaredEncryption === other.declaredEncryption && one.declaredKey === other.declaredKey;
}
