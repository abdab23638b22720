import fc from 'fast-check';
import { throughCloudFormation } from './through-cloudformation';
import { decodeImageCopy, encodeImageCopy, ImageCopyProperties } from '../../../src/core/wire/image-copy';

const ARN = 'arn:aws:ecr:eu-west-1:111111111111:repository/team/app';
const SOURCE_ARN = 'arn:aws-cn:ecr:cn-north-1:222222222222:repository/team/builds';
const LEAST: ImageCopyProperties = {
  repositoryArn: ARN,
  source: { registry: 'docker.io', repositoryName: 'library/redis', withPublicToken: false },
  tagOrDigest: '7.4',
  tags: [],
  referrers: false,
  removeTags: false,
};
const FROM_ECR: ImageCopyProperties = { ...LEAST, source: { repositoryArn: SOURCE_ARN } };

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const text = fc.string({ minLength: 1 });
const place = { region: optional(text), role: optional(fc.record({ roleArn: text, externalId: optional(text) })) };

test('round trip', () => {
  const properties: fc.Arbitrary<ImageCopyProperties> = fc.record({
    repositoryArn: fc.constant(ARN),
    source: fc.oneof(
      fc.record({ repositoryArn: fc.constant(SOURCE_ARN), ...place }),
      fc.record({ registry: text, repositoryName: text, secretArn: optional(text), withPublicToken: fc.boolean() }),
    ),
    tagOrDigest: text,
    tags: fc.array(text),
    platforms: optional(fc.array(text, { minLength: 1 })),
    referrers: fc.boolean(),
    removeTags: fc.boolean(),
    trigger: optional(text),
    ...place,
  });
  fc.assert(fc.property(properties, p => expect(decodeImageCopy(throughCloudFormation(encodeImageCopy(p)))).toEqual(p)), { seed: 1 });
});

test('a value that is not set is omitted, for the copy and for its source', () => {
  expect(throughCloudFormation(encodeImageCopy(LEAST))).toEqual({
    RepositoryArn: ARN,
    Source: { Registry: 'docker.io', RepositoryName: 'library/redis', WithPublicToken: 'false' },
    TagOrDigest: '7.4',
    Referrers: 'false',
    RemoveTags: 'false',
  });
  expect(throughCloudFormation(encodeImageCopy(FROM_ECR)).Source).toEqual({ RepositoryArn: SOURCE_ARN });
});

test('where the source is and where the destination is are two things', () => {
  const there = { region: 'eu-central-1', role: { roleArn: 'arn:aws:iam::222222222222:role/pull', externalId: 'pull' } };
  const here = { region: 'us-east-1', role: { roleArn: 'arn:aws:iam::333333333333:role/push', externalId: 'push' } };
  const decoded = decodeImageCopy(throughCloudFormation(encodeImageCopy({
    ...LEAST, source: { repositoryArn: SOURCE_ARN, ...there }, ...here,
  })));
  expect(decoded).toMatchObject({ ...here, source: there });
});

test.each([
  ['RepositoryArn', undefined, 'a string, got: nothing'],
  ['RepositoryArn', 'x', 'the ARN of a private repository, got: "x"'],
  ['Source', undefined, 'an object, got: nothing'],
  ['Source', 'docker.io', 'an object, got: "docker.io"'],
  ['Source', null, 'an object, got: null'],
  ['TagOrDigest', '', 'a string, got: ""'],
  ['TagOrDigest', ['a'], 'a string, got: ["a"]'],
  ['Tags', 'v1', 'a list of strings, got: "v1"'],
  ['Tags', [''], 'a list of strings, got: [""]'],
  ['Platforms', 'linux/amd64', 'a list of strings, got: "linux/amd64"'],
  ['Referrers', undefined, 'true or false, got: nothing'],
  ['Referrers', 'yes', 'true or false, got: "yes"'],
  ['RemoveTags', '1', 'true or false, got: "1"'],
  ['Trigger', ['a'], 'a string, got: ["a"]'],
  ['Region', '', 'a string, got: ""'],
  ['RoleArn', '', 'a string, got: ""'],
])('%s that does not decode is named', (property, value, message) => {
  for (const properties of [LEAST, FROM_ECR]) {
    expect(() => decodeImageCopy({ ...throughCloudFormation(encodeImageCopy(properties)), [property]: value }))
      .toThrow(`'${property}' must be ${message}`);
  }
});

test.each<[string, ImageCopyProperties, unknown, string]>([
  ['Registry', LEAST, undefined, 'a string, got: nothing'],
  ['RepositoryName', LEAST, '', 'a string, got: ""'],
  ['SecretArn', LEAST, '', 'a string, got: ""'],
  ['WithPublicToken', LEAST, 'maybe', 'true or false, got: "maybe"'],
  ['RepositoryArn', FROM_ECR, 'x', 'the ARN of a private repository, got: "x"'],
  ['Region', FROM_ECR, '', 'a string, got: ""'],
])('%s of the source that does not decode is named', (property, properties, value, message) => {
  const good = throughCloudFormation(encodeImageCopy(properties));
  expect(() => decodeImageCopy({ ...good, Source: { ...good.Source, [property]: value } })).toThrow(`${property}' must be ${message}`);
});
