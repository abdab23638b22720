import { throughCloudFormation } from './through-cloudformation';
import {
  decodeRegistryReplication, EncodableRegistryReplication, encodeRegistryReplication, RegistryReplicationProperties,
} from '../../../src/core/wire/registry-replication';

const RULES = [{ destinations: [{ region: 'eu-central-1', registryId: '111111111111' }], deleteReplication: { enabled: true } }];
const role = { roleArn: 'arn:aws:iam::222222222222:role/look', externalId: 'id' };
const CHECKED = [{ region: 'eu-central-1', registryId: '222222222222', role, rules: [0] }];
const LEAST: EncodableRegistryReplication = {
  registryId: '111111111111', rules: JSON.stringify(RULES), checked: undefined, backfill: undefined, trigger: undefined,
};
const DECODED: RegistryReplicationProperties = { registryId: '111111111111', rules: RULES, checked: [], backfill: false };

test.each<[string, Partial<EncodableRegistryReplication>, Partial<RegistryReplicationProperties>]>([
  ['nothing but the rules', {}, {}],
  ['a backfill', { backfill: true }, { backfill: true }],
  ['a destination that is checked', { checked: JSON.stringify(CHECKED) }, { checked: CHECKED }],
  ['a trigger', { trigger: 'spring' }, { trigger: 'spring' }],
])('round trip: %s', (_what, given, decoded) => {
  expect(decodeRegistryReplication(throughCloudFormation(encodeRegistryReplication({ ...LEAST, ...given }))))
    .toEqual({ ...DECODED, ...decoded });
});

test.each([
  ['RegistryId', 'x', 'an account ID, got: "x"'],
  ['Rules', '{', 'a JSON list of rules, got: "{"'],
  ['Rules', '[1]', 'a JSON list of rules, got: "[1]"'],
  ['Checked', '{}', 'a JSON list of destinations with a role and rules, got: "{}"'],
  ['Checked', '[{"region":"eu-central-1","registryId":"2","rules":[0]}]', 'a JSON list of destinations with a role and rules, got: "[{'],
  ['Checked', JSON.stringify([{ ...CHECKED[0], rules: [1] }]), 'a JSON list of destinations with a role and rules, got: "[{'],
  ['Backfill', '', 'true or false, got: ""'],
])('%s that does not decode is named', (property, value, message) => {
  expect(() => decodeRegistryReplication({ ...throughCloudFormation(encodeRegistryReplication(LEAST)), [property]: value }))
    .toThrow(`'${property}' must be ${message}`);
});
