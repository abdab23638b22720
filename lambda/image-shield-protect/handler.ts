import { S3Client } from '@aws-sdk/client-s3';
import { protect, ProtectInput } from './protect';
import { awsSurroundings, CLIENT } from '../shared/aws/clients';
import { awsInUseClients, InUseClients } from '../shared/in-use/clients';
import type { Surroundings } from '../shared/protocol/job';
import { ShieldObjects } from '../shared/shield/objects';
import { environmentOf, StepContext, stepTask } from '../shared/shield/step';

export interface ProtectClients extends Pick<InUseClients, 'ecs'> {
  s3(): S3Client;
}

export const imageShieldProtectHandler = (surroundings: Surroundings, clients: ProtectClients) =>
  async (input: ProtectInput, context: StepContext): Promise<{ readonly more: boolean }> => {
    const { task, isTimeUp } = stepTask(surroundings, context);
    const objects = new ShieldObjects(task, clients.s3(), input.settings.bucket);
    const scope = { objects, isTimeUp, ownRegistry: environmentOf(context), ecs: () => clients.ecs({}) };
    return protect({ ...task, ecr: surroundings.ecr }, input, scope);
  };

export const handler = imageShieldProtectHandler(
  // without a prefix, because CloudWatch reads a metric only from a line that contains nothing except its JSON
  { ...awsSurroundings(), log: line => { process.stdout.write(`${line}\n`); } },
  { ...awsInUseClients(), s3: () => new S3Client(CLIENT) },
);
