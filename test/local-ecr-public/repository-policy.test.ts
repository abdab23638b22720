import {
  DeleteRepositoryPolicyCommand, ECRPUBLICClient, GetRepositoryPolicyCommand, SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr-public';
import type { LocalEcrPublic } from './local-ecr-public';
import { startForEachTest } from './test-client';

const repositoryName = 'app';
let ecr: LocalEcrPublic;
let client: ECRPUBLICClient;

startForEachTest((started, itsClient) => {
  [ecr, client] = [started, itsClient];
  ecr.seed({ repositoryName });
});

const policyOf = (Action: unknown, more: object = {}) => JSON.stringify({
  Version: '2012-10-17', Statement: [{ Sid: 'Push', Effect: 'Allow', Principal: { AWS: '111122223333' }, Action, ...more }],
});
const set = (policyText: string, force?: boolean) => client.send(new SetRepositoryPolicyCommand({ repositoryName, policyText, force }));
const invalid = {
  name: 'InvalidParameterException',
  message: "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
};

test('repository policies are set, read, and deleted', async () => {
  const get = () => client.send(new GetRepositoryPolicyCommand({ repositoryName }));
  await expect(get()).rejects.toMatchObject({ name: 'RepositoryPolicyNotFoundException' });
  await set(policyOf(['ecr-public:PutImage', 'ecr:BatchGetImage']));
  const { policyText } = await get();
  expect(JSON.parse(policyText!)).toMatchObject({
    Statement: [{
      Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: ['ecr-public:PutImage', 'ecr:BatchGetImage'],
    }],
  });
  expect(ecr.repository(repositoryName))
    .toMatchObject({ policyText, policy: { Statement: [{ Action: ['ecr-public:PutImage', 'ecr:BatchGetImage'] }] } });
  expect((await client.send(new DeleteRepositoryPolicyCommand({ repositoryName }))).policyText).toBe(policyText);
  await expect(get()).rejects.toMatchObject({ name: 'RepositoryPolicyNotFoundException' });
});

test.each<[string, string]>([
  ['no JSON', '{'], ['no object', '[]'], ['no action', policyOf([])], ['an action of another service', policyOf('s3:GetObject')],
  ['a resource', policyOf('ecr-public:PutImage', { Resource: '*' })],
  ['10,241 characters', policyOf('ecr-public:PutImage').padEnd(10_241)],
])('%s is invalid', async (_what, text) => {
  await expect(set(text)).rejects.toMatchObject(invalid);
});

test('a token action is valid, as in private repositories', async () => {
  await set(policyOf('ecr-public:GetAuthorizationToken'));
});

test('a policy has at most 10,240 characters, and its principals must exist', async () => {
  await set(policyOf('ecr-public:PutImage').padEnd(10_240));
  ecr.principalExists('111122223333', false);
  await expect(set(policyOf('ecr-public:PutImage'))).rejects.toMatchObject({ message: expect.stringContaining('Principal not found') });
});

test('a policy that locks out its caller requires force', async () => {
  const deny = (action: string) => policyOf(action, { Effect: 'Deny', Principal: '*' });
  await set(deny('ecr:*'));
  await expect(set(deny('ecr-public:*'))).rejects.toMatchObject(invalid);
  await set(deny('ecr-public:*'), true);
});
