import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CloudFormationClient, CreateChangeSetCommand, CreateChangeSetCommandInput, CreateStackCommand, DeleteStackCommand,
  DescribeChangeSetCommand, DescribeStackEventsCommand, DescribeStacksCommand, ExecuteChangeSetCommand, Stack, UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { zipDirectory } from './asset-zip';
import { connect, Place, Scope } from './place';

const BOOTSTRAP_STACK = 'CDKToolkit';
const QUALIFIER = 'hnb659fds';

/** The required part of a CloudFormationStackArtifact. Structural, because tests run with two versions of aws-cdk-lib. */
export interface StackArtifact {
  readonly stackName: string;
  readonly templateFullPath: string;
  readonly parameters: { [name: string]: string };
  readonly tags: { [name: string]: string };
  readonly dependencies: readonly {
    readonly manifest: { readonly type: string; readonly properties?: unknown };
    readonly assembly: { readonly directory: string };
  }[];
}

export interface StackEvent {
  readonly time: Date;
  readonly logicalId: string;
  readonly physicalId?: string;
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

export interface Outcome {
  readonly stackId: string;
  /** Final status of the stack, such as CREATE_COMPLETE or DELETE_FAILED. */
  readonly status: string;
  readonly reason?: string;
  /** The events of this operation, oldest first. */
  readonly events: StackEvent[];
  readonly outputs: { [key: string]: string };
  readonly seconds: number;
}

export interface DeployOptions {
  /** Whether to import existing resources by their literal names, like `cdk deploy --import-existing-resources`. @default false */
  readonly importExisting?: boolean;
  /** Behavior on a failed creation. @default - rollback, as in CloudFormation */
  readonly onFailure?: 'ROLLBACK' | 'DELETE' | 'DO_NOTHING';
  readonly disableRollback?: boolean;
  /** Expected result. 'failed' means any status except CREATE_COMPLETE and UPDATE_COMPLETE. @default 'ok' */
  readonly expect?: 'ok' | 'failed';
  readonly parameters?: { readonly [name: string]: string };
  /** Called with the id of the stack when CloudFormation has accepted the request, before any function runs. */
  readonly begun?: (stackId: string) => void;
  /** @default - the pace of the place */
  readonly timeoutSeconds?: number;
}

export interface DestroyOptions {
  /** Expected result. 'failed' means DELETE_FAILED. @default 'ok' */
  readonly expect?: 'ok' | 'failed';
  /** Logical ids to retain in a stack in DELETE_FAILED. */
  readonly retain?: readonly string[];
  /** Whether to use FORCE_DELETE_STACK for a stack in DELETE_FAILED. */
  readonly force?: boolean;
  /** @default - the pace of the place */
  readonly timeoutSeconds?: number;
}

/** Calls CloudFormation without the CDK CLI: the same templates and assets, but each operation is a few seconds faster. */
export class Stacks {
  private readonly cloudFormation: CloudFormationClient;
  private readonly s3: S3Client;
  private readonly account: string;
  private readonly region: string;
  private readonly uploaded = new Set<string>();
  private bootstrapped?: Promise<void>;

  constructor(private readonly place: Place, scope: Scope = {}) {
    this.cloudFormation = connect(place, CloudFormationClient, scope);
    this.s3 = new S3Client({ ...place.client(scope), forcePathStyle: true });
    this.account = scope.account ?? place.account;
    this.region = scope.region ?? place.region;
  }

