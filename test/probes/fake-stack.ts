import { randomUUID } from 'node:crypto';
import type { StackEvent } from '@aws-sdk/client-cloudformation';
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { readEvents } from './aws-stack';
import type { ProbeClients } from './probe';
import { CUSTOM_TYPE, DeployOptions, ProbeStack, Resource } from './probe-stack';
import { withResponder } from './responder';
import type { LocalCloudFormation } from '../local-cloudformation/local-cloudformation';

/**
 * A stack that local-cloudformation reads. Only what the handlers read of a stack is modelled: its states, events, and resources. The
 * emulator is asked what becomes of resources.
 */
export class FakeStack implements ProbeStack {
  readonly id: string;
  readonly functionName = 'probe';
  readonly rollBack = notModelled;
  readonly requests = notModelled;
  readonly left = notModelled;
  private readonly types = new Map<string, string>();

  constructor(
    private readonly cloudFormation: LocalCloudFormation, private readonly clients: ProbeClients, account: string,
    private readonly name: string,
  ) {
    this.id = `arn:aws:cloudformation:us-east-1:${account}:stack/probe/${randomUUID()}`;
  }

  repository(properties: Readonly<Record<string, unknown>> = {}, DeletionPolicy = 'Delete') {
    return { Type: 'AWS::ECR::Repository', DeletionPolicy, Properties: { RepositoryName: this.name, ...properties } };
  }

  async deploy(resources: Readonly<Record<string, Resource>>, options: DeployOptions = {}): Promise<string> {
    if (Object.values(options).some(Boolean)) return notModelled();
    const stack = this.cloudFormation.stack(this.id);
    const operation = stack.exists ? 'UPDATE' : 'CREATE';
    stack.status(`${operation}_IN_PROGRESS`);
    const all = withResponder(resources, { functionName: this.functionName, roleName: 'probe', rolePath: '/', log: '' });
    const isNew = ([logicalId]: [string, Resource]) => !this.types.has(logicalId);
    for (const [logicalId, { Type, Properties }] of Object.entries(all).filter(isNew)) {
      if (Type === CUSTOM_TYPE && Properties.Fails === 'Create') {
        const reason = 'Received response status [FAILED] from custom resource. Message returned: '
          + `${'x'.repeat(Number(Properties.ReasonLength) - 3)}end (RequestId: ${randomUUID()})`;
        stack.resourceEvent(logicalId, Type, 'CREATE_FAILED', reason);
        stack.status('ROLLBACK_IN_PROGRESS').status('ROLLBACK_COMPLETE');
        return 'ROLLBACK_COMPLETE';
      }
      await this.create(logicalId, Type, Properties);
    }
    for (const [logicalId, type] of this.types) {
      if (!(logicalId in all)) this.resource(logicalId, type, 'DELETE_SKIPPED');
    }
    stack.status(`${operation}_COMPLETE`);
    return `${operation}_COMPLETE`;
  }

  async delete(): Promise<string> {
    this.cloudFormation.stack(this.id).status('DELETE_IN_PROGRESS');
    for (const [logicalId, type] of this.types) this.resource(logicalId, type, 'DELETE_SKIPPED');
    this.cloudFormation.stack(this.id).status('DELETE_COMPLETE');
    return 'DELETE_COMPLETE';
  }

  events(): Promise<StackEvent[]> {
    return readEvents(this.clients.cloudFormation, this.id);
  }

  private async create(logicalId: string, type: string, { RepositoryName }: Resource['Properties']): Promise<void> {
    if (typeof RepositoryName === 'string') await this.clients.ecr.send(new CreateRepositoryCommand({ repositoryName: RepositoryName }));
    this.types.set(logicalId, type);
    this.resource(logicalId, type, 'CREATE_COMPLETE');
  }

  private resource(logicalId: string, type: string, status: string): void {
    const physicalId = { 'AWS::ECR::Repository': this.name, 'AWS::Lambda::Function': this.functionName }[type];
    this.cloudFormation.stack(this.id).resource(logicalId, { type, physicalId, status }).resourceEvent(logicalId, type, status);
  }
}

function notModelled(): never {
  throw new Error('Only the emulator models this');
}
