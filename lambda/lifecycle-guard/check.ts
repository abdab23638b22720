import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import type { Repository } from '@aws-sdk/client-ecr';
import { sameLifecycle } from '../../src/core/lifecycle/normal-form';
import type { LifecycleGuardProperties } from '../../src/core/wire/lifecycle-guard';
import { isNamed } from '../shared/errors';
import type { InUseClients } from '../shared/in-use/clients';
import type { Job } from '../shared/job';
import { askGuard, NO_EFFECT } from '../shared/lifecycle-guard';
import { readLifecycleText, refuseIfChanged } from '../shared/lifecycle-text';
import { untilAllowed } from '../shared/permission';
import type { Attributes } from '../shared/response';
import { isRollingBack, physicalIdOf, readStack } from '../shared/stack';

type GuardJob = Job<LifecycleGuardProperties>;

/** Create and Update: looks at the live repository before CloudFormation changes it, and changes nothing itself. */
export async function check(job: GuardJob, clients: InUseClients, old?: LifecycleGuardProperties): Promise<Attributes> {
  const { properties: { repositoryLogicalId, policyText, guard } } = job;
  const pass = (why: string): Attributes => {
    job.log(`${repositoryLogicalId}: not previewed, ${why}`);
    return NO_EFFECT;
  };
  if (isRollingBack((await readStack(job)).status)) return pass('the stack is rolling back');
  const name = await physicalIdOf(job, repositoryLogicalId);
  const repository = name === undefined ? undefined : await readRepository(job, name);
  if (!repository?.repositoryArn || name === undefined) return pass('the repository does not exist yet');
  if (isReplaced(job.properties, repository, old)) return pass('the repository is replaced by a new one, which is empty');
  const live = await readLifecycleText(job, name);
  if (live !== undefined && sameLifecycle(live, policyText)) return pass('its lifecycle policy means the same already');
  const attributes = await askGuard(job, clients, repository.repositoryArn, policyText, guard);
  await refuseIfChanged(job, name, live);
  return attributes;
}

async function readRepository(job: GuardJob, repositoryName: string): Promise<Repository | undefined> {
  job.progress(`reading repository '${repositoryName}'`);
  try {
    const input = { repositoryNames: [repositoryName] };
    const answer = await untilAllowed(job, () => job.ecr.send(new DescribeRepositoriesCommand(input), { abortSignal: job.signal }));
    return answer?.repositories?.[0];
  } catch (error) {
    if (isNamed(error, 'RepositoryNotFoundException')) return undefined;
    throw error;
  }
}

/**
 * Name and encryption cannot be changed in place. What cannot be compared counts as the same: then the guard is asked, needlessly at worst.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html
 */
function isReplaced({ declaredName, declaredEncryption = 'AES256', declaredKey }: LifecycleGuardProperties, live: Repository, old?: LifecycleGuardProperties): boolean {
  if (declaredName !== undefined && declaredName !== live.repositoryName) return true;
  if (declaredName === undefined && old?.declaredName !== undefined) return true;
  const { encryptionType = 'AES256', kmsKey } = live.encryptionConfiguration ?? {};
  if (declaredEncryption !== encryptionType) return true;
  if (declaredKey === undefined || kmsKey === undefined || declaredKey.includes('alias/')) return false;
  return declaredKey.split('/').pop() !== kmsKey.split('/').pop();
}
