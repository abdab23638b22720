import { throughCloudFormation } from './through-cloudformation';
import {
  decodeRegistryReplication, EncodableRegistryReplication, encodeRegistryReplication, RegistryReplicationProperties,
} from '../../../src/core/wire/registry-replication';

const RULES = [{ destinations: [{ region: 'eu-central-1', registryId: '111111111111' }], deleteReplication: { enabled: true } }];
const LEAST: EncodableRegistryReplication = {
  registryId: '111111111111', rules: JSON.stringify(RULES), backfill: undefined, trigger: undefined,
};
const DECODED: RegistryReplicationProperties = { registryId: '111111111111', rules: RULES, backfill: false };

test.each<[string, Partial<EncodableRegistryReplication>, Partial<RegistryReplicationProperties>]>([
  ['nothing but the rules', {}, {}],
  ['a backfill', { backfill: true }, { backfill: true }],
  ['a trigger', { trigger: 'spring' }, { trigger: 'spring' }],
])('round trip: %s', (_what, given, decoded) => {
  expect(decodeRegistryReplication(throughCloudFormation(encodeRegistryReplication({ ...LEAST, ...given }))))
    .toEqual({ ...DECODED, ...decoded });
});

test.each([
  ['RegistryId', 'x', 'an account ID, got: "x"'],
  ['Rules', '{', 'a JSON list of rules, got: "{"'],
  ['Rules', '[1]', 'a JSON list of rules, got: "[1]"'],
  ['Backfill', '', 'true or false, got: ""'],
])('%s that does not decode is named', (property, value, message) => {
  expect(() => decodeRegistryReplication({ ...throughCloudFormation(encodeRegistryReplication(LEAST)), [property]: value }))
    .toThrow(`'${property}' must be ${message}`);
});
