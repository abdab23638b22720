import {
  BatchDeleteImageCommand, DeleteRepositoryCommand, DescribeImagesCommand, DescribeRepositoriesCommand, ListTagsForResourceCommand,
  TagResourceCommand, UntagResourceCommand,
} from '@aws-sdk/client-ecr-public';
import type { ECRPUBLICClient, ImageDetail } from '@aws-sdk/client-ecr-public';
import { confirmGone, imageIdsOf, removalFailures } from './removal';
import { MarkedTarget, RemovalFailure } from './target-repository';
import type { HeldImage } from '../../../src/core/images/held-image';
import { INDEX_MEDIA_TYPES } from '../../../src/core/images/media-types';
import { publicRepositoryName } from '../../../src/core/public-repository/arn';
import { ECR_PUBLIC_PATIENCE } from '../aws/read-back';
import { sendCommand } from '../aws/send-command';
import { UserError, isNamed, isRepositoryMissing } from '../protocol/errors';
import type { Task } from '../protocol/job';

const PAGE = 1_000;

export interface PublicTask extends Task {
  readonly ecrPublic: ECRPUBLICClient;
}

/** A repository of ECR Public, which has one operation to list images, and neither image statuses nor pull times. */
export class PublicTarget implements MarkedTarget {
  readonly name: string;
  readonly subject: string;

  constructor(private readonly task: PublicTask, readonly arn: string) {
    this.name = publicRepositoryName(arn);
    this.subject = `Public repository '${this.name}'`;
  }

  async tags(): Promise<Map<string, string> | undefined> {
    this.task.progress(`reading the tags of public repository '${this.name}'`);
    try {
      const input = { resourceArn: this.arn };
      const answer = await sendCommand(this.task, this.task.ecrPublic, ListTagsForResourceCommand, input);
      return new Map((answer?.tags ?? []).map(tag => [tag.Key ?? '', tag.Value ?? '']));
    } catch (error) {
      if (isRepositoryMissing(error)) return undefined;
      throw error;
    }
  }

  async *images(): AsyncGenerator<readonly HeldImage[]> {
    let nextToken: string | undefined;
    let count = 0;
    try {
      do {
        this.task.progress(`reading the images of public repository '${this.name}' (${count} so far)`);
        const input = { repositoryName: this.name, maxResults: PAGE, nextToken };
        const page = await sendCommand(this.task, this.task.ecrPublic, DescribeImagesCommand, input);
        yield (page?.imageDetails ?? []).map(toHeldImage);
        count += page?.imageDetails?.length ?? 0;
        nextToken = page?.nextToken;
      } while (nextToken);
    } catch (error) {
      if (!isRepositoryMissing(error)) throw error;
    }
  }

  async count(limit: number): Promise<{ images: number; isMore: boolean }> {
    let images = 0;
    for await (const page of this.images()) {
      images += page.length;
      if (images > limit) return { images, isMore: page.length === PAGE };
    }
    return { images, isMore: false };
  }

  describe(): never {
    throw new UserError(`${this.subject}: ECR Public does not return the content of an image index, so it does not support exceptions`);
  }

  readChildren(): never {
    return this.describe();
  }

  async removeImages(digests: readonly string[]): Promise<RemovalFailure[]> {
    const input = { repositoryName: this.name, imageIds: imageIdsOf(digests) };
    try {
      const answer = await sendCommand(
        this.task, this.task.ecrPublic, BatchDeleteImageCommand, input, async () => await this.tags() === undefined,
      );
      return removalFailures(answer?.failures);
    } catch (error) {
      if (isRepositoryMissing(error)) return [];
      throw error;
    }
  }

  tag(key: string, value: string): Promise<void> {
    return this.addTags([[key, value]]);
  }

  async addTags(tags: ReadonlyArray<readonly [string, string]>): Promise<void> {
    this.task.progress(`tagging public repository '${this.name}'`);
    const input = { resourceArn: this.arn, tags: tags.map(([Key, Value]) => ({ Key, Value })) };
    try {
      await sendCommand(this.task, this.task.ecrPublic, TagResourceCommand, input);
    } catch (error) {
      if (!isNamed(error, 'TooManyTagsException')) throw error;
      throw new UserError(`${this.subject} would have more than the 50 tags that ECR allows. Remove some, then deploy again.`, {
        cause: error,
      });
    }
  }

  async untag(tagKeys: readonly string[]): Promise<void> {
    this.task.progress(`removing ${tagKeys.join(', ')} from public repository '${this.name}'`);
    try {
      const input = { resourceArn: this.arn, tagKeys: [...tagKeys] };
      await sendCommand(this.task, this.task.ecrPublic, UntagResourceCommand, input, async () => {
        const live = await this.tags();
        return !tagKeys.some(key => live?.has(key));
      });
    } catch (error) {
      if (!isRepositoryMissing(error)) throw error;
    }
  }

  async remove(): Promise<void> {
    await this.delete(true);
  }

  removeIfEmpty(): Promise<boolean> {
    return this.delete(false);
  }

  private async delete(force: boolean): Promise<boolean> {
    try {
      const input = { repositoryName: this.name, force };
      await sendCommand(this.task, this.task.ecrPublic, DeleteRepositoryCommand, input, async () => await this.tags() === undefined);
    } catch (error) {
      if (isRepositoryMissing(error)) return true;
      if (!force && isNamed(error, 'RepositoryNotEmptyException')) return false;
      throw error;
    }
    await confirmGone(this.task, this.subject, ECR_PUBLIC_PATIENCE, async () => {
      const input = { repositoryNames: [this.name] };
      return (await sendCommand(this.task, this.task.ecrPublic, DescribeRepositoriesCommand, input))?.repositories?.[0]?.createdAt;
    });
    return true;
  }
}

function toHeldImage(detail: ImageDetail): HeldImage {
  const { imageDigest = '', imageTags = [], imageManifestMediaType = '', imagePushedAt, imageSizeInBytes } = detail;
  return {
    digest: imageDigest,
    tags: imageTags,
    isIndex: INDEX_MEDIA_TYPES.includes(imageManifestMediaType),
    pushedAt: imagePushedAt?.getTime(),
    sizeInBytes: imageSizeInBytes,
  };
}
