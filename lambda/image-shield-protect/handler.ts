import { S3Client } from '@aws-sdk/client-s3';
import { usesOfEvent } from './ecs-event';
import { protectFromEvent } from './protect-from-event';
import { protectPartition } from './protect-partition';
import { sourceIn } from '../../src/core/shield/found-use';
import { partitionOfStateKey } from '../../src/core/shield/keys';
import type { ShieldSettings } from '../../src/core/shield/settings';
import { awsSurroundings, CLIENT } from '../shared/aws/clients';
import { awsInUseClients, InUseClients } from '../shared/in-use/clients';
import type { Surroundings } from '../shared/protocol/job';
import { ShieldObjects } from '../shared/shield/objects';
import { environmentOf, isStopped, StepContext, stepTask } from '../shared/shield/step';

/** Input of the state machine of a run, or of the state machine for events. */
export type ProtectInput = { readonly settings: ShieldSettings } & (
  | { readonly run: string; readonly startedAt: string; readonly key: string }
  | { readonly event: Readonly<Record<string, unknown>> }
);

export interface ProtectClients extends Pick<InUseClients, 'ecs'> {
  s3(): S3Client;
}

export const imageShieldProtectHandler = (surroundings: Surroundings, clients: ProtectClients) =>
  async (input: ProtectInput, context: StepContext): Promise<{ readonly more: boolean }> => {
    const { task, isTimeUp } = stepTask(surroundings, context);
    const ecrTask = { ...task, ecr: surroundings.ecr };
    const { settings } = input;
    const objects = new ShieldObjects(task, clients.s3(), settings.bucket);
    if (await isStopped(objects)) {
      task.log('the shield is stopped, so nothing was changed');
      return { more: false };
    }
    const ownRegistry = environmentOf(context);
    if ('event' in input) {
      const uses = await usesOfEvent(task, clients.ecs({}), input.event);
      await protectFromEvent(ecrTask, objects, { settings, ownRegistry, source: sourceIn(ownRegistry, 'ecs') }, uses);
      return { more: false };
    }
    const { run, startedAt, key } = input;
    const partition = partitionOfStateKey(key);
    if (partition === undefined) throw new Error(`'${key}' is not the key of a state object`);
    return protectPartition(ecrTask, objects, { settings, run, startedAt, partition, ownRegistry, isTimeUp });
  };

export const handler = imageShieldProtectHandler(
  // without a prefix, because CloudWatch reads a metric only from a line that contains nothing except its JSON
  { ...awsSurroundings(), log: line => { process.stdout.write(`${line}\n`); } },
  { ...awsInUseClients(), s3: () => new S3Client(CLIENT) },
);
