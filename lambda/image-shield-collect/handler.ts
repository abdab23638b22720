import { S3Client } from '@aws-sdk/client-s3';
import { collect, CollectInput } from './collect';
import type { SearchResult } from '../../src/core/shield/found-use';
import { awsSurroundings, CLIENT } from '../shared/aws/clients';
import { awsInUseClients, InUseClients } from '../shared/in-use/clients';
import type { Surroundings } from '../shared/protocol/job';
import { ShieldObjects } from '../shared/shield/objects';
import { environmentOf, StepContext, stepTask } from '../shared/shield/step';

export interface CollectClients extends InUseClients {
  /** Client for the bucket of the shield. */
  state(): S3Client;
}

export const imageShieldCollectHandler = (surroundings: Surroundings, clients: CollectClients) =>
  async (input: CollectInput, context: StepContext): Promise<SearchResult> => {
    const { task } = stepTask(surroundings, context);
    const objects = new ShieldObjects(task, clients.state(), input.settings.bucket);
    return collect(task, clients, objects, input, environmentOf(context));
  };

export const handler = imageShieldCollectHandler(awsSurroundings(), { ...awsInUseClients(), state: () => new S3Client(CLIENT) });
