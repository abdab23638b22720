import { throughCloudFormation } from './through-cloudformation';
import {
  decodeRegistryScanning, EncodableRegistryScanning, encodeRegistryScanning, RegistryScanningProperties,
} from '../../../src/core/wire/registry-scanning';

const LEAST: EncodableRegistryScanning = {
  registryId: '111111111111', scanType: undefined, onPush: ['*'], continuous: undefined, trigger: undefined,
};
const DECODED: RegistryScanningProperties = { registryId: '111111111111', filters: [{ frequency: 'SCAN_ON_PUSH', filter: '*' }] };

test.each<[string, Partial<EncodableRegistryScanning>, Partial<RegistryScanningProperties>]>([
  ['nothing but a filter', {}, {}],
  ['a scan type', { scanType: 'ENHANCED' }, { scanType: 'ENHANCED' }],
  ['continuous filters', { continuous: ['team/*'], onPush: undefined }, { filters: [{ frequency: 'CONTINUOUS_SCAN', filter: 'team/*' }] }],
  ['a trigger', { trigger: 'spring' }, { trigger: 'spring' }],
])('round trip: %s', (_what, given, decoded) => {
  expect(decodeRegistryScanning(throughCloudFormation(encodeRegistryScanning({ ...LEAST, ...given })))).toEqual({ ...DECODED, ...decoded });
});

test.each([
  ['RegistryId', 'x', 'an account ID, got: "x"'],
  ['ScanType', 'OTHER', 'one of BASIC, ENHANCED, got: "OTHER"'],
  ['OnPush', 'maybe', 'a list of strings, got: "maybe"'],
])('%s that does not decode is named', (property, value, message) => {
  expect(() => decodeRegistryScanning({ ...throughCloudFormation(encodeRegistryScanning(LEAST)), [property]: value }))
    .toThrow(`'${property}' must be ${message}`);
});
