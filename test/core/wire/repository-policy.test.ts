import { throughCloudFormation } from './through-cloudformation';
import {
  decodeRepositoryPolicy, EncodableRepositoryPolicy, encodeRepositoryPolicy, RepositoryPolicyProperties,
} from '../../../src/core/wire/repository-policy';

const ARN = 'arn:aws:ecr:eu-west-1:111111111111:repository/team/app';
const STATEMENTS = [{
  Sid: 'A', Effect: 'Allow', Action: ['ecr:*'], Principal: '*', Condition: { Bool: { k: true }, NumericLessThan: { n: 5 } },
}];
const LEAST: EncodableRepositoryPolicy = {
  repositoryArn: ARN,
  statements: JSON.stringify(STATEMENTS),
  replaceExistingSids: undefined,
  force: undefined,
  dropDeadPrincipals: undefined,
  trigger: undefined,
};
const DECODED: RepositoryPolicyProperties = {
  repositoryArn: ARN, statements: STATEMENTS, replaceExistingSids: [], force: false, dropDeadPrincipals: false,
};
const ROLE = { roleArn: 'arn:aws:iam::111111111111:role/access', externalId: 'build' };

test.each<[string, Partial<EncodableRepositoryPolicy>, Partial<RepositoryPolicyProperties>]>([
  ['nothing but the statements', {}, {}],
  ['Sids to replace', { replaceExistingSids: ['A', 'B'] }, { replaceExistingSids: ['A', 'B'] }],
  ['flags', { force: true, dropDeadPrincipals: true }, { force: true, dropDeadPrincipals: true }],
  ['a trigger', { trigger: 'spring' }, { trigger: 'spring' }],
  ['another place', { region: 'eu-west-1', role: ROLE }, { region: 'eu-west-1', role: ROLE }],
])('round trip: %s', (_what, given, decoded) => {
  expect(decodeRepositoryPolicy(throughCloudFormation(encodeRepositoryPolicy({ ...LEAST, ...given })))).toEqual({ ...DECODED, ...decoded });
});

test.each([
  ['RepositoryArn', 'x', 'the ARN of a private repository, got: "x"'],
  ['Statements', '{', 'a JSON list of statements, got: "{"'],
  ['Statements', '{}', 'a JSON list of statements, got: "{}"'],
  ['ReplaceExistingSids', 'maybe', 'a list of strings, got: "maybe"'],
  ['Force', 'maybe', 'true or false, got: "maybe"'],
  ['DropDeadPrincipals', '', 'true or false, got: ""'],
])('%s that does not decode is named', (property, value, message) => {
  expect(() => decodeRepositoryPolicy({ ...throughCloudFormation(encodeRepositoryPolicy(LEAST)), [property]: value }))
    .toThrow(`'${property}' must be ${message}`);
});
