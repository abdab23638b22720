import type { Json } from '../../../src/core/policy/document';
import { statementProblems } from '../../../src/core/policy/problems';

const problemsOf = (AWS: string | string[], key: 'Principal' | 'NotPrincipal' = 'Principal') =>
  statementProblems({ Effect: 'Allow', Action: 'ecr:BatchGetImage', [key]: { AWS } }, 'statements[0]');

const ROLE = 'arn:aws:iam::222222222222:role/deploy';
const WILDCARD = 'a wildcard cannot match a part of an ARN. Use RepositoryPrincipal.roles, or a condition on aws:PrincipalArn';

test.each([
  ['every principal of an account', 'arn:aws:iam::222222222222:*', WILDCARD],
  ['roles by the beginning of their name', 'arn:aws:iam::222222222222:role/deploy-*', WILDCARD],
  ['a group', 'arn:aws:iam::222222222222:group/devs', 'a user group cannot be a principal. Specify the users, or a role that they assume'],
  ['an account of 13 digits', 'arn:aws:iam::2222222222223:root', 'an account has 12 digits'],
  ['an account of 11 digits, by itself', '22222222222', 'an account has 12 digits'],
  ['an account in letters', 'arn:aws:iam::production:root', 'an account has 12 digits'],
])('%s is not a principal that ECR accepts', (_what, arn, because) => {
  const message = `'statements[0]' must not have the principal ${arn}: ${because}`;
  expect(problemsOf(arn)).toEqual([message]);
  expect(problemsOf([ROLE, arn], 'NotPrincipal')).toEqual([message]);
});

test.each([
  '*', '222222222222', ROLE, 'arn:aws:iam::222222222222:root', 'arn:aws:iam::222222222222:user/team/jo',
  'arn:aws-cn:iam::222222222222:root', 'arn:aws:sts::222222222222:assumed-role/deploy/session', 'AROAEXAMPLEEXAMPLE12',
  'arn:${Token[AWS.Partition.1]}:iam::${Token[Account.2]}:root',
])('%s is one', arn => {
  expect(problemsOf(arn)).toEqual([]);
});

test('services, and everybody, are none of these', () => {
  for (const Principal of ['*', { Service: 'lambda.amazonaws.com' }, { Federated: 'accounts.google.com' }] as Json[]) {
    expect(statementProblems({ Effect: 'Allow', Action: 'ecr:BatchGetImage', Principal }, 'statements[0]')).toEqual([]);
  }
});
