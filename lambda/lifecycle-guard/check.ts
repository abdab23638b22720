import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import type { Repository } from '@aws-sdk/client-ecr';
import { sameLifecycle } from '../../src/core/lifecycle/normal-form';
import { LifecycleGuardProperties, UNKNOWN_ENCRYPTION } from '../../src/core/wire/lifecycle-guard';
import { sendToEcr } from '../shared/aws/send-command';
import type { LifecycleClients } from '../shared/lifecycle/clients';
import { checkGuard, NO_EFFECT } from '../shared/lifecycle/guard';
import { readLifecycleText, refuseIfChanged } from '../shared/lifecycle/text';
import { isRepositoryMissing } from '../shared/protocol/errors';
import type { Job } from '../shared/protocol/job';
import type { Attributes } from '../shared/protocol/response';
import { isRollingBackNow, physicalIdOf, readStack } from '../shared/protocol/stack';

type GuardJob = Job<LifecycleGuardProperties>;

/** Create and Update: checks the live repository before CloudFormation changes it. Does not change the repository. */
export async function check(job: GuardJob, clients: LifecycleClients, old?: LifecycleGuardProperties): Promise<Attributes> {
  const { properties: { repositoryLogicalId, policyText, guard, declaredName } } = job;
  const pass = (why: string): Attributes => {
    job.log(`${repositoryLogicalId}: the preview is skipped, because ${why}`);
    return NO_EFFECT;
  };
  if (isRollingBackNow((await readStack(job)).status)) return pass('the stack is rolling back');
  // the stack may not have the repository yet: CloudFormation can import one of that name
  const name = await physicalIdOf(job, repositoryLogicalId) ?? declaredName;
  const repository = name === undefined ? undefined : await readRepository(job, name);
  if (!repository?.repositoryArn || name === undefined) return pass('the repository does not exist yet');
  if (isReplaced(job.properties, repository, old)) return pass('a new, empty repository replaces this one');
  const live = await readLifecycleText(job, name);
  if (live !== undefined && sameLifecycle(live, policyText)) return pass('the live lifecycle policy already has the same meaning');
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
 * CloudFormation replaces a repository when its name or encryption changes in the template. An imported repository may have differed from
 * the template from the beginning, and is not replaced for that. Values that cannot be compared count as equal. The guard is then checked,
 * at worst unnecessarily.
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
