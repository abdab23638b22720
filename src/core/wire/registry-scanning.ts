import { oneOf, optionalText, text, texts, WireError } from './scalars';
import { ACCOUNT_ID } from '../environment';
import { SCAN_TYPES, ScanType } from '../registry-rules/claim';
import type { ScanFilter } from '../registry-rules/scan-rules';

/** Contract between `src/private` and `lambda/registry-scanning`: the scan rules of one stack. */
export const REGISTRY_SCANNING_RESOURCE_TYPE = 'Custom::EcrRegistryScanning';
export const REGISTRY_SCANNING_HANDLER = 'registry-scanning';

export interface RegistryScanningProperties {
  /** Account of the stack, for messages. The handler changes only the registry of its own account and Region. */
  readonly registryId: string;
  /** @default - the type that the registry has */
  readonly scanType?: ScanType;
  readonly filters: readonly ScanFilter[];
  /** Value whose change applies everything again. */
  readonly trigger?: string;
}

/** Properties for the template. Values can be CDK tokens. */
export interface EncodableRegistryScanning {
  readonly registryId: string;
  readonly scanType: unknown;
  /** Filters of each frequency. */
  readonly onPush: unknown;
  readonly continuous: unknown;
  readonly trigger: unknown;
}

export function encodeRegistryScanning(properties: EncodableRegistryScanning): Record<string, unknown> {
  return {
    RegistryId: properties.registryId,
    ScanType: properties.scanType,
    OnPush: properties.onPush,
    Continuous: properties.continuous,
    Trigger: properties.trigger,
  };
}

/** @throws WireError naming the property that does not decode */
export function decodeRegistryScanning(raw: Readonly<Record<string, unknown>>): RegistryScanningProperties {
  const registryId = text(raw, 'RegistryId');
  if (!ACCOUNT_ID.test(registryId)) throw new WireError('RegistryId', 'an account ID', registryId);
  const filters = (property: string, frequency: string) => (texts(raw, property) ?? []).map(filter => ({ frequency, filter }));
  return {
    registryId,
    scanType: raw.ScanType === undefined ? undefined : oneOf(raw, 'ScanType', SCAN_TYPES),
    filters: [...filters('OnPush', 'SCAN_ON_PUSH'), ...filters('Continuous', 'CONTINUOUS_SCAN')],
    trigger: optionalText(raw, 'Trigger'),
  };
}
