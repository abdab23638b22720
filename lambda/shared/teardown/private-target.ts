import {
  BatchDeleteImageCommand, DeleteRepositoryCommand, DescribeRepositoriesCommand, ListImagesCommand,
} from '@aws-sdk/client-ecr';
import { confirmGone, imageIdsOf, removalFailures } from './removal';
import { MarkedTarget, RemovalFailure } from './target-repository';
import type { HeldImage } from '../../../src/core/images/held-image';
import { ECR_PATIENCE } from '../aws/read-back';
import { sendToEcr } from '../aws/send-command';
import { heldImages, toHeldImage } from '../images/held-images';
import { describeImages, EVERYTHING, readIndexes } from '../images/listing';
import { isNamed, isRepositoryMissing, ifRepositoryMissing } from '../protocol/errors';
import type { EcrTask } from '../protocol/job';
import { tagRepository, untagRepository } from '../repository/mark';
import { readTags, repositoryName } from '../repository/repository';

const PAGE = 1_000;

/** A private repository. The client must be of its Region and account. */
export class PrivateTarget implements MarkedTarget {
  readonly name: string;

  constructor(private readonly task: EcrTask, readonly arn: string, readonly subject = `Repository '${repositoryName(arn)}'`) {
    this.name = repositoryName(arn);
  }

  tags(): Promise<ReadonlyMap<string, string> | undefined> {
    return readTags(this.task, this.arn);
  }

  images(): AsyncGenerator<readonly HeldImage[]> {
    return heldImages(this.task, this.name);
  }

  /** Counts digests, not rows: ListImages has a row for every tag. */
  async count(limit: number): Promise<{ images: number; isMore: boolean }> {
    const digests = new Set<string>();
    let nextToken: string | undefined;
    do {
      this.task.progress(`counting the images of ${this.name} (${digests.size} so far, nothing deleted)`);
      const input = { repositoryName: this.name, maxResults: PAGE, nextToken, filter: EVERYTHING };
      const page = await sendToEcr(this.task, ListImagesCommand, input).catch(ifRepositoryMissing(undefined));
      if (!page) return { images: 0, isMore: false };
      for (const { imageDigest } of page.imageIds ?? []) if (imageDigest) digests.add(imageDigest);
      nextToken = page.nextToken;
    } while (nextToken && digests.size <= limit);
    return { images: digests.size, isMore: nextToken !== undefined };
  }

  async describe(digests: readonly string[]): Promise<HeldImage[]> {
    try {
      return (await describeImages(this.task, this.name, imageIdsOf(digests))).map(toHeldImage);
    } catch (error) {
      if (isRepositoryMissing(error)) return [];
      // one missing image fails the entire call
      if (!isNamed(error, 'ImageNotFoundException')) throw error;
      if (digests.length === 1) return [];
      const middle = Math.ceil(digests.length / 2);
      return [...await this.describe(digests.slice(0, middle)), ...await this.describe(digests.slice(middle))];
    }
  }

  readChildren(indexes: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    return readIndexes(this.task, this.name, indexes);
  }

  async removeImages(digests: readonly string[]): Promise<RemovalFailure[]> {
    const input = { repositoryName: this.name, imageIds: imageIdsOf(digests) };
    const answer = await sendToEcr(this.task, BatchDeleteImageCommand, input, async () => await this.tags() === undefined)
      .catch(ifRepositoryMissing(undefined));
    return removalFailures(answer?.failures);
  }

  tag(key: string, value: string): Promise<void> {
    return tagRepository(this.task, this.arn, key, value);
  }

  untag(keys: readonly string[]): Promise<void> {
    return untagRepository(this.task, this.arn, keys);
  }

  async remove(): Promise<void> {
    await this.delete(true);
  }

  removeIfEmpty(): Promise<boolean> {
    return this.delete(false);
  }

  private async delete(force: boolean): Promise<boolean> {
    let kmsError: Error | undefined;
    try {
      await sendToEcr(this.task, DeleteRepositoryCommand, { repositoryName: this.name, force }, async () =>
        await this.tags() === undefined);
    } catch (error) {
      if (isRepositoryMissing(error)) return true;
      if (!force && isNamed(error, 'RepositoryNotEmptyException')) return false;
      if (!isNamed(error, 'KmsException')) throw error;
      kmsError = error as Error; // ECR also returns this when the repository is gone and only its grants remain
    }
    await confirmGone(this.task, this.subject, ECR_PATIENCE, async () =>
      (await sendToEcr(this.task, DescribeRepositoriesCommand, { repositoryNames: [this.name] }))?.repositories?.[0]?.createdAt, kmsError);
    if (kmsError) {
      this.task.log(`the grants of repository '${this.name}' on its KMS key could not be retired. Retire them yourself:`
        + ` ${kmsError.message}`);
    }
    return true;
  }
}
