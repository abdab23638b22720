import { GetLifecyclePolicyCommand, ImageDetail } from '@aws-sdk/client-ecr';
import { isInUse, KnownImage } from './known-images';
import { runConcurrently } from '../../../lambda/shared/aws/run-concurrently';
import { sendToEcr } from '../../../lambda/shared/aws/send-command';
import { describeExistingImages } from '../../../lambda/shared/images/listing';
import { isNamed, isRepositoryMissing } from '../../../lambda/shared/protocol/errors';
import type { EcrTask } from '../../../lambda/shared/protocol/job';
import { policyGap } from '../../../src/core/shield/policy';
import { isKeepTag } from '../../../src/core/shield/tags';
import { Failure } from '../../failure';
import type { Session } from '../../session/session';
import { reasonOf } from '../../teardown/reason';

/** An image of the state, with what is true in ECR now. A member is undefined if it was not checked or could not be read. */
export interface CheckedImage extends KnownImage {
  readonly live?: 'present' | 'archived' | 'missing';
  readonly hasKeepTag?: boolean;
  readonly isKeptByPolicy?: boolean;
}

export interface RepositoryProblem extends Pick<KnownImage, 'registry' | 'region' | 'repository'> {
  readonly problem: string;
}

/** What was found out about the images of a partition. */
export interface Check {
  readonly images: readonly CheckedImage[];
  /** Why the lifecycle policies of repositories do not keep their images. */
  readonly policyGaps: readonly RepositoryProblem[];
  /** Why repositories could not be read. */
  readonly failures: readonly RepositoryProblem[];
}

const REPOSITORIES_AT_ONCE = 8;

/** Reads the tags of the images in use and the lifecycle policies of their repositories. */
export async function checkProtection(session: Session, images: readonly KnownImage[], tagPrefix: string): Promise<Check> {
  const byRepository = new Map<string, KnownImage[]>();
  for (const image of images) {
    const list = byRepository.get(image.repository) ?? [];
    byRepository.set(image.repository, list);
    list.push(image);
  }
  const checks = new Map<string, Check>();
  await runConcurrently([...byRepository], REPOSITORIES_AT_ONCE, async ([repository, members]) => {
    checks.set(repository, await checkRepository(session, members, tagPrefix));
  });
  const inOrder = [...byRepository.keys()].map(repository => checks.get(repository)!);
  return {
    images: inOrder.flatMap(check => check.images),
    policyGaps: inOrder.flatMap(({ policyGaps }) => policyGaps),
    failures: inOrder.flatMap(({ failures }) => failures),
  };
}

async function checkRepository(session: Session, images: readonly KnownImage[], tagPrefix: string): Promise<Check> {
  const used = images.filter(isInUse);
  if (used.length === 0) return { images, policyGaps: [], failures: [] };
  const [{ registry, region, repository }] = used;
  const task: EcrTask = { ...session.task, ecr: session.clients.ecr(region) };
  const failures = new Array<RepositoryProblem>();
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      session.interruption.check();
      const problem = reasonOf(error, { repository, region });
      // The credentials are the same for every repository.
      if (isNamed(error, 'CredentialsProviderError', 'TokenProviderError')) throw new Failure([problem]);
      failures.push({ registry, region, repository, problem });
      return undefined;
    }
  };
  task.progress(`reading the images in use of repository '${repository}'`);
  const details = await attempt(() => describeInUse(task, registry, repository, used.map(({ digest }) => digest)));
  const policy = await attempt(async () => ({ gap: await findPolicyGap(task, registry, repository, tagPrefix) }));
  return {
    images: images.map(image => isInUse(image) ? {
      ...image,
      ...details && liveStateOf(details.get(image.digest), tagPrefix),
      ...policy && { isKeptByPolicy: policy.gap === undefined },
    } : image),
    policyGaps: policy?.gap === undefined ? [] : [{ registry, region, repository, problem: policy.gap }],
    failures,
  };
}

function liveStateOf(detail: ImageDetail | undefined, tagPrefix: string): Pick<CheckedImage, 'live' | 'hasKeepTag'> {
  if (!detail) return { live: 'missing', hasKeepTag: false };
  const { imageDigest = '', imageTags = [], imageStatus = 'ACTIVE' } = detail;
  return {
    live: imageStatus === 'ACTIVE' ? 'present' : 'archived',
    hasKeepTag: imageTags.some(tag => isKeepTag(tagPrefix, imageDigest, tag)),
  };
}

async function describeInUse(
  task: EcrTask, registry: string, repository: string, digests: readonly string[],
): Promise<Map<string, ImageDetail>> {
  const details = new Map<string, ImageDetail>();
  try {
    for await (const page of describeExistingImages(task, repository, digests, registry)) {
      for (const detail of page) details.set(detail.imageDigest ?? '', detail);
    }
  } catch (error) {
    if (!isRepositoryMissing(error)) throw error;
  }
  return details;
}

async function findPolicyGap(task: EcrTask, registryId: string, repositoryName: string, tagPrefix: string): Promise<string | undefined> {
  try {
    const answer = await sendToEcr(task, GetLifecyclePolicyCommand, { registryId, repositoryName });
    return policyGap(answer?.lifecyclePolicyText, tagPrefix);
  } catch (error) {
    if (isNamed(error, 'LifecyclePolicyNotFoundException')) return policyGap(undefined, tagPrefix);
    if (isRepositoryMissing(error)) return 'the repository does not exist';
    throw error;
  }
}
