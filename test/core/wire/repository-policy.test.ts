import { decodeRepositoryPolicy, encodeRepositoryPolicy } from '../../../src/core/wire/repository-policy';

const ARN = 'arn:aws:ecr:eu-west-1:111111111111:repository/team/app';
const throughCloudFormation = (properties: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, String(value)]));

test.each([true, false])('round trip, adopt: %p', adopt => {
  const statements = [{ Sid: 'A', Effect: 'Allow', Action: ['ecr:*'], Principal: '*', Condition: { Bool: { k: true }, NumericLessThan: { n: 5 } } }];
  const raw = throughCloudFormation(encodeRepositoryPolicy({ repositoryArn: ARN, statements: JSON.stringify(statements), adopt }));
  expect(decodeRepositoryPolicy(raw)).toEqual({ repositoryArn: ARN, statements, adopt });
});

test.each([
  ['RepositoryArn', 'x', 'the ARN of a private repository, got: "x"'],
  ['Statements', '{', 'a JSON list of statements, got: "{"'],
  ['Statements', '{}', 'a JSON list of statements, got: "{}"'],
  ['Adopt', 'maybe', 'true or false, got: "maybe"'],
])('%s that does not decode is named', (property, value, message) => {
  const good = throughCloudFormation(encodeRepositoryPolicy({ repositoryArn: ARN, statements: '[]', adopt: false }));
  expect(() => decodeRepositoryPolicy({ ...good, [property]: value })).toThrow(`'${property}' must be ${message}`);
});
