import { parseDescribedImages } from '../../../src/core/images/described-images';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const AT = '2026-01-31T12:00:00+00:00';
const detail = (more: object = {}) => ({ imageDigest: DIGEST, imagePushedAt: AT, ...more });
const parse = (...details: unknown[]) => parseDescribedImages(JSON.stringify({ imageDetails: details }));
const TIME = 'a time such as 2026-01-31T12:00:00+00:00';

test('the output of the AWS CLI is parsed', () => {
  const { images, problems } = parse({
    registryId: '111111111111',
    repositoryName: 'team/app',
    imageDigest: DIGEST,
    imageTags: ['v1', 'latest'],
    imageSizeInBytes: 1_234_567,
    imagePushedAt: '2026-01-31T13:00:00.123000+01:00',
    imageManifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactMediaType: 'application/vnd.oci.image.config.v1+json',
    subjectManifestDigest: 'sha256:subject',
    lastRecordedPullTime: '2026-02-01T00:00:00.000000+00:00',
    imageStatus: 'ARCHIVED',
    lastArchivedAt: '2026-03-01T00:00:00+00:00',
    lastActivatedAt: '2026-02-15T00:00:00Z',
  });
  expect(problems).toEqual([]);
  expect(images).toEqual([{
    digest: DIGEST,
    tags: ['v1', 'latest'],
    storageClass: 'archive',
    sizeInBytes: 1_234_567,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    subject: 'sha256:subject',
    pushedAt: Date.UTC(2026, 0, 31, 12, 0, 0, 123),
    lastRecordedPullTime: Date.UTC(2026, 1, 1),
    lastArchivedAt: Date.UTC(2026, 2, 1),
    lastActivatedAt: Date.UTC(2026, 1, 15),
  }]);
});

test('least: an untagged image of the standard class, never pulled, of no known size', () => {
  expect(parse(detail()).images).toEqual([{ digest: DIGEST, tags: [], storageClass: 'standard', pushedAt: Date.UTC(2026, 0, 31, 12) }]);
  expect(parse(detail()).images[0]).not.toHaveProperty('sizeInBytes');
});

test('the list alone is read, in its order', () => {
  const { images, problems } = parseDescribedImages(JSON.stringify([detail({ imageTags: ['b'] }), detail({ imageTags: ['a'] })]));
  expect([images.map(({ tags }) => tags), problems]).toEqual([[['b'], ['a']], []]);
});

test('a repository without images is read', () => {
  expect([parse(), parseDescribedImages('[]')]).toEqual([{ images: [], problems: [] }, { images: [], problems: [] }]);
});

test.each([
  ['ACTIVE', 'standard'], ['ARCHIVED', 'archive'], ['ACTIVATING', 'archive'],
])('%s is of class %s', (imageStatus, storageClass) => {
  expect(parse(detail({ imageStatus })).images).toMatchObject([{ storageClass }]);
});

test.each([
  [1_769_860_800, Date.UTC(2026, 0, 31, 12)], [1_769_860_800.25, Date.UTC(2026, 0, 31, 12) + 250], [0, 0],
])('seconds, which version 1 of the AWS CLI prints: %d', (seconds, expected) => {
  const { images, problems } = parse(detail({ imagePushedAt: seconds, lastRecordedPullTime: seconds }));
  expect(problems).toEqual([]);
  expect(images).toMatchObject([{ pushedAt: expected, lastRecordedPullTime: expected }]);
});

test('times that are null are unknown', () => {
  expect(parse(detail({ lastRecordedPullTime: null, lastArchivedAt: null, lastActivatedAt: null })))
    .toMatchObject({ problems: [], images: [{ lastRecordedPullTime: undefined, lastArchivedAt: undefined, lastActivatedAt: undefined }] });
});

