import {
  DescribeImagesCommand, DescribeRepositoriesCommand, ECRPUBLICClient, ListTagsForResourceCommand,
} from '@aws-sdk/client-ecr-public';
import { forOneCall } from './call-task';
import { allPages, pagesOf } from './pages';
import { ListedRepository, PUBLIC, Registry, StackTags } from './registry';
import { reportedImages } from './reported-images';
import { stackTagsIn } from './stack-tags';
import { runConcurrently } from '../../../lambda/shared/aws/run-concurrently';
import { sendCommand } from '../../../lambda/shared/aws/send-command';
import { ifRepositoryMissing } from '../../../lambda/shared/protocol/errors';
import { PUBLIC_REGION } from '../../../src/core/public-repository/region';
import type { Session } from '../../session/session';
import type { ReportedImage } from '../figures/image-figures';
import { MAX_IMAGES, MAX_REPOSITORIES } from '../limits';

/** https://docs.aws.amazon.com/AmazonECRPublic/latest/APIReference/API_DescribeRepositories.html and API_DescribeImages.html */
const PAGE = 1_000;
const TAGS_AT_ONCE = 4;

/** The registry of ECR Public. Its images have no recorded pulls, no storage class, and no scans, and it has no lifecycle policies. */
export class PublicRegistry implements Registry {
  readonly id = PUBLIC;
  readonly region = PUBLIC_REGION;
  private readonly ecrPublic: ECRPUBLICClient;

  constructor(private readonly session: Session) {
    this.ecrPublic = session.clients.ecrPublic();
  }

  get clockOffset(): number {
    return this.ecrPublic.config.systemClockOffset;
  }

  list(): Promise<ListedRepository[]> {
    const { session: { task }, ecrPublic } = this;
    return allPages(
      nextToken => {
        task.progress('listing public repositories');
        return sendCommand(forOneCall(task), ecrPublic, DescribeRepositoriesCommand, { nextToken, maxResults: PAGE });
      },
      ({ repositories = [] }) => repositories.map(({ repositoryName = '', repositoryArn = '', createdAt }) =>
        ({ registry: PUBLIC, name: repositoryName, arn: repositoryArn, createdAt: createdAt?.getTime() ?? 0 })),
      MAX_REPOSITORIES,
    );
  }

  images(repositoryName: string): AsyncGenerator<readonly ReportedImage[]> {
    const { session: { task }, ecrPublic } = this;
    const input = { repositoryName, maxResults: PAGE };
    return pagesOf(
      nextToken => sendCommand(forOneCall(task), ecrPublic, DescribeImagesCommand, { ...input, nextToken }),
      ({ imageDetails = [] }) => reportedImages(imageDetails),
      MAX_IMAGES,
    );
  }

  async policy(): Promise<undefined> {
    return undefined;
  }

  /** UNCERTAIN: whether the tagging API returns public repositories, so each of them is read. A registry has few of them. */
  async stackTags(repositories: readonly ListedRepository[]): Promise<ReadonlyMap<string, StackTags>> {
    const { session: { task }, ecrPublic } = this;
    const tags = new Map<string, StackTags>();
    await runConcurrently(repositories, TAGS_AT_ONCE, async ({ arn: resourceArn }) => {
      task.progress(`reading the tags of public repositories (${tags.size} so far)`);
      const answer = await sendCommand(forOneCall(task), ecrPublic, ListTagsForResourceCommand, { resourceArn })
        .catch(ifRepositoryMissing(undefined));
      const own = stackTagsIn(answer?.tags ?? []);
      if (own.size > 0) tags.set(resourceArn, own);
    });
    return tags;
  }
}
