import {
  DeleteRepositoryCommand, DeleteRepositoryPolicyCommand, ECRClient, GetRepositoryPolicyCommand, SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import type { LocalEcr } from './local-ecr';
import { startForEachTest } from './test-client';

const repositoryName = 'team/app';
const ROLE = 'arn:aws:iam::111122223333:role/ci/pusher';
const PULL = { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'ecr:BatchGetImage' };
const NO_POLICY = {
  name: 'RepositoryPolicyNotFoundException',
  message: `Repository policy does not exist for the repository with name '${repositoryName}' in the registry with id '000000000000'`,
};
const INVALID = {
  name: 'InvalidParameterException',
  message: "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
};
let ecr: LocalEcr;
let client: ECRClient;

startForEachTest((started, itsClient) => {
  [ecr, client] = [started, itsClient];
  ecr.seed({ repositoryName });
});

const textOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const put = (policyText: string, force?: boolean) => client.send(new SetRepositoryPolicyCommand({ repositoryName, policyText, force }));
const set = (...statements: object[]) => put(textOf(...statements));
const get = () => client.send(new GetRepositoryPolicyCommand({ repositoryName }));
const remove = () => client.send(new DeleteRepositoryPolicyCommand({ repositoryName }));

describe('set, get, delete', () => {
  // cloud-custodian, tests/data/placebo/test_ecr_remove_matched: recorded answers of Set and Get
  test('returns the text that was recorded for the policy of cloud-custodian', async () => {
    const actions = ['GetDownloadUrlForLayer', 'BatchGetImage', 'BatchCheckLayerAvailability', 'ListImages', 'DescribeImages']
      .map(action => `ecr:${action}`);
    const { policyText } = await put(JSON.stringify({
      Statement: [
        { Action: actions, Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Effect: 'Allow', Sid: 'SpecificAllow' },
        { Action: actions.slice(0, 3), Principal: '*', Effect: 'Allow', Sid: 'Public' },
      ],
      Version: '2008-10-17',
    }));
    expect(policyText).toBe(`{
  "Version" : "2008-10-17",
  "Statement" : [ {
    "Sid" : "SpecificAllow",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::111122223333:root"
    },
    "Action" : [ "${actions.join('", "')}" ]
  }, {
    "Sid" : "Public",
    "Effect" : "Allow",
    "Principal" : "*",
    "Action" : [ "${actions.slice(0, 3).join('", "')}" ]
  } ]
}`);
    expect((await get()).policyText).toBe(policyText);
  });

  // API reference, CreateRepositoryCreationTemplate: "Action" : "ecr:BatchGetImage" in the text that ECR returned
  test('returns a list of one action as a scalar, and keeps the Id and the version', async () => {
    const { policyText } = await put(JSON.stringify({
      Version: '2012-10-17', Id: 'mine', Statement: [{ ...PULL, Principal: { AWS: '*' }, Action: ['ecr:BatchGetImage'] }],
    }));
    expect(policyText).toMatch(/^\{\n  "Version" : "2012-10-17",\n  "Id" : "mine",\n  "Statement" : /);
    expect(policyText).toContain('"Principal" : {\n      "AWS" : "*"\n    },\n    "Action" : "ecr:BatchGetImage"\n');
  });

  test('returns an equivalent policy in a different order if a test requests it', async () => {
    ecr.policyOrder = 'reversed';
    const { policyText, ...rest } = await set(
      {
        Sid: 'a b',
        Effect: 'Allow',
        Principal: { AWS: ['111122223333'], Service: 'lambda.amazonaws.com' },
        Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      },
      {
        Effect: 'Deny',
        Principal: '*',
        Action: ['ecr:PutImage'],
        Condition: { StringNotLike: { 'aws:PrincipalArn': ['arn:1', 'arn:2'] }, Bool: { 'aws:SecureTransport': [false] } },
      },
    );
    expect(rest).toMatchObject({ registryId: '000000000000', repositoryName });
    expect(policyText).toBe(`{
  "Statement" : [ {
    "Condition" : {
      "Bool" : {
        "aws:SecureTransport" : false
      },
      "StringNotLike" : {
        "aws:PrincipalArn" : [ "arn:2", "arn:1" ]
      }
    },
    "Action" : "ecr:PutImage",
    "Principal" : "*",
    "Effect" : "Deny"
  }, {
    "Action" : [ "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage" ],
    "Principal" : {
      "Service" : "lambda.amazonaws.com",
      "AWS" : "arn:aws:iam::111122223333:root"
    },
    "Effect" : "Allow",
    "Sid" : "a b"
  } ],
  "Version" : "2012-10-17"
}`);
    expect((await get()).policyText).toBe(policyText);
    expect(ecr.repository(repositoryName).policyText).toBe(policyText);
  });

  test('returns a list for a policy with one statement', async () => {
    expect(JSON.parse((await set(PULL)).policyText!)).toEqual({
      Version: '2012-10-17', Statement: [{ ...PULL, Principal: { AWS: 'arn:aws:iam::111122223333:root' } }],
    });
  });

  test('returns the deleted policy', async () => {
    await expect(get()).rejects.toMatchObject(NO_POLICY);
    await expect(remove()).rejects.toMatchObject(NO_POLICY);
    const { policyText } = await set(PULL);
    expect(await remove()).toMatchObject({ registryId: '000000000000', repositoryName, policyText });
    await expect(get()).rejects.toMatchObject(NO_POLICY);
    expect(ecr.repository(repositoryName).policyText).toBeUndefined();
  });

  test('deletes a policy with its repository', async () => {
    await set(PULL);
    await client.send(new DeleteRepositoryCommand({ repositoryName }));
    for (const call of [get, remove, () => set(PULL)]) await expect(call()).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
    ecr.seed({ repositoryName });
    await expect(get()).rejects.toMatchObject(NO_POLICY);
  });

  test('returns a seeded policy, even with statements that it would refuse', async () => {
    const foreign = { ...PULL, Action: '*', Resource: '*', Principal: { Federated: 'cognito-identity.amazonaws.com' } };
    ecr.seed({ repositoryName, policyText: textOf(foreign) });
    expect(JSON.parse((await get()).policyText!)).toMatchObject({ Statement: [foreign] });
    await expect(set(foreign)).rejects.toMatchObject(INVALID);
  });

  test('returns a seeded policy in its original order', async () => {
    const missing = { ...PULL, Principal: { AWS: ROLE } };
    ecr.principalExists(ROLE, false);
    ecr.seed({ repositoryName, policyText: textOf(missing, PULL) });
    expect(ecr.repository(repositoryName).policy!.Statement).toHaveLength(2);
    expect(ecr.repository(repositoryName).policy!.Statement[0]).toEqual({ ...missing, Principal: { AWS: [ROLE] } });
    expect((await get()).policyText).toBe(ecr.repository(repositoryName).policyText);
    expect(() => ecr.seed({ repositoryName, policyText: '{}' })).toThrow(INVALID.message);
  });

  test('works for another registry', async () => {
    ecr.seed({ repositoryName, account: '444455556666', policyText: textOf(PULL) });
    const other = await client.send(new GetRepositoryPolicyCommand({ repositoryName, registryId: '444455556666' }));
    expect(other).toMatchObject({ registryId: '444455556666', policyText: expect.stringContaining('111122223333') });
  });
});

describe('grammar', () => {
  const padded = (length: number) => {
    const text = textOf({ Sid: '', ...PULL });
    return text.replace('"Sid":""', `"Sid":"${'x'.repeat(length - text.length)}"`);
  };

  test.each<[string, string | object]>([
    ['10,241 characters', padded(10_241)],
    ['no JSON', '{"Version": "2012-10-17", "Statement": ['],
    ['no object', '[]'],
    ['no version', JSON.stringify({ Statement: [PULL] })],
    ['another version', JSON.stringify({ Version: '2012-10-18', Statement: [PULL] })],
    ['an unknown element', JSON.stringify({ Version: '2012-10-17', Statement: [PULL], Comment: '' })],
    ['no statement', textOf()],
    ['a statement that is in no list', JSON.stringify({ Version: '2012-10-17', Statement: PULL })],
    ['no Effect', { Effect: undefined }],
    ['a wrong Effect', { Effect: 'allow' }],
    ['no Action', { Action: undefined }],
    ['an empty Action', { Action: [] }],
    ['the action of another service', { Action: ['ecr:BatchGetImage', 'ecr-public:PutImage'] }],
    ['every action of every service', { Action: '*' }],
    ['NotAction', { Action: undefined, NotAction: 'ecr:PutImage' }],
    ['Resource', { Resource: '*' }],
    ['NotResource', { NotResource: 'arn:aws:ecr:us-east-1:000000000000:repository/other' }],
    ['no Principal', { Principal: undefined }],
    ['an empty Principal', { Principal: {} }],
    ['a Principal of no list', { Principal: { AWS: [] } }],
    ['a bare ARN as Principal', { Principal: ROLE }],
    // hashicorp/terraform-provider-aws#3924
    ['a Principal for all identities of an account', { Principal: { AWS: 'arn:aws:iam::111122223333:*' } }],
    ['a Principal with a wildcard', { Principal: { AWS: 'arn:aws:iam::111122223333:role/*' } }],
    ['a Principal that is no ARN', { Principal: { AWS: 'pusher' } }],
    ['an unresolved Principal', { Principal: { AWS: { 'Fn::GetAtt': ['Role', 'Arn'] } } }],
    ['a Service that is none', { Principal: { Service: 'lambda' } }],
    ['a federated Principal', { Principal: { Federated: 'arn:aws:iam::111122223333:saml-provider/idp' } }],
    ['Principal and NotPrincipal', { Effect: 'Deny', NotPrincipal: '*' }],
    ['an Allow with NotPrincipal', { Principal: undefined, NotPrincipal: { AWS: ROLE } }],
    ['an unknown condition operator', { Condition: { StringIs: { 'aws:PrincipalArn': ROLE } } }],
    ['a condition without a key', { Condition: { StringEquals: {} } }],
    ['a condition without a value', { Condition: { StringEquals: { 'aws:PrincipalArn': [] } } }],
    ['a Sid that is no text', { Sid: 1 }],
  ])('%s is invalid', async (_name, text) => {
    await expect(put(typeof text === 'string' ? text : textOf({ ...PULL, ...text }))).rejects.toMatchObject(INVALID);
    expect(ecr.repository(repositoryName).policyText).toBeUndefined();
  });

  test.each<[string, string | object]>([
    ['10,240 characters', padded(10_240)],
    ['the older version, and an Id', JSON.stringify({ Version: '2008-10-17', Id: 'x', Statement: [PULL] })],
    ['the same Sid twice', textOf({ Sid: 'x', ...PULL }, { Sid: 'x', ...PULL })],
    ['wildcards after the prefix', { Action: ['ecr:*', 'ecr:Get?ownload*'] }],
    ['everybody', { Principal: '*' }],
    ['an action of no repository', { Action: ['ecr:GetAuthorizationToken', 'ecr:BatchGetImage'] }],
    ['everybody among AWS principals', { Principal: { AWS: ['*', ROLE] } }],
    ['a session', { Principal: { AWS: 'arn:aws:sts::111122223333:assumed-role/pusher/session' } }],
    ['NotPrincipal in a Deny', { Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: ROLE } }],
    ['a condition',
      { Condition: { 'ForAnyValue:StringLikeIfExists': { 'aws:PrincipalOrgPaths': 'o-1/*' }, 'Null': { 'aws:SourceVpce': true } } }],
  ])('%s is valid', async (_name, text) => {
    await put(typeof text === 'string' ? text : textOf({ ...PULL, ...text }));
  });

  test('a missing policy causes a different error', async () => {
    await expect(put(undefined as unknown as string))
      .rejects.toMatchObject({ name: 'InvalidParameterException', message: expect.stringContaining("at 'policyText'") });
  });
});
