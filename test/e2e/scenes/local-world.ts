import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { DeleteRepositoryCommand, ECRClient, TagResourceCommand } from '@aws-sdk/client-ecr';
import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { MARK, RepositoryEnd } from './world';
import { teardownHandler } from '../../../lambda/teardown/handler';
import { DeployedStack } from '../../lambda/deployed-stack';
import { Answer, LocalAccount, RequestType } from '../../lambda/local-account';

const IMAGES = 12;

/**
 * The world of one scene on the local fakes: LocalEcr, LocalCloudFormation, and the real handler in this process, with the synthesized
 * role. The scene sets the statuses of the stacks, because LocalCloudFormation only returns what it was given. An unrelated repository must
 * not change.
 */
export class LocalWorld {
  static async open(): Promise<LocalWorld> {
    const world = new LocalWorld(await LocalAccount.start());
    world.account.ecr.seed({ repositoryName: 'bystander', images: IMAGES, kind: 'multiArch', tags: { stage: 'test' } });
    return world;
  }

  readonly deployments: { readonly stack: DeployedStack }[] = [];
  private readonly ecr: ECRClient;
  private uuids = 0;

  private constructor(readonly account: LocalAccount) {
    this.ecr = new ECRClient({
      endpoint: account.ecr.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'CLOUDFORMATION', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
  }

  /** Creates a stack that is not nested. */
  stack(name: string, build: (stack: Stack) => void): DeployedStack {
    const stack = new Stack(new App(), name);
    build(stack);
    return this.deployment(new DeployedStack(this.stackId(name), Template.fromStack(stack).toJSON().Resources));
  }

  /**
   * Creates the stack at the end of this chain of names. The first name is the root, and each other stack is nested in the previous one.
   */
  nested(names: readonly string[], build: (stack: Stack) => void): { root: string; parent: string; stack: DeployedStack } {
    const chain: Stack[] = [new Stack(new App(), names[0])];
    for (const name of names.slice(1)) chain.push(new NestedStack(chain[chain.length - 1], name));
    build(chain[chain.length - 1]);
    const ids = names.map(name => this.stackId(name));
    let parameters: Record<string, string> = {};
    const templates = chain.map(stack => Template.fromStack(stack).toJSON());
    templates.slice(0, -1).forEach(({ Resources }, depth) => {
      const [child] = Object.values<any>(Resources).filter(({ Type }) => Type === 'AWS::CloudFormation::Stack');
      const parent = new DeployedStack(
        ids[depth], { Child: { Type: 'Parameters', Properties: child.Properties.Parameters ?? {} } }, parameters,
      );
      parameters = parent.customResourceProperties('Child') as Record<string, string>;
    });
    const stack = this.deployment(new DeployedStack(ids[ids.length - 1], templates[templates.length - 1].Resources, parameters));
    this.account.cloudFormation.stack(stack.stackId, { rootId: ids[0], parentId: ids[ids.length - 2] });
    return { root: ids[0], parent: ids[ids.length - 2], stack };
  }

  /** Sets the statuses of a stack in turn. */
  becomes(stackId: string, ...statuses: string[]): void {
    statuses.forEach(status => this.account.cloudFormation.stack(stackId).status(status));
  }

  /** Creates a repository with images outside any stack. */
  seed(repositoryName: string, tags: Record<string, string>, encryption?: { readonly encryptionType: 'KMS' }): void {
    this.account.ecr.seed({ repositoryName, tags, images: IMAGES, kind: 'multiArch', archived: 3, ...encryption && { encryption } });
  }

  /** Creates the repositories of the template with their tags, like CloudFormation, and pushes images to them. */
  makeNatives(stack: DeployedStack, encryption?: { readonly encryptionType: 'KMS' }): void {
    stack.nativeRepositories().forEach(({ repositoryName, tags }) => this.seed(repositoryName, tags, encryption));
  }

  send(stack: DeployedStack, type: RequestType): Promise<Answer> {
    return this.account.request(teardownHandler, stack, type, this.teardownOf(stack));
  }

  async succeeds(stack: DeployedStack, type: RequestType): Promise<void> {
    const answer = await this.send(stack, type);
    strictEqual(answer?.Status, 'SUCCESS', answer?.Reason);
  }

  teardownOf(stack: DeployedStack): string {
    const [id, ...more] = stack.logicalIds('Custom::EcrTeardown');
    ok(id !== undefined && more.length === 0);
    return id;
  }

  mark(stack: DeployedStack): string {
    return `${stack.stackId.split('/')[2]}:${this.teardownOf(stack)}`;
  }

  /** Deletes a repository that a stack declares, like CloudFormation: not by force. */
  async deleteNative(repositoryName: string): Promise<'deleted' | 'not empty'> {
    try {
      await this.ecr.send(new DeleteRepositoryCommand({ repositoryName }));
      return 'deleted';
    } catch (error) {
      if ((error as Error).name === 'RepositoryNotFoundException') return 'deleted';
      if ((error as Error).name === 'RepositoryNotEmptyException') return 'not empty';
      throw error;
    }
  }

  /** Sends the call of a printed `aws ecr tag-resource` command. */
  async run(command: string): Promise<void> {
    const [, resourceArn, tags] = /^aws ecr tag-resource --region us-east-1 --resource-arn (\S+) --tags (.+)$/.exec(command)!;
    const pairs = tags.split(' ').map(tag => /^Key=(.+),Value=(.+)$/.exec(tag)!);
    await this.ecr.send(new TagResourceCommand({ resourceArn, tags: pairs.map(([, Key, Value]) => ({ Key, Value })) }));
  }

  /** Checks that exactly these repositories exist, each with all its images. */
  ends(repositories: Record<string, RepositoryEnd & { readonly mark?: string }>): void {
    for (const [name, { tags = {}, mark }] of Object.entries({
      ...repositories, bystander: { tags: { stage: 'test' }, mark: undefined },
    })) {
      const { images, ...live } = this.account.ecr.repository(name);
      deepStrictEqual([name, live.exists, live.tags, images.length], [
        name, true, { ...tags, ...mark !== undefined && { [MARK]: mark } }, IMAGES,
      ]);
    }
    for (const name of ['team/app', 'team/legacy'].filter(each => !(each in repositories))) {
      strictEqual(this.account.ecr.repository(name).exists, false, `${name} is still there`);
    }
  }

  async close(): Promise<void> {
    this.ecr.destroy();
    await this.account.stop();
  }

  async story(): Promise<string> {
    return ['--- what the functions logged ---', ...this.account.logs].join('\n');
  }

  private stackId(name: string): string {
    return `arn:aws:cloudformation:us-east-1:000000000000:stack/${name}/${String(++this.uuids).repeat(8)}-0000-0000-0000-000000000000`;
  }

  private deployment(stack: DeployedStack): DeployedStack {
    this.deployments.push({ stack });
    return stack;
  }
}
