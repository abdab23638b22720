import { App, Stack } from 'aws-cdk-lib';
import { adoptAccountForEachTest, ENVIRONMENT } from './adopt-account';
import { paste } from './paste';
import type { LiveRepository } from '../../cli/adopt/live-repository';
import { compareLifecycle } from '../../cli/adopt/settings/lifecycle';
import * as library from '../../src';

jest.setTimeout(60_000);

const account = adoptAccountForEachTest();

const KEY = 'arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555';
const LIFECYCLE = library.LifecyclePolicy.fromRules([library.LifecycleRule.keep('it-*'), library.LifecycleRule.keepNewest(50)]);

test('the printed code keeps every setting: after it is pasted and synthesized, the import is safe', async () => {
  account().declare({ removalPolicy: undefined, imageScanOnPush: false });
  account().seed({
    encryption: { encryptionType: 'KMS', kmsKey: KEY },
    imageTagMutability: 'MUTABLE_WITH_EXCLUSION',
    exclusionFilters: ['release-*', 'v*'],
    lifecyclePolicyText: LIFECYCLE.toJson(),
    policyText: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'Partners',
          Effect: 'Allow',
          Principal: { AWS: ['arn:aws:iam::111111111111:root', 'arn:aws:iam::222222222222:role/ci'] },
          Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
          Condition: { StringEquals: { 'aws:PrincipalOrgID': ['o-1', 'it\'s'] } },
        },
        { Effect: 'Deny', Principal: '*', Action: 'ecr:DeleteRepository', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'ecr:BatchGetImage' },
      ],
    }),
    tags: { 'team': 'it\'s "us" \\ `you`', 'cost center': '${x}' },
  });
  const before = await account().report();
  expect(new Set(before.harms.map(([setting]) => setting)))
    .toEqual(new Set(['encryption', 'mutability', 'scanning', 'lifecycle-policy', 'repository-policy', 'tags']));
  account().synth((app: App) => paste(before.typescript!, new Stack(app, 'Shop', { env: ENVIRONMENT })));
  expect(await account().report())
    .toMatchObject({ isSafe: true, typescript: null, findings: [{ setting: 'owner', effect: 'NOTE' }] });
});

test('the printed code has the construct id of the declaration and imports only the names that it uses', async () => {
  account().declare();
  account().seed({ tags: { team: 'a' } });
  expect((await account().report()).typescript).toBe([
    'import { Tags } from \'aws-cdk-lib\';',
    'import { Repository } from \'cdk-ecr-keeper\';',
    '',
    'const repository = new Repository(this, \'App\', {',
    '  repositoryName: \'team/app\',',
    '  // keep your other properties',
    '});',
    'Tags.of(repository).add(\'team\', \'a\');',
    '',
  ].join('\n'));
});

test('a live lifecycle policy that fromJson does not accept, such as one with a new countType, is reported but not printed', () => {
  const selection = { tagStatus: 'any', countType: 'sinceSomethingNew', countNumber: 1 };
  const lifecyclePolicyText = JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: 'expire' } }] });
  const findings = compareLifecycle({}, { repositoryName: 'team/app', region: 'us-east-1', lifecyclePolicyText } as LiveRepository);
  expect(findings[0]).toEqual({ setting: 'lifecycle-policy', effect: 'LOST', message: 'the lifecycle policy would be removed' });
  expect(findings[1]).toMatchObject({
    effect: 'NOTE', message: expect.stringMatching(/^the live policy cannot be declared unchanged: .*sinceSomethingNew/),
  });
});
