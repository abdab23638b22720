import { decodeRepositoryPolicyCheck, encodeRepositoryPolicyCheck } from '../../../src/core/wire/repository-policy-check';

const EXPECTED = {
  repositoryArn: 'arn:aws:ecr:eu-west-1:111111111111:repository/team/app',
  stackId: 'arn:aws:cloudformation:eu-west-1:111111111111:stack/Test/11111111-1111-1111-1111-111111111111',
  logicalId: 'EcrPolicy0123456789ab',
  statements: [{ Sid: 'A', Effect: 'Allow', Action: 'ecr:*', Principal: '*', Condition: { Bool: { k: true } } }],
  replaceExistingSids: ['A'],
  region: 'eu-west-1',
  role: { roleArn: 'arn:aws:iam::111111111111:role/access', externalId: 'build' },
};
const encoded = (): Record<string, unknown> =>
  encodeRepositoryPolicyCheck({ ...EXPECTED, statements: JSON.stringify(EXPECTED.statements) });

test('round trip, through the JSON that a rule hands over', () => {
  expect(decodeRepositoryPolicyCheck(JSON.parse(JSON.stringify(encoded())))).toEqual(EXPECTED);
});

test.each([
  ['RepositoryArn', 'x', 'the ARN of a private repository, got: "x"'],
  ['StackId', undefined, 'a string, got: nothing'],
  ['LogicalId', '', 'a string, got: ""'],
  ['Statements', '{', 'a JSON list of statements, got: "{"'],
  ['ReplaceExistingSids', 'A', 'a list of strings, got: "A"'],
])('%s that does not decode is named', (property, value, message) => {
  expect(() => decodeRepositoryPolicyCheck({ ...encoded(), [property]: value })).toThrow(`'${property}' must be ${message}`);
});
