import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CreateRepositoryCommand, DeleteRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import {
  CreateRepositoryCommand as CreatePublicRepositoryCommand, DeleteRepositoryCommand as DeletePublicRepositoryCommand, ECRPUBLICClient,
} from '@aws-sdk/client-ecr-public';
import { ECSClient } from '@aws-sdk/client-ecs';
import { CreateRoleCommand, DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Created, Journal } from './journal';
import type { ProbeClients, ProbeWorld, PublicRepositoryOptions, Statement, UnusedRole } from './probe';
import type { Interruption } from '../../cli/teardown/interruption';

/** Beginning of everything that probes create. */
export const PREFIX = 'ecr-keeper-probe-';
/** Tag of everything that probes create. */
const TAG = 'cdk-ecr-keeper:probe';
const POLICY = 'probe';
const ROLE_PATH = '/ecr-keeper-probe/';
/** Permissions of a new role take effect within about ten seconds. */
const ROLE_WAIT = 15_000;
/** ECR Public has one endpoint. */
const PUBLIC_REGION = 'us-east-1';

type Credentials = ECRClient['config']['credentials'];

function clientsOf(region: string, credentials?: Credentials): ProbeClients {
  const config = { region, credentials };
  return {
    ecr: new ECRClient(config),
    ecrPublic: new ECRPUBLICClient({ ...config, region: PUBLIC_REGION }),
    cloudFormation: new CloudFormationClient(config),
    ecs: new ECSClient(config),
    lambda: new LambdaClient(config),
    sts: new STSClient(config),
    s3: new S3Client(config),
  };
}

function documentOf(Statement: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

/** An account of AWS. Each probe has a world of its own, and removes what it has created. */
export class AwsWorld implements ProbeWorld {
  readonly clients: ProbeClients;
  private readonly all = new Array<Created>();
  private names = 0;
  private isClosed = false;

  constructor(
    readonly account: string, readonly region: string, private readonly run: string, private readonly journal: Journal,
    private readonly interruption: Interruption,
  ) {
    this.clients = clientsOf(region);
  }

  name(suffix: string): string {
    return `${PREFIX}${this.run}/${++this.names}-${suffix}`;
  }

  async repository({ tags = {} }: { readonly tags?: Readonly<Record<string, string>> } = {}): Promise<string> {
    this.interruption.check();
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
    this.interruption.check();
    const repositoryName = this.name('repository');
    this.created({ kind: 'public-repository', name: repositoryName, region: PUBLIC_REGION });
    await by.ecrPublic.send(new CreatePublicRepositoryCommand({
      repositoryName, tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }));
    return repositoryName;
  }

  async role(statements: readonly Statement[]): Promise<ProbeClients> {
    const { RoleName, Arn: RoleArn } = await this.createRole();
    const PolicyDocument = documentOf(statements);
    await new IAMClient({ region: this.region }).send(new PutRolePolicyCommand({ RoleName, PolicyName: POLICY, PolicyDocument }));
    await this.wait(ROLE_WAIT);
    const { Credentials } = await this.clients.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'probe' }));
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken } = Credentials ?? {};
    return clientsOf(this.region, async () => ({
      accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken,
    }));
  }

  async unused(): Promise<UnusedRole> {
    const { RoleName, Arn } = await this.createRole();
    await this.wait(ROLE_WAIT);
    return {
      arn: Arn,
      delete: async () => {
        await remove({ kind: 'role', name: RoleName, region: this.region });
        await this.wait(ROLE_WAIT);
      },
    };
  }

  wait(milliseconds: number): Promise<void> {
    return this.interruption.sleep(milliseconds);
  }

  /** Removes everything that the probe has created, newest first. */
  async clean(): Promise<void> {
    this.isClosed = true; // a probe that takes too long may still run
    for (const created of this.all.splice(0).reverse()) await remove(created);
  }

  private async createRole(): Promise<{ RoleName: string; Arn: string }> {
    this.interruption.check();
    const RoleName = `${PREFIX}${this.run}-${++this.names}`;
    this.created({ kind: 'role', name: RoleName, region: this.region });
    const { Role } = await new IAMClient({ region: this.region }).send(new CreateRoleCommand({
      RoleName,
      Path: ROLE_PATH,
      AssumeRolePolicyDocument: documentOf([{ Effect: 'Allow', Principal: { AWS: this.account }, Action: 'sts:AssumeRole' }]),
      Tags: [{ Key: TAG, Value: this.run }],
    }));
    return { RoleName, Arn: Role?.Arn ?? '' };
  }

  private created(created: Created): void {
    if (this.isClosed) throw new Error('the probe has ended');
    this.journal.note(created);
    this.all.push(created);
  }
}

/** Removes something that a probe has created. It is no error if that does not exist. */
export async function remove({ kind, name, region }: Created): Promise<void> {
  if (!name.startsWith(PREFIX)) throw new Error(`'${name}' was not created by a probe`);
  const isGone = (error: Error) => {
    if (!['RepositoryNotFoundException', 'NoSuchEntityException'].includes(error.name)) throw error;
  };
  if (kind === 'repository') {
    await new ECRClient({ region }).send(new DeleteRepositoryCommand({ repositoryName: name, force: true })).catch(isGone);
  } else if (kind === 'public-repository') {
    const client = new ECRPUBLICClient({ region: PUBLIC_REGION });
    await client.send(new DeletePublicRepositoryCommand({ repositoryName: name, force: true })).catch(isGone);
  } else {
    const iam = new IAMClient({ region });
    await iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: POLICY })).catch(isGone);
    await iam.send(new DeleteRoleCommand({ RoleName: name })).catch(isGone);
  }
}
