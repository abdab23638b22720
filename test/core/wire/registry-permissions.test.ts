import { throughCloudFormation } from './through-cloudformation';
import {
  decodeRegistryPermissions, EncodableRegistryPermissions, encodeRegistryPermissions, RegistryPermissionsProperties,
} from '../../../src/core/wire/registry-permissions';

const STATEMENTS = [{ Sid: 'A', Effect: 'Allow', Action: 'ecr:ReplicateImage', Principal: '*', Resource: '*' }];
const LEAST: EncodableRegistryPermissions = {
  registryId: '111111111111',
  statements: JSON.stringify(STATEMENTS),
  replaceExistingSids: undefined,
  dropDeadPrincipals: undefined,
  trigger: undefined,
};
const DECODED: RegistryPermissionsProperties = {
  registryId: '111111111111', statements: STATEMENTS, replaceExistingSids: [], dropDeadPrincipals: false,
};

test.each<[string, Partial<EncodableRegistryPermissions>, Partial<RegistryPermissionsProperties>]>([
  ['nothing but the statements', {}, {}],
  ['Sids to replace', { replaceExistingSids: ['A', 'B'] }, { replaceExistingSids: ['A', 'B'] }],
  ['a flag', { dropDeadPrincipals: true }, { dropDeadPrincipals: true }],
  ['a trigger', { trigger: 'spring' }, { trigger: 'spring' }],
])('round trip: %s', (_what, given, decoded) => {
  expect(decodeRegistryPermissions(throughCloudFormation(encodeRegistryPermissions({ ...LEAST, ...given }))))
    .toEqual({ ...DECODED, ...decoded });
});

test.each([
  ['RegistryId', 'x', 'an account ID, got: "x"'],
  ['Statements', '{', 'a JSON list of statements, got: "{"'],
  ['ReplaceExistingSids', 'maybe', 'a list of strings, got: "maybe"'],
  ['DropDeadPrincipals', '', 'true or false, got: ""'],
])('%s that does not decode is named', (property, value, message) => {
  expect(() => decodeRegistryPermissions({ ...throughCloudFormation(encodeRegistryPermissions(LEAST)), [property]: value }))
    .toThrow(`'${property}' must be ${message}`);
});
