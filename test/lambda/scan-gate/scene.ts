import { DescribeImageScanFindingsCommand } from '@aws-sdk/client-ecr';
import type { Duration, Stack } from 'aws-cdk-lib';
import { scanGateHandler } from '../../../lambda/scan-gate/handler';
import { Repository, RepositoryImage, ScanGate, ScanGateProps } from '../../../src';
import type { FakeFinding } from '../../local-ecr/local-ecr';
import type { Call } from '../../local-ecr/local-service';
import type { RealImage, RealImageOptions, RealIndex, RealIndexOptions } from '../../local-ecr/real-images';
import { clientOf } from '../../local-ecr/test-client';
import { DeployedStack } from '../deployed-stack';
import { Answer, LocalAccount } from '../local-account';

export const TYPE = 'Custom::EcrScanGate';

export type Props = Partial<Omit<ScanGateProps, 'image'>> & { readonly tagOrDigest?: string };
export type More = Parameters<LocalAccount['request']>[4];

/** A completed request, and what CloudFormation then knows of the resource. */
export interface Done {
  readonly stack: DeployedStack;
  readonly answer: NonNullable<Answer>;
}

const builds = new Map<string, (stack: Stack) => void>();

/** Returns the same stack with other properties, synthesized once for each. */
function deployed(props: Props): DeployedStack {
  const key = JSON.stringify(props);
  const build = builds.get(key) ?? (scope => {
    const { tagOrDigest = 'build-1', ...rest } = props;
    new ScanGate(scope, 'Gate', {
      image: RepositoryImage.fromRepository(Repository.fromRepositoryName(scope, 'App', 'app'), tagOrDigest), ...rest,
    });
  });
  builds.set(key, build);
  return DeployedStack.of('Test', build);
}

/** An account with a repository named `app`, and a stack with a gate for the image `build-1`. */
export class GateScene {
  static async start(): Promise<GateScene> {
    const scene = new GateScene(await LocalAccount.start('in-process'));
    scene.account.ecr.seed({ repositoryName: 'app' });
    return scene;
  }

  private constructor(readonly account: LocalAccount) {}

  get ecr() {
    return this.account.ecr;
  }

  stop(): Promise<void> {
    return this.account.stop();
  }

  image(options: Partial<RealImageOptions> = {}): RealImage {
    return this.ecr.addRealImage({ repositoryName: 'app', tags: ['build-1'], ...options });
  }

  index(options: Partial<RealIndexOptions> = {}): RealIndex {
    return this.ecr.addRealIndex({ repositoryName: 'app', tags: ['build-1'], ...options });
  }

  finds(digest: string, ...findings: FakeFinding[]): void {
    this.ecr.findings('app', digest, findings);
  }

  status(stack: DeployedStack, now: string): void {
    this.account.cloudFormation.stack(stack.stackId).status(now);
  }

  async create(props: Props = {}, more: More = {}): Promise<Done> {
    const stack = deployed(props);
    this.status(stack, 'CREATE_IN_PROGRESS');
    return this.send('Create', stack, more);
  }

  update({ stack: before, answer }: Done, props: Props = {}, now = 'UPDATE_IN_PROGRESS', more: More = {}): Promise<Done> {
    const stack = deployed(props);
    this.status(stack, now);
    const OldResourceProperties = before.customResourceProperties(before.logicalIds(TYPE)[0]);
    return this.send('Update', stack, { OldResourceProperties, PhysicalResourceId: answer.PhysicalResourceId, ...more });
  }

  remove({ stack, answer }: Done, now = 'DELETE_IN_PROGRESS'): Promise<Done> {
    this.status(stack, now);
    return this.send('Delete', stack, { PhysicalResourceId: answer.PhysicalResourceId });
  }

  /** Completes the scan of the image at the given time before the start of the clock of the function, which is in 1970. */
  async scannedAgo(age: Duration, tagOrDigest = 'build-1'): Promise<void> {
    const { ecr } = this;
    this.nowIs(-age.toMilliseconds());
    const imageId = tagOrDigest.startsWith('sha256:') ? { imageDigest: tagOrDigest } : { imageTag: tagOrDigest };
    for (let complete = false; !complete;) {
      const { imageScanFindings } = await clientOf(ecr).send(new DescribeImageScanFindingsCommand({ repositoryName: 'app', imageId }));
      complete = imageScanFindings?.imageScanCompletedAt !== undefined;
    }
    this.nowIs(0);
    ecr.clearCalls();
  }

  /** Time of ECR, in milliseconds since the epoch. */
  nowIs(time: number): void {
    this.ecr.now = () => new Date(time);
  }

  calls(operation: string): Call[] {
    return this.ecr.calls.filter(call => call.operation === operation && call.outcome === 'ok');
  }

  /** The digests whose findings were read, without duplicates. */
  judged(): string[] {
    return [...new Set(this.ecr.calls.filter(({ operation }) => operation === 'DescribeImageScanFindings')
      .map(({ input }) => (input.imageId as { imageDigest: string }).imageDigest))].sort();
  }

  /** Acts once, after the first matching call of the function. */
  after(operation: string, act: (call: Call) => void | Promise<void>, matches: (call: Call) => boolean = () => true): void {
    this.ecr.onCall = async call => {
      if (call.operation !== operation || !call.accessKeyId.startsWith('ROLE') || !matches(call)) return;
      this.ecr.onCall = undefined;
      await act(call);
    };
  }

  private async send(type: 'Create' | 'Update' | 'Delete', stack: DeployedStack, more: More): Promise<Done> {
    const answer = await this.account.request(scanGateHandler, stack, type, stack.logicalIds(TYPE)[0], more);
    return { stack, answer: answer! };
  }
}

/** Returns findings with different names. */
export function many(count: number, severity: FakeFinding['severity'], prefix = `CVE-${severity}`): FakeFinding[] {
  return Array.from({ length: count }, (_, n) => ({ name: `${prefix}-${n + 1}`, severity }));
}

export const finding = (name: string, severity: FakeFinding['severity'] = 'CRITICAL', more: Partial<FakeFinding> = {}): FakeFinding =>
  ({ name, severity, ...more });

export function letThrough({ answer }: Done): Record<string, string> {
  expect(answer).toMatchObject({ Status: 'SUCCESS' });
  return answer.Data!;
}

export function refused({ answer }: Done): string {
  expect(answer).toMatchObject({ Status: 'FAILED' });
  return answer.Reason;
}

export const hexOf = (digest: string) => digest.slice('sha256:'.length);