describe('a text that holds no images', () => {
  test.each<[string, string, RegExp]>([
    ['an empty text', '', /^the images must be JSON: ./],
    ['a table of the AWS CLI', '+-----+', /^the images must be JSON: ./],
    ['null', 'null', /got: null$/],
    ['a text', '"abc"', /got: "abc"$/],
    ['an empty object', '{}', /^'imageDetails' must be a list, as aws ecr describe-images prints it, got: an object with nothing$/],
    ['what list-images prints', '{"imageIds":[],"nextToken":""}', /got: an object with 'imageIds', 'nextToken'$/],
    ['details that are no list', '{"imageDetails":{}}', /got: an object with 'imageDetails'$/],
  ])('%s', (_name, text, problem) => {
    expect(parseDescribedImages(text)).toEqual({ images: [], problems: [expect.stringMatching(problem)] });
  });

  test('is shown in part when it is long', () => {
    expect(parseDescribedImages(JSON.stringify('x'.repeat(1_000))).problems[0].length).toBeLessThan(600);
  });
});

describe('an invalid image is reported with its position, its field, what is allowed, and the actual value', () => {
  test.each<[string, unknown, string]>([
    ['no object', 'sha256:1', '\'imageDetails[1]\' must be an object, got: "sha256:1"'],
    ['null', null, '\'imageDetails[1]\' must be an object, got: null'],
    ['no digest', { imagePushedAt: AT }, '\'imageDetails[1].imageDigest\' must be a digest, got: nothing'],
    ['an empty digest', detail({ imageDigest: '' }), '\'imageDetails[1].imageDigest\' must be a digest, got: ""'],
    ['tags that are a text', detail({ imageTags: 'v1' }), '\'imageDetails[1].imageTags\' must be a list of strings, got: "v1"'],
    ['a tag that is a number', detail({ imageTags: ['v1', 1] }), '\'imageDetails[1].imageTags\' must be a list of strings, got: ["v1",1]'],
    ['a status that is no text', detail({ imageStatus: 1 }),
      '\'imageDetails[1].imageStatus\' must be ACTIVE, ARCHIVED or ACTIVATING, got: 1'],
    ['never pushed', { imageDigest: DIGEST }, `'imageDetails[1].imagePushedAt' must be ${TIME}, got: nothing`],
    ['pushed at null', detail({ imagePushedAt: null }), `'imageDetails[1].imagePushedAt' must be ${TIME}, got: null`],
    ['pushed at no time', detail({ imagePushedAt: 'yesterday' }), `'imageDetails[1].imagePushedAt' must be ${TIME}, got: "yesterday"`],
    ['pushed at a truth', detail({ imagePushedAt: true }), `'imageDetails[1].imagePushedAt' must be ${TIME}, got: true`],
    ['pulled at no time', detail({ lastRecordedPullTime: 'never' }),
      `'imageDetails[1].lastRecordedPullTime' must be ${TIME}, got: "never"`],
    ['archived at a list', detail({ lastArchivedAt: [] }), `'imageDetails[1].lastArchivedAt' must be ${TIME}, got: []`],
    ['restored at an empty text', detail({ lastActivatedAt: '' }), `'imageDetails[1].lastActivatedAt' must be ${TIME}, got: ""`],
  ])('%s', (_name, wrong, problem) => {
    expect(parse(detail(), wrong, detail())).toEqual({ images: [], problems: [problem] });
  });

  test('every one of several, all of their fields', () => {
    expect(parse({ imageTags: 1, lastArchivedAt: 'x' }, 7, detail({ imageDigest: 8 })).problems).toEqual([
      '\'imageDetails[0].imageDigest\' must be a digest, got: nothing',
      '\'imageDetails[0].imageTags\' must be a list of strings, got: 1',
      `'imageDetails[0].imagePushedAt' must be ${TIME}, got: nothing`,
      `'imageDetails[0].lastArchivedAt' must be ${TIME}, got: "x"`,
      '\'imageDetails[1]\' must be an object, got: 7',
      '\'imageDetails[2].imageDigest\' must be a digest, got: 8',
    ]);
  });

  test('in a list alone, by its index', () => {
    expect(parseDescribedImages('[1]').problems).toEqual(['\'[0]\' must be an object, got: 1']);
  });

  // API_ImageDetail: "Valid Values: ACTIVE | ARCHIVED | ACTIVATING"; another one becomes the archive in silence
  test('a status that ECR does not have', () => {
    expect(parse(detail({ imageStatus: 'Active' })).problems)
      .toEqual(['\'imageDetails[0].imageStatus\' must be ACTIVE, ARCHIVED or ACTIVATING, got: "Active"']);
  });
});
