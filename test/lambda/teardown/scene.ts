import { BatchGetImageCommand, ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { Stack } from 'aws-cdk-lib';
import { teardownHandler } from '../../../lambda/teardown/handler';
import { EmptyRepositoryOptions, Repository, RepositoryTeardown, Teardown } from '../../../src';
import type { Call } from '../../local-ecr/local-service';
import type { NewImage } from '../../local-ecr/seed';
import { DeployedStack } from '../deployed-stack';
import { Answer, LocalAccount, RequestType, Transport } from '../local-account';

export const MARK = 'cdk-ecr-keeper:teardown-by';
export const CODE = 'cdk-ecr-keeper:teardown';
export const UUID = '11111111-1111-1111-1111-111111111111';
export const STAGE = { key: 'stage', value: 'test' };
export const REPOSITORY = 'team/app';

export type Build = (stack: Stack) => void;

/** A repository that the stack declares, with this teardown. */
export const owned = (teardown: Teardown, id = 'App', repositoryName = REPOSITORY): Build => stack => {
  new Repository(stack, id, { repositoryName, teardown });
};

/** A repository that the stack imports, with this teardown. */
export const imported = (teardown: Teardown, id = 'App', name = REPOSITORY): Build => stack => {
  new RepositoryTeardown(stack, id, { repository: Repository.fromRepositoryName(stack, `${id}Import`, name), teardown });
};

export const emptied = (options: EmptyRepositoryOptions = {}): Build => owned(Teardown.empty(options));

/** An account, the stacks that are deployed there, and actions of people from outside. */
export class Scene {
  static async start(transport: Transport = 'in-process'): Promise<Scene> {
    const scene = new Scene(await LocalAccount.start(transport));
    scene.account.ecr.seed({ repositoryName: 'bystander', images: 3, kind: 'flat', tags: { stage: 'test' } });
    return scene;
  }

  private constructor(readonly account: LocalAccount) {}

  /** No test may change another repository. */
  async stop(): Promise<void> {
    expect(this.account.ecr.images('bystander')).toBe(3);
    await this.account.stop();
  }

  get ecr() {
    return this.account.ecr;
  }

  get log(): string {
    return this.account.logs.join('\n');
  }

  /** Names of the operations of ECR that were called. */
  get calls(): string[] {
    return this.ecr.calls.map(({ operation }) => operation);
  }

  /** Digests of the remaining images. */
  get left(): string[] {
    return this.ecr.repository(REPOSITORY).images.map(({ digest }) => digest).sort();
  }

  get tags(): Record<string, string> {
    return this.ecr.repository(REPOSITORY).tags;
  }

  add(image: NewImage = {}): string {
    return this.ecr.addImage({ repositoryName: REPOSITORY, ...image });
  }

  /** Moves a tag to an existing image, as somebody else would. */
  async moveTag(tag: string, imageDigest: string): Promise<void> {
    const { mediaType } = this.ecr.repository(REPOSITORY).images.find(({ digest }) => digest === imageDigest)!;
    const { images } = await this.somebody.send(new BatchGetImageCommand({
      repositoryName: REPOSITORY, imageIds: [{ imageDigest }], acceptedMediaTypes: [mediaType],
    }));
    await this.somebody.send(new PutImageCommand({
      repositoryName: REPOSITORY, imageTag: tag, imageManifest: images![0].imageManifest, imageManifestMediaType: mediaType,
    }));
  }

  /** Acts once, before the response to the nth matching call of the handler. */
  meanwhile(fits: (call: Call) => boolean, act: () => void | Promise<void>, nth = 1): void {
    let seen = 0;
    this.ecr.onCall = async call => {
      if (call.accessKeyId.startsWith('ROLE') && fits(call) && ++seen === nth) await act();
    };
  }

  private get somebody(): ECRClient {
    return new ECRClient({
      region: 'us-east-1', endpoint: this.ecr.endpoint, credentials: { accessKeyId: 'SOMEBODY', secretAccessKey: 'else' },
    });
  }

  /** Runs the first deployment to its end. The role has only the permissions of the template. */
  async deployed(build: Build, name = 'Stack', end = 'CREATE_COMPLETE'): Promise<DeployedStack> {
    const stack = DeployedStack.of(name, build);
    expect(await this.deploy(stack, end)).toMatchObject({ Status: 'SUCCESS' });
    return stack;
  }

  async deploy(stack: DeployedStack, end = 'CREATE_COMPLETE'): Promise<Answer> {
    this.ecr.principal(this.account.roleOf(stack), { policy: stack.policy() });
    this.status(stack, 'CREATE_IN_PROGRESS');
    for (const { repositoryName, tags } of stack.nativeRepositories()) this.ecr.seed({ repositoryName, tags });
    if (stack.nativeRepositories().length === 0) this.ecr.seed({ repositoryName: REPOSITORY, tags: { stage: 'test' } });
    const answer = await this.send(stack, 'Create');
    this.status(stack, end);
    this.ecr.clearCalls();
    return answer;
  }

  /** Updates the stack to another template; its status does not change while the request is handled. */
  async update(before: DeployedStack, build: Build, status = 'UPDATE_IN_PROGRESS'): Promise<{ after: DeployedStack; answer: Answer }> {
    const after = DeployedStack.of('Stack', build);
    this.ecr.principal(this.account.roleOf(after), { policy: after.policy() });
    this.status(after, status);
    const OldResourceProperties = before.customResourceProperties(this.resourceOf(before));
    return { after, answer: await this.send(after, 'Update', { OldResourceProperties }) };
  }

  /** Deletes the whole stack. */
  async destroy(stack: DeployedStack, more: Parameters<LocalAccount['request']>[4] = {}): Promise<Answer> {
    this.status(stack, 'DELETE_IN_PROGRESS');
    const answer = await this.send(stack, 'Delete', more);
    if (answer?.Status === 'FAILED') this.status(stack, 'DELETE_FAILED');
    return answer;
  }

  send(stack: DeployedStack, type: RequestType, more: Parameters<LocalAccount['request']>[4] = {}): Promise<Answer> {
    return this.account.request(teardownHandler, stack, type, this.resourceOf(stack), more);
  }

  status(stack: DeployedStack, ...statuses: string[]): void {
    for (const status of statuses) this.account.cloudFormation.stack(stack.stackId).status(status);
  }

  resourceOf(stack: DeployedStack): string {
    return stack.logicalIds('Custom::EcrTeardown')[0];
  }

  /** Runs the command of a refusal, and returns the code. */
  obey(answer: Answer): string {
    const [, region, account, name, tags] = /--resource-arn arn:aws:ecr:([^:]+):(\d+):repository\/(\S+) --tags (.*)$/
      .exec(commandIn(answer))!;
    const pairs = Object.fromEntries(tags.split(' ').map(tag => /^Key=(.+),Value=(.+)$/.exec(tag)!.slice(1) as [string, string]));
    this.ecr.retag(name, pairs, { region, account });
    return pairs[CODE];
  }
}

export function commandIn(answer: Answer): string {
  return answer?.Reason.split('\n').find(line => line.startsWith('aws ecr tag-resource')) ?? 'no command';
}

/**
 * An image and the artifacts that `docker buildx` and `cosign` attach to it: an index of two manifests, a referrer of the index and one of
 * a child, and a signature by tag.
 */
export function addWhole(scene: Scene, tag: string, pushedAt?: Date): string[] {
  const children = [scene.add({ pushedAt }), scene.add({ pushedAt })];
  const index = scene.add({ children, tags: [tag], pushedAt });
  const referrers = [index, children[0]].map(subject => scene.add({ subject, artifactType: 'application/spdx+json', pushedAt }));
  const ofReferrer = scene.add({ subject: referrers[0], artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json', pushedAt });
  const signature = scene.add({ tags: [`${index.replace(':', '-')}.sig`], pushedAt });
  return [index, ...children, ...referrers, ofReferrer, signature];
}
