import { decodePrefixTeardown, encodePrefixTeardown, PrefixTeardownProperties } from '../../../src/core/wire/prefix-teardown';

const PROPERTIES: PrefixTeardownProperties = {
  prefix: 'team/cache/',
  regions: ['eu-west-1', 'us-east-1'],
  maxRepositories: 7,
  excluded: ['team/cache/ours'],
  guards: {
    maxImages: 3, requireTag: { key: 'stage', value: '' }, protectedTags: ['v*'], pushedWithin: 120, pulledWithin: 60, inUseBy: [],
  },
  audit: { isOn: true, bucket: 'audit' },
};

/** CloudFormation drops what is undefined and hands every scalar over as a string. */
const strings = (value: unknown): unknown => Array.isArray(value) ? value.map(strings) : typeof value === 'object' && value !== null
  ? Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined).map(([key, item]) => [key, strings(item)]))
  : String(value);
const raw = strings(encodePrefixTeardown(PROPERTIES)) as Record<string, unknown>;

test('round trip', () => {
  expect(decodePrefixTeardown(raw)).toEqual(PROPERTIES);
});

test.each([
  ['Prefix', 'team', 'the beginning of repository names that ends in \'/\' and is not ROOT, got: "team"'],
  ['Prefix', 'ROOT', 'the beginning of repository names'],
  ['Prefix', undefined, 'a string, got: nothing'],
  ['Prefix', '/', 'the beginning of repository names'],
  ['RequireTagKey', undefined, 'a string, got: nothing'],
  ['Regions', 'eu-west-1', 'a list of strings'],
  ['MaxRepositories', '-1', 'a whole number of at least 0'],
])('%s that does not decode is named: %s', (property, value, message) => {
  expect(() => decodePrefixTeardown({ ...raw, [property]: value })).toThrow(`'${property}' must be ${message}`);
});
