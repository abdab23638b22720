import { decodeLifecyclePolicy, encodeLifecyclePolicy } from '../../../src/core/wire/lifecycle-policy';

const ARN = 'arn:aws:ecr:eu-west-1:111111111111:repository/team/app';
const throughCloudFormation = (properties: Record<string, unknown>) => Object.fromEntries(
  Object.entries(properties).filter(([, value]) => value !== undefined).map(([key, value]) => [key, String(value)]));

test.each([undefined, '{"rules":[]}'])('round trip, onDelete: %p', onDeleteText => {
  const properties = { repositoryArn: ARN, policyText: '{"rules":[1]}', overwrite: true, onDeleteText };
  expect(decodeLifecyclePolicy(throughCloudFormation(encodeLifecyclePolicy(properties)))).toEqual(properties);
});

test.each([
  ['RepositoryArn', 'x', 'the ARN of a private repository, got: "x"'],
  ['PolicyText', '', 'a string, got: ""'],
  ['Overwrite', undefined, 'true or false, got: nothing'],
])('%s that does not decode is named', (property, value, message) => {
  const good = throughCloudFormation(encodeLifecyclePolicy({ repositoryArn: ARN, policyText: 'x', overwrite: false }));
  expect(() => decodeLifecyclePolicy({ ...good, [property]: value })).toThrow(`'${property}' must be ${message}`);
});
