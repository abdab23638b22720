import type { RoleToAssume } from './location';
import { isSet, optionalText, text, WireError } from './scalars';
import { ACCOUNT_ID } from '../environment';
import { isJsonObject, JsonObject, parseJson } from '../json';
import type { ReplicationDestination, ReplicationRule } from '../registry-rules/replication-rules';

/** Contract between `src/private` and `lambda/registry-replication`: the replication rules of one stack. */
export const REGISTRY_REPLICATION_RESOURCE_TYPE = 'Custom::EcrRegistryReplication';
export const REGISTRY_REPLICATION_HANDLER = 'registry-replication';

/** A registry of another account whose policy is read before the rules that lead there are written, and the role that reads it. */
export interface CheckedDestination extends ReplicationDestination {
  readonly role: RoleToAssume;
  /** Indices of the rules. */
  readonly rules: readonly number[];
}

export interface RegistryReplicationProperties {
  /** Account of the stack, for messages. The handler changes only the registry of its own account and Region. */
  readonly registryId: string;
  readonly rules: readonly ReplicationRule[];
  readonly checked: readonly CheckedDestination[];
  /** Whether to replicate the images that exist already. */
  readonly backfill: boolean;
  /** Value whose change applies everything again. */
  readonly trigger?: string;
}

/** Properties for the template. Values can be CDK tokens. Lists are one JSON text, so that CloudFormation does not change scalars. */
export interface EncodableRegistryReplication {
  readonly registryId: string;
  readonly rules: string;
  readonly checked: unknown;
  readonly backfill: unknown;
  readonly trigger: unknown;
}

export function encodeRegistryReplication(properties: EncodableRegistryReplication): Record<string, unknown> {
  return {
    RegistryId: properties.registryId,
    Rules: properties.rules,
    Checked: properties.checked,
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
    checked: decodeChecked(raw, rules.length),
    backfill: isSet(raw, 'Backfill'),
    trigger: optionalText(raw, 'Trigger'),
  };
}

function decodeChecked(raw: Readonly<Record<string, unknown>>, count: number): CheckedDestination[] {
  const checked = parseJson(optionalText(raw, 'Checked') ?? '[]');
  const isIndex = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < count;
  const isDestination = (one: unknown): one is JsonObject => isJsonObject(one) && typeof one.region === 'string'
    && typeof one.registryId === 'string' && isJsonObject(one.role) && typeof one.role.roleArn === 'string'
    && Array.isArray(one.rules) && one.rules.every(isIndex);
  if (!Array.isArray(checked) || !checked.every(isDestination)) {
    throw new WireError('Checked', 'a JSON list of destinations with a role and rules', raw.Checked);
  }
  return checked as unknown as CheckedDestination[];
}
