import { ECRClient, GetLifecyclePolicyCommand, ImageDetail, paginateDescribeImages } from '@aws-sdk/client-ecr';
import { describeRefusal } from './aws-refusal';
import { createEcrClient } from './ecr-client';
import { Failure } from './failure';
import type { Progress } from './progress';
import type { InputText } from './simulation-input';
import { DescribedImage, parseDescribedImages } from '../src/core/images/described-images';

export interface LiveAddress {
  readonly repository: string;
  readonly region?: string;
  readonly registryId?: string;
}

/** The maximum page size of ECR. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html */
const PAGE = 1000;

/** One repository in AWS. Makes only calls that read. */
export class LiveRepository {
  private readonly client: ECRClient;
  private readonly id: { repositoryName: string; registryId?: string };

  constructor({ repository, region, registryId }: LiveAddress) {
    this.client = createEcrClient(region);
    this.id = { repositoryName: repository, ...registryId === undefined ? {} : { registryId } };
  }

  async policy(): Promise<InputText> {
    const { lifecyclePolicyText = '' } = await this.call('ecr:GetLifecyclePolicy', async () =>
      this.client.send(new GetLifecyclePolicyCommand(this.id)));
    return { name: `the lifecycle policy of '${this.id.repositoryName}'`, text: lifecyclePolicyText };
  }

  async images(progress: Progress): Promise<DescribedImage[]> {
    const imageDetails = new Array<ImageDetail>();
    await this.call('ecr:DescribeImages', async () => {
      // Without a filter, ECR omits archived images.
      const input = { ...this.id, filter: { tagStatus: 'ANY', imageStatus: 'ANY' } } as const;
      for await (const page of paginateDescribeImages({ client: this.client, pageSize: PAGE }, input)) {
        imageDetails.push(...page.imageDetails ?? []);
        progress.report(imageDetails.length);
      }
    }).finally(() => progress.finish(imageDetails.length));
    const { images, problems } = parseDescribedImages(JSON.stringify({ imageDetails }));
    if (problems.length > 0) throw new Failure(problems.map(problem => `repository '${this.id.repositoryName}': ${problem}`));
    return images;
  }

  private async call<T>(action: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const region = await this.client.config.region().catch(() => undefined);
      throw new Failure([describeRefusal(error, { ...this.id, action, region })]);
    }
  }
}
