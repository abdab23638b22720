import { DeleteRepositoryCommand, DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { markOf } from './claim';
import { askGuards } from './guards';
import { refusalCode, refused } from './refusal';
import { markKey } from '../../src/core/mark';
import { TEARDOWN_CODE_TAG, TEARDOWN_HANDLER, TeardownProperties } from '../../src/core/wire/teardown';
import { Explained, isNamed } from '../shared/errors';
import type { Job } from '../shared/job';
import { ownerOf, releaseMark } from '../shared/mark';
import { untilAllowed } from '../shared/permission';
import { readTags, repositoryName } from '../shared/repository';
import { readStack, wholeStackGoes } from '../shared/stack';
import { isElsewhere } from '../shared/target';

type TeardownJob = Job<TeardownProperties>;

const KEY = markKey(TEARDOWN_HANDLER);
const READ_BACKS = 5;

/** Delete: removes the repository with its images only when the whole stack goes, the mark is its own and no guard refuses. */
export async function tearDown(job: TeardownJob): Promise<void> {
  const { properties: { onStackDelete, repositoryArn }, request } = job;
  const name = repositoryName(repositoryArn);
  if (isElsewhere(job)) return job.log(`repository '${name}' is in another account or Region, nothing was done to it`);
  const tags = await readTags(job, repositoryArn);
  if (!tags) return job.log(`repository '${name}' is gone already`);

  const owner = ownerOf(job, markOf(job), tags);
  if (owner === 'same-stack' || owner === 'other-stack') {
    return job.log(`repository '${name}' is left alone: its tag ${KEY} names ${tags.get(KEY)}, not this resource`);
  }

  const stack = await readStack(job);
  if (onStackDelete === 'retain' || !await wholeStackGoes(job, stack)) {
    if (owner === 'own') await releaseMark(job, markOf(job), stack.status);
    return job.log(`repository '${name}' is kept with its images: `
      + (onStackDelete === 'retain' ? 'its deletion policy is Retain' : `the whole stack is not being deleted (it is ${stack.status})`)
      + `; to delete it by hand: aws ecr delete-repository --region ${request.StackId.split(':')[3]} --repository-name ${name} --force`);
  }

  const refusals = await askGuards(job, stack, tags);
  const lifted = refusals.length > 0 && tags.get(TEARDOWN_CODE_TAG) === refusalCode(request, repositoryArn, refusals);
  if (owner === 'none' || (refusals.length > 0 && !lifted)) throw refused(job, stack, refusals, owner === 'none');
  if (lifted) job.log(`repository '${name}' is deleted although ${refusals.map(refusal => refusal.because).join('; and ')}: its tag ${TEARDOWN_CODE_TAG} lifts that`);

  await deleteRepository(job, name);
  job.log(`repository '${name}' was deleted with its images`);
}

async function deleteRepository(job: TeardownJob, name: string): Promise<void> {
  job.progress(`deleting repository '${name}' with its images`);
  let kmsError: unknown;
  try {
    await untilAllowed(
      job,
      () => job.ecr.send(new DeleteRepositoryCommand({ repositoryName: name, force: true }), { abortSignal: job.signal }),
      async () => await readTags(job, job.properties.repositoryArn) === undefined,
    );
  } catch (error) {
    if (isNamed(error, 'RepositoryNotFoundException')) return;
    if (!isNamed(error, 'KmsException')) throw error;
    kmsError = error; // ECR says so too when the repository is gone and only its grants are left
  }
  await confirmGone(job, name, kmsError);
}

async function confirmGone(job: TeardownJob, name: string, kmsError: unknown): Promise<void> {
  job.progress(`seeing that repository '${name}' is gone`);
  for (let reading = 1; reading <= READ_BACKS; reading++) {
    try {
      await untilAllowed(job, () => job.ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }), { abortSignal: job.signal }));
    } catch (error) {
      if (!isNamed(error, 'RepositoryNotFoundException')) throw error;
      if (kmsError) job.log(`the grants of repository '${name}' on its KMS key could not be retired, retire them by hand: ${(kmsError as Error).message}`);
      return;
    }
    if (kmsError) throw kmsError;
    if (reading < READ_BACKS) await job.clock.sleep(1_000);
  }
  throw new Explained(
    `Repository '${name}' exists although it was just deleted: a push, a pull-through cache rule or replication made it again`
    + ' — stop that, then delete the stack again',
  );
}
