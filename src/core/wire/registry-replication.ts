import { isSet, optionalText, text, WireError } from './scalars';
import { ACCOUNT_ID } from '../environment';
import { isJsonObject, parseJson } from '../json';
import type { ReplicationRule } from '../registry-rules/replication-rules';

/** Contract between `src/private` and `lambda/registry-replication`: the replication rules of one stack. */
export const REGISTRY_REPLICATION_RESOURCE_TYPE = 'Custom::EcrRegistryReplication';
export const REGISTRY_REPLICATION_HANDLER = 'registry-replication';

export interface RegistryReplicationProperties {
  /** Account of the stack, for messages. The handler changes only the registry of its own account and Region. */
  readonly registryId: string;
  readonly rules: readonly ReplicationRule[];
  /** Whether to replicate the images that exist already. */
  readonly backfill: boolean;
  /** Value whose change applies everything again. */
  readonly trigger?: string;
}

/** Properties for the template. Values can be CDK tokens. The rules are one JSON text, so that CloudFormation does not change scalars. */
export interface EncodableRegistryReplication {
  readonly registryId: string;
  readonly rules: string;
  readonly backfill: unknown;
  readonly trigger: unknown;
}

export function encodeRegistryReplication(properties: EncodableRegistryReplication): Record<string, unknown> {
  return {
    RegistryId: properties.registryId,
    Rules: properties.rules,
    Backfill: properties.backfill,
    Trigger: properties.trigger,
  };
}

/** @throws WireError naming the property that does not decode */
export function decodeRegistryReplication(raw: Readonly<Record<string, unknown>>): RegistryReplicationProperties {
  const registryId = text(raw, 'RegistryId');
  if (!ACCOUNT_ID.test(registryId)) throw new WireError('RegistryId', 'an account ID', registryId);
  const rules = parseJson(text(raw, 'Rules'));
  if (!Array.isArray(rules) || !rules.every(isJsonObject)) throw new WireError('Rules', 'a JSON list of rules', raw.Rules);
  return {
    registryId,
    rules: rules as unknown as ReplicationRule[],
    backfill: isSet(raw, 'Backfill'),
    trigger: optionalText(raw, 'Trigger'),
  };
}
