import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CreateRepositoryCommand, DeleteRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import type { ECRClientConfig } from '@aws-sdk/client-ecr';
import {
  CreateRepositoryCommand as CreatePublicRepositoryCommand, DeleteRepositoryCommand as DeletePublicRepositoryCommand, ECRPUBLICClient,
} from '@aws-sdk/client-ecr-public';
import { ECSClient } from '@aws-sdk/client-ecs';
import { CreateRoleCommand, DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { DeleteFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { DeleteParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { AwsStack, removeStack } from './aws-stack';
import type { Created, Journal } from './journal';
import type { ProbeClients, ProbeWorld, PublicRepositoryOptions, Statement, UnusedRole } from './probe';
import type { ProbeStack } from './probe-stack';
import { POLICY } from './responder';
import type { Interruption } from '../../cli/session/interruption';

/** Beginning of everything that probes create. */
export const PREFIX = 'ecr-keeper-probe-';
/** Tag of everything that probes create. */
const TAG = 'cdk-ecr-keeper:probe';
const ROLE_PATH = '/ecr-keeper-probe/';
/** Permissions of a new role take effect within about ten seconds. */
const ROLE_WAIT = 15_000;
/** Errors for something that does not exist. */
const GONE = ['RepositoryNotFoundException', 'NoSuchEntityException', 'ResourceNotFoundException', 'ParameterNotFound'];
/** ECR Public has one endpoint. */
const PUBLIC_REGION = 'us-east-1';

/** Where clients send their calls, if not to AWS, and who they are. */
export type Connection = Pick<ECRClientConfig, 'endpoint' | 'credentials'>;

function clientsOf(region: string, connection: Connection): ProbeClients {
  const config = { region, ...connection };
  return {
    ecr: new ECRClient(config),
    ecrPublic: new ECRPUBLICClient({ ...config, region: PUBLIC_REGION }),
    cloudFormation: new CloudFormationClient(config),
    ecs: new ECSClient(config),
    lambda: new LambdaClient(config),
    sts: new STSClient(config),
    s3: new S3Client(config),
    ssm: new SSMClient(config),
  };
}

function documentOf(Statement: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

/** An account of AWS. Each probe has a world of its own, and removes what it has created. */
export class AwsWorld implements ProbeWorld {
  readonly clients: ProbeClients;
  private readonly iam: IAMClient;
  private readonly all = new Array<Created>();
  private names = 0;
  private isClosed = false;

  constructor(
    readonly account: string, readonly region: string, private readonly run: string, private readonly journal: Pick<Journal, 'note'>,
    private readonly interruption: Interruption, private readonly connection: Connection = {},
  ) {
    this.clients = clientsOf(region, connection);
    this.iam = new IAMClient({ region, ...connection });
  }

  name(suffix: string): string {
    return `${PREFIX}${this.run}/${++this.names}-${suffix}`;
  }

  async repository({ tags = {} }: { readonly tags?: Readonly<Record<string, string>> } = {}): Promise<string> {
    const repositoryName = this.name('repository');
    this.created({ kind: 'repository', name: repositoryName, region: this.region });
    const all = { ...tags, [TAG]: this.run };
    await this.clients.ecr.send(new CreateRepositoryCommand({
      repositoryName, tags: Object.entries(all).map(([Key, Value]) => ({ Key, Value })),
    }));
    return repositoryName;
  }

  /** The tag of the run is missing, because a probe can ask what the tags of a creation mean. */
  async publicRepository({ tags = {}, by = this.clients }: PublicRepositoryOptions = {}): Promise<string> {
    const repositoryName = this.name('repository');
    this.created({ kind: 'public-repository', name: repositoryName, region: PUBLIC_REGION });
    await by.ecrPublic.send(new CreatePublicRepositoryCommand({
      repositoryName, tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }));
    return repositoryName;
  }

  /** The tag of the run is missing, because the write that a probe asks about creates the parameter. */
  parameter(): string {
    const name = this.name('parameter');
    this.created({ kind: 'parameter', name, region: this.region });
    return `/${name}`;
  }

  async role(statements: readonly Statement[]): Promise<ProbeClients> {
    const { RoleName, Arn: RoleArn } = await this.createRole();
    const PolicyDocument = documentOf(statements);
    await this.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: POLICY, PolicyDocument }));
    await this.wait(ROLE_WAIT);
    const { Credentials } = await this.clients.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'probe' }));
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken } = Credentials ?? {};
    const credentials = async () => ({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken });
    return clientsOf(this.region, { ...this.connection, credentials });
  }

  async unused(): Promise<UnusedRole> {
    const { RoleName, Arn } = await this.createRole();
    await this.wait(ROLE_WAIT);
    return {
      arn: Arn,
      delete: async () => {
        await remove({ kind: 'role', name: RoleName, region: this.region }, this.connection);
        await this.wait(ROLE_WAIT);
      },
    };
  }

  /** Everything that its template may name is noted before it, so that it is removed after it. */
  async stack(): Promise<ProbeStack> {
    const log = await this.repository();
    const name = `${PREFIX}${this.run}-${++this.names}`;
    const repositories = [this.name('repository'), this.name('repository')];
    for (const repository of repositories) this.created({ kind: 'repository', name: repository, region: this.region });
    for (const kind of ['role', 'function', 'stack'] as const) this.created({ kind, name, region: this.region });
    return new AwsStack({
      name,
      clients: this.clients,
      iam: this.iam,
      tags: [{ Key: TAG, Value: this.run }],
      responder: {
        functionName: name,
        roleName: name,
        rolePath: ROLE_PATH,
        log: `arn:aws:ecr:${this.region}:${this.account}:repository/${log}`,
      },
      wait: milliseconds => this.wait(milliseconds),
      repositories,
      check: () => this.check(),
    });
  }

  wait(milliseconds: number): Promise<void> {
    return this.interruption.sleep(milliseconds);
  }

  /** Removes everything that the probe has created, newest first. */
  async clean(): Promise<void> {
    this.isClosed = true; // a probe that takes too long may still run
    for (const created of this.all.splice(0).reverse()) await remove(created, this.connection);
  }

  private async createRole(): Promise<{ RoleName: string; Arn: string }> {
    const RoleName = `${PREFIX}${this.run}-${++this.names}`;
    this.created({ kind: 'role', name: RoleName, region: this.region });
    const { Role } = await this.iam.send(new CreateRoleCommand({
      RoleName,
      Path: ROLE_PATH,
      AssumeRolePolicyDocument: documentOf([{ Effect: 'Allow', Principal: { AWS: this.account }, Action: 'sts:AssumeRole' }]),
      Tags: [{ Key: TAG, Value: this.run }],
    }));
    return { RoleName, Arn: Role?.Arn ?? '' };
  }

  private check(): void {
    this.interruption.check();
    if (this.isClosed) throw new Error('the probe has ended');
  }

  private created(created: Created): void {
    this.check();
    this.journal.note(created);
    this.all.push(created);
  }
}

