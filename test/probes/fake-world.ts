import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { CreateRepositoryCommand as CreatePublicRepositoryCommand } from '@aws-sdk/client-ecr-public';
import { FakeStack } from './fake-stack';
import { missingRole, ProbeClients, ProbeWorld, PublicRepositoryOptions, Statement, UnusedRole } from './probe';
import type { ProbeStack } from './probe-stack';
import { LocalAccount } from '../lambda/local-account';

/** The fakes, without real waits. Everything in it is gone when it stops. */
export class FakeWorld implements ProbeWorld {
  static async start(): Promise<FakeWorld> {
    const account = await LocalAccount.start('in-process', 'as in AWS');
    account.attempts = 1;
    account.ecr.layers = 'modelled';
    account.ecr.repositoryPolicies = 'enforced';
    account.ecr.principalExists(missingRole('000000000000'), false);
    return new FakeWorld(account);
  }

  readonly account = '000000000000';
  readonly region = 'us-east-1';
  readonly clients: ProbeClients;
  private now = Date.UTC(2026, 0, 1);
  private names = 0;

  private constructor(readonly fakes: LocalAccount) {
    this.clients = this.clientsOf('test');
    for (const fake of [fakes.ecr, fakes.ecrPublic, fakes.ecs, fakes.lambda, fakes.s3, fakes.sts]) fake.now = () => new Date(this.now);
  }

  /** Ends the fakes. Called once, after the probe. */
  clean(): Promise<void> {
    return this.fakes.stop();
  }

  name(suffix: string): string {
    return `probe/${++this.names}-${suffix}`;
  }

  async repository({ tags = {} }: { readonly tags?: Readonly<Record<string, string>> } = {}): Promise<string> {
    const repositoryName = this.name('repository');
    await this.clients.ecr.send(new CreateRepositoryCommand({
      repositoryName, tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }));
    return repositoryName;
  }

  async publicRepository({ tags = {}, by = this.clients }: PublicRepositoryOptions = {}): Promise<string> {
    const repositoryName = this.name('repository');
    await by.ecrPublic.send(new CreatePublicRepositoryCommand({
      repositoryName, tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }));
    return repositoryName;
  }

  parameter(): string {
    return `/${this.name('parameter')}`;
  }

  async role(statements: readonly Statement[]): Promise<ProbeClients> {
    const accessKeyId = `PROBE${++this.names}`;
    this.fakes.ecr.principal(accessKeyId, {
      policy: statements as never,
      arn: `arn:aws:sts::${this.account}:assumed-role/${accessKeyId}/probe`,
      roleArn: this.roleArn(accessKeyId),
    });
    return this.clientsOf(accessKeyId);
  }

  async unused(): Promise<UnusedRole> {
    const arn = this.roleArn(`PROBE${++this.names}`);
    return { arn, delete: async () => { this.fakes.ecr.deletePrincipal(arn); } };
  }

  async stack(): Promise<ProbeStack> {
    return new FakeStack(this.fakes.cloudFormation, this.clients, this.account, this.name('repository'));
  }

  async wait(milliseconds: number): Promise<void> {
    this.now += milliseconds;
  }

  private roleArn(name: string): string {
    return `arn:aws:iam::${this.account}:role/ecr-keeper-probe/${name}`;
  }

  private clientsOf(accessKeyId: string): ProbeClients {
    const { cloudFormation } = this.fakes.surroundings(accessKeyId);
    const clients = this.fakes.clients(accessKeyId);
    return {
      ecr: clients.ecr({}),
      ecrPublic: clients.ecrPublic(),
      cloudFormation: cloudFormation(),
      ecs: clients.ecs({}),
      lambda: clients.lambda({}),
      sts: clients.sts(),
      s3: clients.s3(),
      ssm: clients.ssm(),
    };
  }
}
