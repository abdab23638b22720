import { throughCloudFormation } from './through-cloudformation';
import { decodePrefixLifecycle, encodePrefixLifecycle, PrefixLifecycleProperties } from '../../../src/core/wire/prefix-lifecycle';

const PROPERTIES: PrefixLifecycleProperties = {
  prefix: 'docker-hub/',
  policyText: '{"rules":[]}',
  maxRepositories: 7,
  excluded: ['docker-hub/ours'],
  overwrite: true,
  guard: { mode: 'refuse', maxImages: 3, protectedTags: ['v*'], inUseBy: [] },
  trigger: '2',
};

const raw = throughCloudFormation(encodePrefixLifecycle(PROPERTIES));

test('all properties survive a round trip', () => {
  expect(decodePrefixLifecycle(raw)).toMatchObject(PROPERTIES);
});

test('omitted properties have their defaults', () => {
  const { Prefix, PolicyText, Overwrite } = raw;
  expect(decodePrefixLifecycle({ Prefix, PolicyText, Overwrite })).toEqual({
    prefix: 'docker-hub/',
    policyText: '{"rules":[]}',
    maxRepositories: 1_000,
    excluded: [],
    overwrite: true,
    guard: undefined,
    trigger: undefined,
  });
});

test.each([
  ['Prefix', 'team', 'the beginning of repository names that ends in \'/\' and is not ROOT, got: "team"'],
  ['Prefix', 'ROOT', 'the beginning of repository names'],
  ['Prefix', undefined, 'a string, got: nothing'],
  ['PolicyText', undefined, 'a string, got: nothing'],
  ['MaxRepositories', '-1', 'a whole number of at least 0'],
  ['Excluded', 'docker-hub/ours', 'a list of strings'],
  ['Guard', 'refuse', 'an object'],
])('%s that does not decode is named: %s', (property, value, message) => {
  expect(() => decodePrefixLifecycle({ ...raw, [property]: value })).toThrow(`'${property}' must be ${message}`);
});