/** Removes something that a probe has created. It is no error if that does not exist. */
export async function remove({ kind, name, region: home }: Created, connection: Connection = {}): Promise<void> {
  if (!name.startsWith(PREFIX)) throw new Error(`'${name}' was not created by a probe`);
  const config = { region: kind === 'public-repository' ? PUBLIC_REGION : home, ...connection };
  const isGone = (error: Error) => {
    if (!GONE.includes(error.name)) throw error;
  };
  if (kind === 'stack') {
    await removeStack(new CloudFormationClient(config), name);
  } else if (kind === 'function') {
    await new LambdaClient(config).send(new DeleteFunctionCommand({ FunctionName: name })).catch(isGone);
  } else if (kind === 'repository') {
    await new ECRClient(config).send(new DeleteRepositoryCommand({ repositoryName: name, force: true })).catch(isGone);
  } else if (kind === 'parameter') {
    await new SSMClient(config).send(new DeleteParameterCommand({ Name: `/${name}` })).catch(isGone);
  } else if (kind === 'public-repository') {
    await new ECRPUBLICClient(config).send(new DeletePublicRepositoryCommand({ repositoryName: name, force: true })).catch(isGone);
  } else {
    const iam = new IAMClient(config);
    await iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: POLICY })).catch(isGone);
    await iam.send(new DeleteRoleCommand({ RoleName: name })).catch(isGone);
  }
}
