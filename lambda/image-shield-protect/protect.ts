import type { ECSClient } from '@aws-sdk/client-ecs';
import { usesOfEvent } from './ecs-event';
import { protectFromEvent } from './protect-from-event';
import { protectPartition } from './protect-partition';
import type { RegistryClients } from './registry';
import { sourceIn } from '../../src/core/shield/found-use';
import { partitionOfStateKey } from '../../src/core/shield/keys';
import type { ShieldSettings } from '../../src/core/shield/settings';
import type { ClientLocation } from '../shared/aws/ecr-clients';
import type { EcrTask } from '../shared/protocol/job';
import type { ShieldObjects } from '../shared/shield/objects';
import { isStopped } from '../shared/shield/step';

/** Input of the state machine of a run, or of the state machine for events. */
export type ProtectInput = { readonly settings: ShieldSettings } & (
  | { readonly run: string; readonly startedAt: string; readonly key: string }
  | { readonly event: Readonly<Record<string, unknown>> }
);

export interface ProtectScope {
  readonly objects: ShieldObjects;
  readonly clients: ProtectClients;
  /** `<registry>/<region>` of the shield. */
  readonly ownRegistry: string;
  /** Whether the function must end soon. */
  isTimeUp(): boolean;
}

export interface ProtectClients extends RegistryClients {
  ecs(location: ClientLocation): ECSClient;
}

/** Does one step of a run, or protects the images of an event, unless the shield is stopped. */
export async function protect(task: EcrTask, input: ProtectInput, scope: ProtectScope): Promise<{ readonly more: boolean }> {
  const { objects, clients, ownRegistry } = scope;
  const { settings } = input;
  if (await isStopped(objects)) {
    task.log('the shield is stopped, so nothing was changed');
    return { more: false };
  }
  if ('event' in input) {
    const uses = await usesOfEvent(task, clients.ecs({}), input.event);
    await protectFromEvent(task, objects, { settings, ownRegistry, source: sourceIn(ownRegistry, 'ecs') }, uses);
    return { more: false };
  }
  const { run, startedAt, key } = input;
  const partition = partitionOfStateKey(key);
  if (partition === undefined) throw new Error(`'${key}' is not the key of a state object`);
  return protectPartition(task, objects, { settings, run, startedAt, partition, ownRegistry, clients, isTimeUp: () => scope.isTimeUp() });
}
