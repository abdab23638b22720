import { DescribeImagesCommand, DescribeRepositoriesCommand, ECRClient, GetLifecyclePolicyCommand, Repository } from '@aws-sdk/client-ecr';
import { GetResourcesCommand, ResourceTagMapping } from '@aws-sdk/client-resource-groups-tagging-api';
import { forOneCall } from './call-task';
import { allPages, pagesOf } from './pages';
import { ListedRepository, Registry, StackTags } from './registry';
import { reportedImages } from './reported-images';
import { stackTagsIn } from './stack-tags';
import { sendCommand } from '../../../lambda/shared/aws/send-command';
import { isNamed } from '../../../lambda/shared/protocol/errors';
import type { Session } from '../../session/session';
import type { ReportedImage } from '../figures/image-figures';
import { MAX_IMAGES, MAX_REPOSITORIES } from '../limits';

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html and API_DescribeImages.html */
const PAGE = 1_000;
/** https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html */
const TAGGED_PAGE = 100;

export class PrivateRegistry implements Registry {
  private readonly ecr: ECRClient;

  constructor(private readonly session: Session, readonly region: string) {
    this.ecr = session.clients.ecr(region);
  }

  get id(): string {
    return this.region;
  }

  get clockOffset(): number {
    return this.ecr.config.systemClockOffset;
  }

  list(): Promise<ListedRepository[]> {
    const { session: { task }, ecr, region } = this;
    let count = 0;
    return allPages(async nextToken => {
      task.progress(`listing repositories in ${region} (${count} so far)`);
      const page = await sendCommand(forOneCall(task), ecr, DescribeRepositoriesCommand, { nextToken, maxResults: PAGE });
      count += page?.repositories?.length ?? 0;
      return page;
    }, ({ repositories = [] }) => repositories.map(repository => listed(region, repository)), MAX_REPOSITORIES);
  }

  images(repositoryName: string): AsyncGenerator<readonly ReportedImage[]> {
    const { session: { task }, ecr } = this;
    // Without a filter, ECR omits archived images.
    const input = { repositoryName, maxResults: PAGE, filter: { tagStatus: 'ANY', imageStatus: 'ANY' } } as const;
    return pagesOf(
      nextToken => sendCommand(forOneCall(task), ecr, DescribeImagesCommand, { ...input, nextToken }),
      ({ imageDetails = [] }) => reportedImages(imageDetails),
      MAX_IMAGES,
    );
  }

  async policy(repositoryName: string): Promise<string | null> {
    try {
      const answer = await sendCommand(forOneCall(this.session.task), this.ecr, GetLifecyclePolicyCommand, { repositoryName });
      return answer?.lifecyclePolicyText ?? null;
    } catch (error) {
      if (isNamed(error, 'LifecyclePolicyNotFoundException')) return null;
      throw error;
    }
  }

  /** Reads the tags of all repositories at once. A call for each of them would be a third of all calls. */
  async stackTags(): Promise<ReadonlyMap<string, StackTags>> {
    const { session: { task, clients }, region } = this;
    const tagging = clients.tagging(region);
    const tags = new Map<string, StackTags>();
    const pages = pagesOf(async PaginationToken => {
      task.progress(`reading the tags of repositories in ${region} (${tags.size} so far)`);
      const input = { PaginationToken, ResourceTypeFilters: ['ecr:repository'], ResourcesPerPage: TAGGED_PAGE };
      const page = await sendCommand(forOneCall(task), tagging, GetResourcesCommand, input);
      return page && { ...page, nextToken: page.PaginationToken };
    }, ({ ResourceTagMappingList = [] }) => ResourceTagMappingList, MAX_REPOSITORIES);
    for await (const page of pages) {
      for (const { ResourceARN = '', Tags = [] } of page as readonly ResourceTagMapping[]) {
        const own = stackTagsIn(Tags);
        if (own.size > 0) tags.set(ResourceARN, own);
      }
    }
    return tags;
  }
}

function listed(registry: string, { repositoryName = '', repositoryArn = '', createdAt }: Repository): ListedRepository {
  return { registry, name: repositoryName, arn: repositoryArn, createdAt: createdAt?.getTime() ?? 0 };
}
