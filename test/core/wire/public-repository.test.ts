import { throughCloudFormation } from './through-cloudformation';
import {
  decodePublicRepository, encodePublicRepository, PublicRepositoryProperties, PublicRepositoryTemplate,
} from '../../../src/core/wire/public-repository';

const ARN = 'arn:aws:ecr-public::111111111111:repository/team/tool';

const LEAST: PublicRepositoryProperties = {
  repositoryArn: ARN, tags: {}, onStackDelete: 'retain', guards: { protectedTags: [], inUseBy: [] }, audit: { isOn: false },
};
const MOST: PublicRepositoryProperties = {
  repositoryArn: ARN,
  catalog: { description: 'd', aboutText: 'a', usageText: 'u', architectures: ['x86', 'ARM'], operatingSystems: ['Linux'] },
  logo: { bucket: 'assets', key: 'abc.png' },
  tags: { 'a': 'b', 'with:colon': 'true' },
  statements: [{
    Sid: 'A', Effect: 'Allow', Action: ['ecr-public:*'], Principal: '*', Condition: { Bool: { k: true }, NumericLessThan: { n: 5 } },
  }],
  onStackDelete: 'empty',
  guards: { maxImages: 5, requireTag: { key: 'stage', value: '' }, protectedTags: ['v*', 'w'], pushedWithin: 3_600, inUseBy: [] },
  emptyTrigger: 'one',
  audit: { isOn: true, bucket: 'audit' },
};

const template = (properties: PublicRepositoryProperties): PublicRepositoryTemplate =>
  ({ ...properties, statements: properties.statements && JSON.stringify(properties.statements) });
const decoded = (properties: PublicRepositoryProperties) =>
  decodePublicRepository(throughCloudFormation(encodePublicRepository(template(properties))));

test.each([
  ['the least', LEAST],
  ['the most', MOST],
  ['no catalog data at all', { ...MOST, catalog: undefined }],
  ['empty catalog data', { ...LEAST, catalog: {} }],
])(
  'round trip: %s', (_what, properties) => {
    expect(decoded(properties)).toEqual(properties);
  });

test('an empty value counts as not set', () => {
  expect(decoded({ ...MOST, catalog: { description: '', architectures: [], operatingSystems: [] }, statements: [] }))
    .toEqual({ ...MOST, catalog: {}, statements: undefined });
  const raw = throughCloudFormation(encodePublicRepository(template(LEAST)));
  expect(decodePublicRepository({ ...raw, HasCatalog: 'true', Description: '', Statements: '', Tags: '' }))
    .toEqual({ ...LEAST, catalog: {} });
});

test.each([
  ['RepositoryArn', 'arn:aws:ecr:eu-west-1:111111111111:repository/team/app', 'the ARN of a public repository'],
  ['RepositoryArn', 'arn:aws:ecr-public::111111111111:repository/Team', 'the ARN of a public repository'],
  ['HasCatalog', 'maybe', 'true or false, got: "maybe"'],
  ['Architectures', 'x86', 'a list of strings, got: "x86"'],
  ['Tags', ['a'], 'an object of texts, got: ["a"]'],
  ['Statements', '{', 'a JSON list of statements, got: "{"'],
  ['Statements', '{}', 'a JSON list of statements, got: "{}"'],
  ['OnStackDelete', 'delete', 'one of delete-with-images, empty, retain, got: "delete"'],
  ['MaxImages', '-1', 'a whole number'],
])('%s that does not decode is named', (property, value, message) => {
  const good = throughCloudFormation(encodePublicRepository(template(MOST)));
  expect(() => decodePublicRepository({ ...good, [property]: value })).toThrow(`'${property}' must be ${message}`);
});
