import type { ECRClient } from '@aws-sdk/client-ecr';
import { describeRegistryCommand, putReplicationConfigurationCommand } from './raw-configuration';
import type { ReplicationRule } from '../../../src/core/registry-rules/replication-rules';
import { retryDeniedOrThrottled } from '../aws/send-command';
import type { EcrTask } from '../protocol/job';

/** Reads the replication rules of the client's registry, with all members, also those that this library and the SDK do not know. */
export async function readReplicationRules(task: EcrTask): Promise<readonly ReplicationRule[]> {
  const rules = await retryDeniedOrThrottled(task, async () => {
    const [command, rulesOfResponse] = describeRegistryCommand();
    await task.ecr.send(command, { abortSignal: task.signal });
    return rulesOfResponse();
  });
  return rules as readonly ReplicationRule[];
}

/** Replaces the replication rules of the client's registry by these, with all their members. */
export async function writeReplicationRules(
  ecr: ECRClient, rules: readonly ReplicationRule[], options: { readonly abortSignal: AbortSignal },
): Promise<void> {
  await ecr.send(putReplicationConfigurationCommand(rules), options);
}
