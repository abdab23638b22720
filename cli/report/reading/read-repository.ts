import type { ImageGate } from './image-gate';
import type { ListedRepository, Registry } from './registry';
import { isRepositoryMissing, UserError } from '../../../lambda/shared/protocol/errors';
import { isRejection } from '../../aws-refusal';
import { Failure } from '../../failure';
import { Interrupted } from '../../session/interruption';
import { describeCallRefusal } from '../../session/refusal';
import type { ReportedImage } from '../figures/image-figures';
import { MAX_REPOSITORY } from '../limits';

/** What was read of one repository. */
export interface RepositoryReading {
  readonly readAt: number;
  readonly problems: readonly string[];
  /** Undefined if they could not be read. */
  readonly images?: readonly ReportedImage[];
  /** Null without a policy. Undefined if it could not be read, and for ECR Public. */
  readonly policyText?: string | null;
}

/**
 * Reads the images and the lifecycle policy of a repository, and gives them to `use`. They are held only until it returns.
 *
 * @returns undefined if the repository no longer exists
 * @throws Failure if AWS rejects the credentials
 */
export async function readRepository<T>(
  registry: Registry, { name }: ListedRepository, gate: ImageGate, use: (reading: RepositoryReading) => Promise<T>,
): Promise<T | undefined> {
  const reader = {};
  let held = 0;
  const images = new Array<ReportedImage>();
  const readImages = async () => {
    for await (const page of registry.images(name)) {
      const size = page.reduce((sum, { tags }) => sum + 1 + tags.length, 0);
      await gate.add(reader, size);
      held += size;
      if (held > MAX_REPOSITORY) throw new UserError(`there are more than ${MAX_REPOSITORY} images and tags, the limit of this command`);
      for (const image of page) images.push(image);
    }
    return images;
  };
  try {
    const readAt = Date.now();
    const [imageResult, policyResult] = await Promise.all([
      settled('images', readImages()), settled('lifecycle policy', registry.policy(name)),
    ]);
    if (imageResult === 'gone' || policyResult === 'gone') return undefined;
    return await use({
      readAt,
      problems: [imageResult, policyResult].flatMap(({ problem }) => problem ?? []),
      images: imageResult.value,
      policyText: policyResult.value,
    });
  } finally {
    gate.release(reader, held);
  }
}

interface Result<T> {
  readonly value?: T;
  readonly problem?: string;
}

async function settled<T>(what: string, work: Promise<T>): Promise<Result<T> | 'gone'> {
  try {
    return { value: await work };
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    if (isRepositoryMissing(error)) return 'gone';
    // Otherwise, credentials that expire would end the report, with a problem in each of the other repositories.
    if (isRejection(error)) throw new Failure([describeCallRefusal(error)]);
    return { problem: `Its ${what} could not be read: ${describeCallRefusal(error)}` };
  }
}
