import { CreateRepositoryCommand, DescribeRepositoriesCommand } from '@aws-sdk/client-ecr-public';
import type { Repository } from '@aws-sdk/client-ecr-public';
import { PublicJob } from './public-job';
import { templateTags } from './tags';
import { ECR_PUBLIC_PATIENCE, readBack } from '../shared/aws/read-back';
import { sendCommand } from '../shared/aws/send-command';
import { UserError, isNamed, isRepositoryMissing } from '../shared/protocol/errors';
import type { Attributes } from '../shared/protocol/response';

/**
 * @returns the live tags of a repository that already existed; undefined if it was created now
 */
export async function findOrCreate(job: PublicJob): Promise<ReadonlyMap<string, string> | undefined> {
  const { target } = job;
  const liveTags = await target.tags();
  if (liveTags) return liveTags;
  job.begin();
  job.progress(`creating public repository '${target.name}'`);
  const input = { repositoryName: target.name, tags: [...templateTags(job)].map(([Key, Value]) => ({ Key, Value })) };
  try {
    await sendCommand(job, job.ecrPublic, CreateRepositoryCommand, input);
    job.log(`public repository '${target.name}' was created`);
    return undefined;
  } catch (error) {
    if (isNamed(error, 'UnsupportedCommandException')) {
      throw new UserError(`${target.subject} cannot be created: ECR Public is not available to this account or partition.`
        + ` Leave it out of stacks there.\n${(error as Error).message}`, { cause: error });
    }
    if (!isNamed(error, 'RepositoryAlreadyExistsException')) throw error;
    // somebody created it since the read, or an attempt of this call did and its response was lost
    let tags: ReadonlyMap<string, string> | undefined;
    const isShown = async () => (tags = await target.tags()) !== undefined;
    if (await readBack(job, ECR_PUBLIC_PATIENCE, `the tags of public repository '${target.name}'`, isShown)) return tags;
    throw new UserError(`${target.subject} exists, but cannot be read after ${ECR_PUBLIC_PATIENCE / 1_000} seconds. Deploy again.`,
      { cause: error });
  }
}

/** Reads the URI from ECR, because it contains the registry's alias. */
export async function attributesOf(job: PublicJob): Promise<Attributes> {
  const { target, properties: { repositoryArn } } = job;
  const uri = (await describe(job))?.repositoryUri;
  return { RepositoryName: target.name, Arn: repositoryArn, ...uri === undefined ? {} : { RepositoryUri: uri } };
}

/** A repository that was just created may take a while to become visible. */
async function describe(job: PublicJob): Promise<Repository | undefined> {
  const { target } = job;
  let repository: Repository | undefined;
  await readBack(job, ECR_PUBLIC_PATIENCE, `public repository '${target.name}' to show`, async () => {
    try {
      const answer = await sendCommand(job, job.ecrPublic, DescribeRepositoriesCommand, { repositoryNames: [target.name] });
      repository = answer?.repositories?.[0];
      return true;
    } catch (error) {
      if (!isRepositoryMissing(error)) throw error;
      return false;
    }
  });
  return repository;
}
