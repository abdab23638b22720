import fc from 'fast-check';
import { decodeTeardown, encodeTeardown, TeardownProperties } from '../../../src/core/wire/teardown';

const ARN = 'arn:aws:ecr:eu-west-1:111111111111:repository/team/app';

/** CloudFormation drops what is undefined and hands every scalar over as a string. */
const throughCloudFormation = (properties: Record<string, unknown>): Record<string, unknown> => Object.fromEntries(
  Object.entries(properties).filter(([, value]) => value !== undefined).map(([key, value]) => [key, asStrings(value)]));
const asStrings = (value: unknown): unknown => Array.isArray(value) ? value.map(asStrings)
  : typeof value === 'object' ? throughCloudFormation(value as Record<string, unknown>) : String(value);

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const text = fc.string({ minLength: 1 });
const role = fc.record({ roleArn: text, externalId: optional(text) });

test('round trip', () => {
  const properties: fc.Arbitrary<TeardownProperties> = fc.record({
    repositoryArn: fc.constant(ARN),
    owned: fc.boolean(),
    repositoryLogicalId: optional(fc.stringMatching(/^[A-Za-z0-9]{1,20}$/)),
    onStackDelete: fc.constantFrom('delete-with-images' as const, 'empty' as const, 'retain' as const),
    guards: fc.record({
      maxImages: optional(fc.nat()),
      requireTag: optional(fc.record({ key: fc.string({ minLength: 1 }), value: fc.string() })),
      protectedTags: fc.array(text),
      pushedWithin: optional(fc.nat()),
      pulledWithin: optional(fc.nat()),
      inUseBy: fc.array(fc.oneof(fc.record({
        service: fc.constantFrom('ecs' as const, 'lambda' as const),
        clusters: optional(fc.array(text, { minLength: 1 })),
        newestTaskDefinitions: optional(fc.integer({ min: 1, max: 100 })),
        region: optional(text),
        role: optional(role),
      }), fc.record({ service: fc.constant('listed' as const), bucket: text, keyPattern: text, maxAge: fc.nat() }))),
    }),
    exceptions: fc.record({ tags: fc.array(text), newest: fc.nat() }),
    emptyTrigger: optional(text),
    replicaRegions: fc.array(text),
    region: optional(text),
    role: optional(role),
    audit: fc.oneof(fc.constant({ isOn: false, bucket: undefined }), fc.record({ isOn: fc.constant(true), bucket: optional(text) })),
  });
  // decoding refuses others: see below
  const sound = properties.filter(({ owned, guards }) => owned || guards.requireTag !== undefined);
  fc.assert(fc.property(sound, p => expect(decodeTeardown(throughCloudFormation(encodeTeardown(p)))).toEqual(p)), { seed: 1 });
});

test.each([
  ['RepositoryArn', undefined, 'a string, got: nothing'],
  ['RepositoryArn', 'x', 'the ARN of a private repository, got: "x"'],
  ['Owned', 'maybe', 'true or false, got: "maybe"'],
  ['OnStackDelete', '', 'one of delete-with-images, empty, retain, got: ""'],
  ['MaxImages', '1.5', 'a whole number of at least 0, got: "1.5"'],
  ['MaxImages', '9'.repeat(16), 'a whole number'],
  ['RequireTagKey', '', 'a string, got: ""'],
  ['PushedWithin', '1.5', 'a whole number of at least 0, got: "1.5"'],
  ['PulledWithin', '-1', 'a whole number of at least 0, got: "-1"'],
  ['ProtectedTags', 'v*', 'a list of strings, got: "v*"'],
  ['InUseBy', 'ecs', 'a list, got: "ecs"'],
  ['ExceptTags', 'v*', 'a list of strings, got: "v*"'],
  ['ExceptNewest', 'x', 'a whole number of at least 0, got: "x"'],
  ['Audit', '1', 'true or false, got: "1"'],
])('%s that does not decode is named', (property, value, message) => {
  const good = throughCloudFormation(encodeTeardown({
    repositoryArn: ARN,
    owned: true,
    onStackDelete: 'retain',
    guards: { protectedTags: [], inUseBy: [] },
    exceptions: { tags: [], newest: 0 },
    replicaRegions: [],
    audit: { isOn: false },
  }));
  expect(() => decodeTeardown({ ...good, [property]: value })).toThrow(`'${property}' must be ${message}`);
});

describe('a repository that the stack does not own must have a required tag, even if the property is missing', () => {
  const decoded = (owned: boolean, onStackDelete: TeardownProperties['onStackDelete'], tag: Record<string, string> = {}) =>
    () => decodeTeardown({ RepositoryArn: ARN, Owned: String(owned), OnStackDelete: onStackDelete, ...tag });

  test.each(['delete-with-images', 'empty', 'retain'] as const)('%s', onStackDelete => {
    expect(decoded(false, onStackDelete)).toThrow('\'RequireTagKey\' must be a string, got: nothing');
    expect(decoded(false, onStackDelete, { RequireTagValue: 'test' })).toThrow('\'RequireTagKey\' must be a string, got: nothing');
    expect(decoded(false, onStackDelete, { RequireTagKey: 'stage' })().guards.requireTag).toEqual({ key: 'stage', value: '' });
    expect(decoded(true, onStackDelete)().guards.requireTag).toBeUndefined();
    expect(decoded(true, onStackDelete, { RequireTagValue: 'test' })).toThrow('\'RequireTagKey\' must be a string, got: nothing');
  });
});
