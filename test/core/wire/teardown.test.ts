import fc from 'fast-check';
import { decodeTeardown, encodeTeardown, TeardownProperties } from '../../../src/core/wire/teardown';

const ARN = 'arn:aws:ecr:eu-west-1:111111111111:repository/team/app';

/** CloudFormation drops what is undefined and hands every scalar over as a string. */
const throughCloudFormation = (properties: Record<string, unknown>): Record<string, unknown> => Object.fromEntries(
  Object.entries(properties).filter(([, value]) => value !== undefined).map(([key, value]) => [key, String(value)]));

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

test('round trip', () => {
  const properties: fc.Arbitrary<TeardownProperties> = fc.record({
    repositoryArn: fc.constant(ARN),
    owned: fc.boolean(),
    repositoryLogicalId: optional(fc.stringMatching(/^[A-Za-z0-9]{1,20}$/)),
    onStackDelete: fc.constantFrom('delete-with-images' as const, 'retain' as const),
    maxImages: optional(fc.nat()),
    requireTag: optional(fc.record({ key: fc.string({ minLength: 1 }), value: fc.string() })),
  });
  fc.assert(fc.property(properties, p => expect(decodeTeardown(throughCloudFormation(encodeTeardown(p)))).toEqual(p)), { seed: 1 });
});

test.each([
  ['RepositoryArn', undefined, 'a text, got: nothing'],
  ['RepositoryArn', 'x', 'the ARN of a private repository, got: "x"'],
  ['Owned', 'maybe', 'true or false, got: "maybe"'],
  ['OnStackDelete', '', 'one of delete-with-images, retain, got: ""'],
  ['MaxImages', '1.5', 'a whole number of at least 0, got: "1.5"'],
  ['MaxImages', '9'.repeat(16), 'a whole number'],
  ['RequireTagKey', '', 'a text, got: ""'],
])('%s that does not decode is named', (property, value, message) => {
  const good = throughCloudFormation(encodeTeardown({ repositoryArn: ARN, owned: true, onStackDelete: 'retain' }));
  expect(() => decodeTeardown({ ...good, [property]: value })).toThrow(`'${property}' must be ${message}`);
});
