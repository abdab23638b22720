import { Aws, Duration, Fn, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { adoptAccountForEachTest, ENVIRONMENT } from './adopt-account';
import { LifecyclePolicy, LifecycleRule } from '../../src';

jest.setTimeout(60_000);

const account = adoptAccountForEachTest();

const KEY = 'arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555';
const OTHER_KEY = 'arn:aws:kms:us-east-1:000000000000:key/99999999-2222-3333-4444-555555555555';
const LIFECYCLE = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(50)]);
const policyOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const pull = (more: object = {}) => ({
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::111111111111:root' },
  Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  ...more,
});

describe('a declaration that equals the repository', () => {
  test('is safe to import, and adopt prints the command to run', async () => {
    account().declare();
    account().seed();
    expect(await account().adopt()).toEqual({
      status: 0,
      stdout: [
        'team/app in us-east-1, account 000000000000: declared as AppF1B96344 of stack \'Shop\'',
        '',
        '  EFFECT  SETTING',
        '  note    owner    no stack in this account and Region owns it. AWS does not know whether another tool, such as Terraform,'
          + ' manages it',
        '',
        'The import is safe. Run: npx cdk deploy Shop --import-existing-resources',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  test('is reported as an object with --json', async () => {
    account().declare();
    account().seed();
    const { status, stdout, stderr } = await account().adopt(['--json']);
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({
      repository: 'team/app',
      region: 'us-east-1',
      account: '000000000000',
      stack: 'Shop',
      logicalId: 'AppF1B96344',
      isSafe: true,
      findings: [{ setting: 'owner', effect: 'NOTE', message: expect.stringMatching(/^no stack in this account and Region owns it\. /) }],
      typescript: null,
      command: 'npx cdk deploy Shop --import-existing-resources',
    });
  });

  test('can contain equivalent policies in a different form', async () => {
    account().declare({ lifecycle: LIFECYCLE }, repository => {
      repository.grantPull(new iam.AccountPrincipal('111111111111'));
      repository.addToResourcePolicy(new iam.PolicyStatement({
        effect: iam.Effect.DENY,
        actions: ['ecr:DeleteRepository'],
        principals: [new iam.ArnPrincipal(`arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/a`)],
      }));
    });
    account().seed({
      lifecyclePolicyText: JSON.stringify(JSON.parse(LIFECYCLE.toJson()), null, 2),
      policyText: policyOf(
        { Sid: 'Deny', Effect: 'Deny', Principal: { AWS: ['arn:aws:iam::000000000000:role/a'] }, Action: 'ecr:deleterepository' },
        pull({ Action: 'ecr:BatchGetImage' }),
        pull({ Principal: { AWS: '111111111111' }, Action: ['ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'] }),
      ),
    });
    expect(await account().harms()).toEqual([]);
  });
});

describe('encryption', () => {
  test('that differs would replace the repository, and the printed code declares the live encryption', async () => {
    account().declare();
    account().seed({ encryption: { encryptionType: 'KMS', kmsKey: KEY } });
    const { status, stdout, stderr } = await account().adopt();
    expect(status).toBe(1);
    expect(stdout).toContain('the import would replace the repository: its encryption is KMS, but the declaration has no encryption, which'
      + ' means AES256\n');
    expect(stdout).toContain('  encryption: ecr.RepositoryEncryption.KMS,\n'
      + `  encryptionKey: kms.Key.fromKeyArn(this, 'RepositoryKey', '${KEY}'),\n});\n`);
    expect(stdout).not.toContain('import is safe');
    expect(stderr).toBe('error: the import is not safe, or its effect is unknown (1 finding). Change the declaration, run npx cdk synth,'
      + ' and'
      + ' run this command again\n');
  });

  test('with a customer managed key is compared by its ARN or its id', async () => {
    account().seed({ encryption: { encryptionType: 'KMS', kmsKey: KEY } });
    for (const [kmsKey, effects] of [
      [KEY, []], ['11111111-2222-3333-4444-555555555555', []], [OTHER_KEY, ['REPLACED']], ['alias/mine', ['UNKNOWN']],
      [undefined, ['UNKNOWN']],
    ] as const) {
      account().declare({}, repository => {
        (repository.node.defaultChild as ecr.CfnRepository).encryptionConfiguration = { encryptionType: 'KMS', kmsKey };
      });
      expect([kmsKey, (await account().harms()).map(([, effect]) => effect)]).toEqual([kmsKey, effects]);
    }
  });

  test('with a key that the same stack creates is UNKNOWN', async () => {
    account().declare({}, (repository, stack) => {
      const { keyArn: kmsKey } = new kms.Key(stack, 'Key');
      (repository.node.defaultChild as ecr.CfnRepository).encryptionConfiguration = { encryptionType: 'KMS', kmsKey };
    });
    account().seed({ encryption: { encryptionType: 'KMS', kmsKey: KEY } });
    expect(await account().harms()).toEqual([['encryption', 'UNKNOWN',
      `its key is ${KEY}, and the declaration has a key that is unknown until deployment. If the keys differ, the import would replace the`
      + ' repository']]);
  });

  test('of a different type would replace the repository', async () => {
    account().declare({ encryption: ecr.RepositoryEncryption.KMS_DSSE });
    account().seed();
    expect(await account().harms()).toEqual([['encryption', 'REPLACED',
      'the import would replace the repository: its encryption is AES256, but the declaration has KMS_DSSE']]);
  });
});

describe('tag mutability and scanning', () => {
  test('that the declaration would change are OVERWRITTEN, but the order of exclusion filters does not matter', async () => {
    account().declare({
      imageTagMutabilityExclusionFilters: ['latest', 'stage-*'].map(pattern => ecr.ImageTagMutabilityExclusionFilter.wildcard(pattern)),
    });
    account().seed({ imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION', exclusionFilters: ['stage-*', 'latest'] });
    expect(await account().harms()).toEqual([]);
    account().declare({ imageScanOnPush: false });
    expect(await account().harms()).toEqual([
      ['mutability', 'OVERWRITTEN', 'the tag mutability would change from IMMUTABLE_WITH_EXCLUSION (latest, stage-*) to IMMUTABLE'],
      ['scanning', 'OVERWRITTEN', 'images would no longer be scanned on push'],
    ]);
  });

  test('that the declaration omits have their defaults', async () => {
    account().synth(app => {
      new ecr.CfnRepository(new Stack(app, 'Shop', { env: ENVIRONMENT }), 'App', {
        repositoryName: 'team/app',
      }).applyRemovalPolicy(RemovalPolicy.RETAIN);
    });
    account().seed();
    expect(await account().harms()).toEqual([
      ['mutability', 'OVERWRITTEN', 'the tag mutability would change from IMMUTABLE to MUTABLE'],
      ['scanning', 'OVERWRITTEN', 'images would no longer be scanned on push'],
    ]);
  });

  test('turning on scanning is only a note', async () => {
    account().declare();
    account().seed({ scanOnPush: false });
    const { harms, notes } = await account().report();
    expect(harms).toEqual([]);
    expect(notes).toContainEqual(['scanning', 'images would be scanned on push after the import']);
  });
});

describe('a lifecycle policy', () => {
  test('that the declaration does not contain is LOST', async () => {
    account().declare();
    account().seed({ lifecyclePolicyText: LIFECYCLE.toJson() });
    const { harms, typescript } = await account().report();
    expect(harms).toEqual([['lifecycle-policy', 'LOST', 'the lifecycle policy would be removed']]);
    expect(typescript).toContain(`  lifecycle: LifecyclePolicy.fromJson('${LIFECYCLE.toJson()}'),\n`);
  });

  test('that differs is OVERWRITTEN, and one that is unknown until deployment is UNKNOWN', async () => {
    account().seed({ lifecyclePolicyText: LIFECYCLE.toJson() });
    account().declare({ lifecycleRules: [{ maxImageAge: Duration.days(1) }] });
    expect((await account().harms()).map(([setting, effect]) => [setting, effect])).toEqual([['lifecycle-policy', 'OVERWRITTEN']]);
    account().declare({ lifecycle: LifecyclePolicy.fromJson(Fn.importValue('policy')) });
    expect((await account().harms()).map(([setting, effect]) => [setting, effect])).toEqual([['lifecycle-policy', 'UNKNOWN']]);
  });

  test('for a repository without one is a note with a command that simulates it', async () => {
    account().declare({ lifecycle: LIFECYCLE });
    account().seed();
    expect(await account().notes()).toContainEqual(['lifecycle-policy', 'the repository would get its first lifecycle policy. Before the'
      + ' import,'
      + ' check what it expires']);
    expect((await account().adopt()).stdout).toContain('\nCommands for these findings:\n\n'
      + '  npx cdk-ecr-keeper simulate --repository team/app --region us-east-1 --policy <file>\n\n');
  });
});

describe('a repository policy', () => {
  test('that the declaration does not contain is LOST, and each statement is reported', async () => {
    account().declare();
    account().seed({ policyText: policyOf(pull({ Sid: 'Partners' }), pull({ Principal: { Service: 'lambda.amazonaws.com' } })) });
    const { harms, typescript } = await account().report();
    expect([...harms].sort()).toEqual([
      ['repository-policy', 'LOST', 'a statement without a Sid of the repository policy would be removed'],
      ['repository-policy', 'LOST', 'the statement \'Partners\' of the repository policy would be removed'],
    ]);
    expect(typescript).toContain('repository.addToResourcePolicy(iam.PolicyStatement.fromJson({\n  Sid: \'Partners\',\n');
  });

  test('that the declaration contains only in part loses the other statements', async () => {
    account().declare({}, repository => { repository.grantPull(new iam.AccountPrincipal('111111111111')); });
    account().seed({ policyText: policyOf(pull(), pull({ Sid: 'Others', Principal: { AWS: 'arn:aws:iam::222222222222:root' } })) });
    expect(await account().harms())
      .toEqual([['repository-policy', 'LOST', 'the statement \'Others\' of the repository policy would be removed']]);
  });

  test('with a statement whose principal is unknown until deployment is LOST, with a note about that', async () => {
    account().declare({}, (repository, stack) => {
      repository.grantPull(new iam.Role(stack, 'Role', { assumedBy: new iam.AccountPrincipal('222222222222') }));
      repository.addToResourcePolicy(new iam.PolicyStatement({
        actions: ['ecr:BatchGetImage'], principals: [new iam.ArnPrincipal(Fn.importValue('role'))],
      }));
    });
    account().seed({ policyText: policyOf(pull({ Action: 'ecr:BatchGetImage' })) });
    const { harms, notes } = await account().report();
    expect(harms.map(([, effect]) => effect)).toEqual(['LOST']);
    expect(notes).toContainEqual(['repository-policy',
      'part of the declared policy is unknown until deployment. It may contain the statements that would be removed']);
  });

  test('with a statement that names only deleted principals is only a note', async () => {
    account().declare();
    const role = 'arn:aws:iam::000000000000:role/gone';
    account().seed({ policyText: policyOf(pull({ Sid: 'Gone', Principal: { AWS: role } })) });
    account().ecr.deletePrincipal(role);
    const { harms, notes } = await account().report();
    expect(harms).toEqual([]);
    expect(notes).toContainEqual(['repository-policy',
      'the statement \'Gone\' would be removed, but it names only principals that were deleted']);
  });

  test('with the grant of a stack, or with a variable in an older policy version, causes a note', async () => {
    account().declare();
    const merged = `Pull1CdkEcrKeeper${'a'.repeat(32)}Policy`;
    account().seed({
      policyText: JSON.stringify({
        Version: '2008-10-17',
        Statement: [
          pull({ Sid: merged }),
          pull({ Sid: 'Variable', Condition: { StringEquals: { 'aws:PrincipalTag/a': '${aws:username}' } } }),
        ],
      }),
    });
    const { notes, typescript } = await account().report();
    const text = notes.map(([, message]) => message).join('\n');
    expect(text).toContain(`the statement '${merged}' belongs to a grant or a RepositoryPolicy of a stack`);
    expect(text).toContain('the statement \'Variable\' contains ${…}, which is plain text in version 2008-10-17 of the live policy');
    expect(typescript).not.toContain('CdkEcrKeeper');
  });
});

describe('tags', () => {
  test('that neither the template nor the stack sets are LOST, except tags of AWS and of this library', async () => {
    account().declare({}, (repository, stack) => {
      Tags.of(repository).add('owner', 'me');
      Tags.of(repository).add('stack', stack.stackName);
      Tags.of(repository).add('imported', Fn.importValue('tag'));
    }, { tags: { cost: 'shop' } });
    account().seed({
      tags: {
        'owner': 'you',
        'stack': 'Shop',
        'cost': 'shop',
        'team': 'it\'s us',
        'imported': 'x',
        'cdk-ecr-keeper:teardown': 'code',
        'aws:cloudformation:stack-name': 'Old',
      },
    });
    const { harms, typescript } = await account().report();
    expect([...harms].sort()).toEqual([
      ['tags', 'LOST', 'the tag team=it\'s us would be removed'],
      ['tags', 'OVERWRITTEN', 'the tag owner would change from you to me'],
      ['tags', 'UNKNOWN', 'the tag imported is x, and its declared value is unknown until deployment'],
    ]);
    expect(typescript).toContain('Tags.of(repository).add(\'team\', \'it\\\'s us\');\n');
  });
});

test('adopt prints text from AWS without control characters', async () => {
  account().declare();
  account().seed({ tags: { evil: 'a\u001b[31m\u009b' } });
  const { stdout } = await account().adopt();
  // eslint-disable-next-line no-control-regex
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(stdout).toContain('Tags.of(repository).add(\'evil\', \'a\\u001b[31m\\u009b\');');
});
