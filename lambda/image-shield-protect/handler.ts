import { S3Client } from '@aws-sdk/client-s3';
import { protect, ProtectClients, ProtectInput } from './protect';
import { awsSurroundings, CLIENT } from '../shared/aws/clients';
import { awsEcrClients } from '../shared/aws/ecr-clients';
import { awsInUseClients } from '../shared/in-use/clients';
import type { Surroundings } from '../shared/protocol/job';
import { ShieldObjects } from '../shared/shield/objects';
import { environmentOf, StepContext, stepTask } from '../shared/shield/step';

export const imageShieldProtectHandler = (surroundings: Surroundings, clients: ProtectClients & { s3(): S3Client }) =>
  async (input: ProtectInput, context: StepContext): Promise<{ readonly more: boolean }> => {
    const { task, isTimeUp } = stepTask(surroundings, context);
    const objects = new ShieldObjects(task, clients.s3(), input.settings.bucket);
    const scope = { objects, isTimeUp, ownRegistry: environmentOf(context), clients };
    return protect({ ...task, ecr: surroundings.ecr }, input, scope);
  };

export const handler = imageShieldProtectHandler(
  // without a prefix, because CloudWatch reads a metric only from a line that contains nothing except its JSON
  { ...awsSurroundings(), log: line => { process.stdout.write(`${line}\n`); } },
  { ...awsInUseClients(), ...awsEcrClients(), s3: () => new S3Client(CLIENT) },
);