  /** Creates or updates a stack. @throws with all events of the operation if its result is unexpected */
  async deploy(stack: StackArtifact, options: DeployOptions = {}): Promise<Outcome> {
    await (this.bootstrapped ??= this.bootstrap());
    await this.uploadAssets(stack);
    const { names } = this.place;
    const templateKey = `${names.prefix}templates/${stack.stackName}-${Date.now()}.json`;
    const Body = names.template(readFileSync(stack.templateFullPath, 'utf8'));
    await this.s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: templateKey, Body }));
    const request = {
      StackName: stack.stackName,
      TemplateURL: `https://s3.${this.region}.amazonaws.com/${this.bucket}/${templateKey}`,
      Parameters: Object.entries({ ...stack.parameters, ...options.parameters })
        .map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
      Tags: Object.entries(stack.tags).map(([Key, Value]) => ({ Key, Value })),
      Capabilities: ['CAPABILITY_IAM' as const, 'CAPABILITY_NAMED_IAM' as const, 'CAPABILITY_AUTO_EXPAND' as const],
    };
    const before = await this.describe(stack.stackName);
    return this.operate(`deploy ${stack.stackName}`, before?.StackId, options.timeoutSeconds, async () => {
      if (options.importExisting) return this.executeImport(request, before === undefined ? 'CREATE' : 'UPDATE');
      if (before === undefined) {
        const created = await this.cloudFormation.send(new CreateStackCommand({
          ...request,
          ...options.onFailure && { OnFailure: options.onFailure },
          ...options.disableRollback && { DisableRollback: true },
        }));
        options.begun?.(created.StackId!);
        return created.StackId!;
      }
      // Without a change, CloudFormation fails with "No updates are to be performed". A test must not deploy twice without a change.
      const updated = await this.cloudFormation.send(new UpdateStackCommand({ ...request, DisableRollback: options.disableRollback }));
      options.begun?.(updated.StackId!);
      return updated.StackId!;
    }, status => /^(CREATE|UPDATE)_COMPLETE$/.test(status) === ((options.expect ?? 'ok') === 'ok'));
  }

  private async executeImport(
    request: Omit<CreateChangeSetCommandInput, 'ChangeSetName'>, ChangeSetType: 'CREATE' | 'UPDATE',
  ): Promise<string> {
    const { Id: ChangeSetName, StackId } = await this.cloudFormation.send(new CreateChangeSetCommand({
      ...request, ChangeSetName: `import-${Date.now()}`, ChangeSetType, ImportExistingResources: true,
    }));
    for (;;) {
      const { Status, StatusReason } = await this.cloudFormation.send(new DescribeChangeSetCommand({ ChangeSetName, StackName: StackId }));
      if (Status === 'CREATE_COMPLETE') break;
      if (Status === 'FAILED') throw new Error(StatusReason);
      await new Promise(done => setTimeout(done, this.place.pace.pollMilliseconds));
    }
    await this.cloudFormation.send(new ExecuteChangeSetCommand({ ChangeSetName, StackName: StackId }));
    return StackId!;
  }

  /** Deletes a stack. @throws with all events of the operation if its result is unexpected */
  async destroy(stackName: string, options: DestroyOptions = {}): Promise<Outcome> {
    const before = await this.describe(stackName);
    if (before === undefined) {
      throw new Error(`Stack ${stackName} does not exist, so it cannot be deleted.`);
    }
    return this.operate(`destroy ${stackName}`, before.StackId, options.timeoutSeconds, async () => {
      await this.cloudFormation.send(new DeleteStackCommand({
        StackName: before.StackId,
        ...options.retain && { RetainResources: [...options.retain] },
        ...options.force && { DeletionMode: 'FORCE_DELETE_STACK' },
      }));
      return before.StackId!;
    }, status => status === ((options.expect ?? 'ok') === 'ok' ? 'DELETE_COMPLETE' : 'DELETE_FAILED'));
  }

  /** Returns the stack, or undefined if it does not exist. A deleted stack is found only by its id. */
  async describe(stackNameOrId: string): Promise<Stack | undefined> {
    try {
      const { Stacks: found } = await this.cloudFormation.send(new DescribeStacksCommand({ StackName: stackNameOrId }));
      return found![0];
    } catch (error) {
      if (/does not exist/.test((error as Error).message)) {
        return undefined;
      }
      throw error;
    }
  }

  /** Returns all events of a stack since its creation, oldest first. */
  async events(stackNameOrId: string): Promise<StackEvent[]> {
    return (await this.rawEvents(stackNameOrId)).map(({ event }) => event);
  }

  private get bucket(): string {
    return `cdk-${QUALIFIER}-assets-${this.account}-${this.region}`;
  }

  /** Creates the bucket and the version parameter of `cdk bootstrap`, which is all that CliCredentialsStackSynthesizer needs. */
  async bootstrap(): Promise<void> {
    if (this.place.isBootstrapped || await this.describe(BOOTSTRAP_STACK) !== undefined) {
      return;
    }
    await this.operate('bootstrap', undefined, undefined, async () => {
      const created = await this.cloudFormation.send(new CreateStackCommand({
        StackName: BOOTSTRAP_STACK,
        TemplateBody: JSON.stringify({
          Resources: {
            StagingBucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: this.bucket } },
            CdkBootstrapVersion: {
              Type: 'AWS::SSM::Parameter',
              Properties: { Type: 'String', Name: `/cdk-bootstrap/${QUALIFIER}/version`, Value: '31' },
            },
          },
          Outputs: {
            BucketName: { Value: this.bucket },
            BucketDomainName: { Value: { 'Fn::GetAtt': ['StagingBucket', 'RegionalDomainName'] } },
            BootstrapVersion: { Value: '31' },
          },
        }),
      }));
      return created.StackId!;
    }, status => status === 'CREATE_COMPLETE');
  }

  private async uploadAssets(stack: StackArtifact): Promise<void> {
    for (const dependency of stack.dependencies.filter(({ manifest }) => manifest.type === 'cdk:asset-manifest')) {
      await this.upload(dependency.assembly.directory, (dependency.manifest.properties as { file: string }).file);
    }
  }

  /** Uploads the assets that a file of a cloud assembly lists. */
  async upload(directory: string, file: string): Promise<void> {
    const assets = JSON.parse(readFileSync(join(directory, file), 'utf8'));
    if (Object.keys(assets.dockerImages ?? {}).length > 0) {
      throw new Error(`${file} lists image assets, which need Docker. Push them with Registry instead.`);
    }
    for (const { source, destinations } of Object.values<any>(assets.files ?? {})) {
      // `deploy` uploads the template, in which names have the prefix.
      if (this.place.names.prefix !== '' && source.path.endsWith('.template.json')) continue;
      if (source.executable !== undefined) {
        throw new Error(`${file} lists an asset that a command creates, which is not supported.`);
      }
      for (const { bucketName, objectKey } of Object.values<any>(destinations)) {
        const Bucket = this.resolvePseudoParameters(bucketName);
        const Key = this.resolvePseudoParameters(objectKey);
        // Keys contain the hash of the content.
        if (!this.uploaded.has(`${Bucket}/${Key}`)) {
          const path = join(directory, source.path);
          await this.s3.send(new PutObjectCommand({
            Bucket, Key, Body: source.packaging === 'zip' ? zipDirectory(path) : readFileSync(path),
          }));
          this.uploaded.add(`${Bucket}/${Key}`);
        }
      }
    }
  }

  private resolvePseudoParameters(text: string): string {
    return text.replaceAll('${AWS::AccountId}', this.account).replaceAll('${AWS::Region}', this.region)
      .replaceAll('${AWS::Partition}', 'aws');
  }

  private async operate(
    what: string, previousId: string | undefined, timeoutSeconds = this.place.pace.timeoutSeconds,
    begin: () => Promise<string>, expected: (status: string) => boolean,
  ): Promise<Outcome> {
    const started = Date.now();
    const seen = new Set(previousId === undefined ? [] : (await this.rawEvents(previousId)).map(({ id }) => id));
    const stackId = await begin();
    for (;;) {
      const stack = await this.describe(stackId);
      // CloudFormation accepts the request before its first event. Until then, the stack has the status of the previous operation.
      const fresh = (await this.rawEvents(stackId)).filter(({ id }) => !seen.has(id)).map(({ event }) => event);
      const status = stack?.StackStatus ?? 'DELETE_COMPLETE';
      const outcome: Outcome = {
        stackId,
        status,
        reason: stack?.StackStatusReason || undefined,
        events: fresh,
        outputs: Object.fromEntries((stack?.Outputs ?? []).map(output => [output.OutputKey!, output.OutputValue!])),
        seconds: (Date.now() - started) / 1000,
      };
      if (!status.endsWith('_IN_PROGRESS') && fresh.some(event => event.physicalId === stackId && event.status === status)) {
        if (!expected(status)) {
          throw new Error(`${what} ended with the unexpected status ${status}.\n${eventTable(fresh)}`);
        }
        return outcome;
      }
      if (outcome.seconds > timeoutSeconds) {
        throw new Error(`${what} timed out after ${timeoutSeconds} s with the status ${status}.\n${eventTable(fresh)}`);
      }
      await new Promise(done => setTimeout(done, this.place.pace.pollMilliseconds));
    }
  }

  private async rawEvents(stackNameOrId: string): Promise<{ id: string; event: StackEvent }[]> {
    const found: { id: string; event: StackEvent }[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.cloudFormation.send(new DescribeStackEventsCommand({ StackName: stackNameOrId, NextToken }));
      for (const event of page.StackEvents ?? []) {
        // AWS reports the beginning of a creation a second time, when the resource has its id. The emulator does not.
        if (event.ResourceStatusReason === 'Resource creation Initiated') continue;
        found.push({
          id: event.EventId!,
          event: {
            time: event.Timestamp!,
            logicalId: event.LogicalResourceId!,
            physicalId: event.PhysicalResourceId || undefined,
            type: event.ResourceType!,
            status: event.ResourceStatus!,
            reason: reasonOf(event.ResourceStatusReason),
          },
        });
      }
      NextToken = page.NextToken;
    } while (NextToken);
    return found.reverse();
  }
}

/** Returns the reason of a custom resource without the text around it, which AWS adds and the emulator does not. */
function reasonOf(text: string | undefined): string | undefined {
  const message = /^Received response status \[FAILED\] from custom resource\. Message returned: (.*) \(RequestId: [\w-]+\)/s.exec(text ?? '');
  return message?.[1] ?? (text || undefined);
}

export function eventTable(events: readonly StackEvent[]): string {
  return events.map(({ time, status, logicalId, type, reason }) =>
    `${time.toISOString().slice(11, 23)}  ${status.padEnd(28)} ${logicalId} (${type})${reason ? `\n${' '.repeat(14)}${reason}` : ''}`)
    .join('\n');
}
