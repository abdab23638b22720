import fc from 'fast-check';
import { throughCloudFormation } from './through-cloudformation';
import { decodeImageTags, encodeImageTags, ImageTagsProperties } from '../../../src/core/wire/image-tags';

const ARN = 'arn:aws:ecr:eu-west-1:111111111111:repository/team/app';
const LEAST: ImageTagsProperties = { repositoryArn: ARN, tagOrDigest: 'build-123', tags: ['prod'], removeTags: true };

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const text = fc.string({ minLength: 1 });

test('round trip', () => {
  const properties: fc.Arbitrary<ImageTagsProperties> = fc.record({
    repositoryArn: fc.constant(ARN),
    tagOrDigest: text,
    tags: fc.array(text, { minLength: 1 }),
    removeTags: fc.boolean(),
    trigger: optional(text),
    region: optional(text),
    role: optional(fc.record({ roleArn: text, externalId: optional(text) })),
  });
  fc.assert(fc.property(properties, p => expect(decodeImageTags(throughCloudFormation(encodeImageTags(p)))).toEqual(p)), { seed: 1 });
});

test('a value that is not set is omitted', () => {
  expect(throughCloudFormation(encodeImageTags(LEAST)))
    .toEqual({ RepositoryArn: ARN, TagOrDigest: 'build-123', Tags: ['prod'], RemoveTags: 'true' });
});

test.each([
  ['RepositoryArn', undefined, 'a string, got: nothing'],
  ['RepositoryArn', 'x', 'the ARN of a private repository, got: "x"'],
  ['TagOrDigest', '', 'a string, got: ""'],
  ['Tags', undefined, 'at least one tag, got: nothing'],
  ['Tags', [], 'at least one tag, got: []'],
  ['Tags', 'prod', 'a list of strings, got: "prod"'],
  ['Tags', ['prod', ''], 'a list of strings, got: ["prod",""]'],
  ['RemoveTags', undefined, 'true or false, got: nothing'],
  ['RemoveTags', 'maybe', 'true or false, got: "maybe"'],
  ['Trigger', '', 'a string, got: ""'],
  ['Region', '', 'a string, got: ""'],
  ['RoleArn', '', 'a string, got: ""'],
])('%s that does not decode is named', (property, value, message) => {
  expect(() => decodeImageTags({ ...throughCloudFormation(encodeImageTags(LEAST)), [property]: value }))
    .toThrow(`'${property}' must be ${message}`);
});
