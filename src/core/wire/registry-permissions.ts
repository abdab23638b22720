import { isSet, optionalText, text, texts, WireError } from './scalars';
import { decodeStatements } from './statements';
import { ACCOUNT_ID } from '../environment';
import { Statement } from '../policy/document';

/** Contract between `src/private` and `lambda/registry-permissions`: the statements of one stack for the policy of its registry. */
export const REGISTRY_PERMISSIONS_RESOURCE_TYPE = 'Custom::EcrRegistryPermissions';
export const REGISTRY_PERMISSIONS_HANDLER = 'registry-permissions';

export interface RegistryPermissionsProperties {
  /** Account of the stack, for messages. The handler changes only the registry of its own account and Region. */
  readonly registryId: string;
  readonly statements: Statement[];
  /** Sids for which existing statements of other owners are replaced. */
  readonly replaceExistingSids: readonly string[];
  /** Whether to remove principals that no longer exist from existing statements. */
  readonly dropDeadPrincipals: boolean;
  /** Value whose change applies everything again. */
  readonly trigger?: string;
}

/**
 * Properties for the template. Values can be CDK tokens. The statements are one JSON text, so that CloudFormation does not change their
 * scalars.
 */
export interface EncodableRegistryPermissions {
  readonly registryId: string;
  readonly statements: string;
  readonly replaceExistingSids: unknown;
  readonly dropDeadPrincipals: unknown;
  readonly trigger: unknown;
}

export function encodeRegistryPermissions(properties: EncodableRegistryPermissions): Record<string, unknown> {
  return {
    RegistryId: properties.registryId,
    Statements: properties.statements,
    ReplaceExistingSids: properties.replaceExistingSids,
    DropDeadPrincipals: properties.dropDeadPrincipals,
    Trigger: properties.trigger,
  };
}

/** @throws WireError naming the property that does not decode */
export function decodeRegistryPermissions(raw: Readonly<Record<string, unknown>>): RegistryPermissionsProperties {
  const registryId = text(raw, 'RegistryId');
  if (!ACCOUNT_ID.test(registryId)) throw new WireError('RegistryId', 'an account ID', registryId);
  return {
    registryId,
    statements: decodeStatements(text(raw, 'Statements')),
    replaceExistingSids: texts(raw, 'ReplaceExistingSids') ?? [],
    dropDeadPrincipals: isSet(raw, 'DropDeadPrincipals'),
    trigger: optionalText(raw, 'Trigger'),
  };
}
