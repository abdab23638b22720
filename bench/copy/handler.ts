import type { Copier, Errand, Ride } from './copier';
import { LocalCloudFormation } from '../../test/local-cloudformation/local-cloudformation';
import { ResponseEndpoint } from '../../test/local-cloudformation/response-endpoint';
import { bundleOf } from '../project';
import { Invoker } from '../teardown/invoke';

/** Memory of the function that `ImageCopy` creates. */
export const COPY_MEMORY_MB = 512;
const STACK_ID = 'arn:aws:cloudformation:us-east-1:000000000000:stack/Bench/11111111-1111-1111-1111-111111111111';

interface Answer {
  readonly Status: string;
  readonly Reason?: string;
  readonly Data?: { readonly BytesSent?: string };
}

/** Runs the handler of `ImageCopy` with the request of CloudFormation. */
export class Handler implements Copier {
  static async start(timeoutMs: number): Promise<Handler> {
    const cloudFormation = await LocalCloudFormation.start();
    cloudFormation.stack(STACK_ID).status('CREATE_IN_PROGRESS');
    return new Handler(cloudFormation, await ResponseEndpoint.start(), timeoutMs);
  }

  readonly name = 'ours';
  private readonly invoker = new Invoker(COPY_MEMORY_MB);

  private constructor(
    private readonly cloudFormation: LocalCloudFormation, private readonly responses: ResponseEndpoint, private readonly timeoutMs: number,
  ) {}

  async copy({ source, endpoint, repositoryName }: Errand): Promise<Ride> {
    const event = {
      RequestType: 'Create',
      RequestId: 'bench',
      ResponseURL: this.responses.url('bench'),
      StackId: STACK_ID,
      ResourceType: 'Custom::EcrImageCopy',
      LogicalResourceId: 'Copy',
      ResourceProperties: {
        RepositoryArn: `arn:aws:ecr:us-east-1:000000000000:repository/${repositoryName}`,
        Source: { Registry: source.host, RepositoryName: source.repositoryName, WithPublicToken: 'false' },
        TagOrDigest: source.tag,
        Tags: [source.tag],
        Referrers: 'false',
        RemoveTags: 'false',
      },
    };
    const before = this.responses.accepted.length;
    const start = performance.now();
    const cost = await this.invoker.invoke(
      { bundle: bundleOf('image-copy'), event, timeoutMs: this.timeoutMs }, this.environment(endpoint),
    );
    const seconds = (performance.now() - start) / 1000;
    const answer = this.responses.accepted[before]?.json as Answer | undefined;
    const failure = answer?.Status === 'SUCCESS' ? {} : { failure: answer?.Reason ?? cost?.error ?? 'no response before the timeout' };
    const { BytesSent } = answer?.Data ?? {};
    const saidSent = BytesSent === undefined ? {} : { saidSent: Number(BytesSent) };
    return { seconds, workSeconds: cost?.seconds, peakMB: cost?.peakMB, ...failure, ...saidSent };
  }

  async stop(): Promise<void> {
    this.invoker.close();
    await Promise.all([this.cloudFormation.stop(), this.responses.stop()]);
  }

  private environment(endpoint: string): Record<string, string> {
    return {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'BENCH',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_ECR: endpoint,
      AWS_ENDPOINT_URL_CLOUDFORMATION: this.cloudFormation.endpoint,
    };
  }
}
