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
  test('is safe to import, and the command says what to run', async () => {
    account().declare();
    account().seed();
    expect(await account().adopt()).toEqual({
      status: 0,
      stdout: [
        'team/app in us-east-1, account 000000000000: declared as AppF1B96344 of stack \'Shop\'',
        '',
        '  EFFECT  SETTING',
        '  note    owner    no stack of this account and Region owns it; whether another tool such as Terraform does, AWS does not know',
        '',
        'The import is safe; run: npx cdk deploy Shop --import-existing-resources',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  test('is told as data with --json', async () => {
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
      findings: [{ setting: 'owner', effect: 'NOTE', message: expect.stringMatching(/^no stack of this account and Region owns it; /) }],
      typescript: null,
      command: 'npx cdk deploy Shop --import-existing-resources',
    });
  });

  test('may spell its policies differently', async () => {
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
  test('that differs would replace the repository, and the printed code declares the live one', async () => {
    account().declare();
    account().seed({ encryption: { encryptionType: 'KMS', kmsKey: KEY } });
    const { status, stdout, stderr } = await account().adopt();
    expect(status).toBe(1);
    expect(stdout).toContain('the import would replace the repository: its encryption is KMS, the declaration has none, which is AES256\n');
    expect(stdout).toContain('  encryption: ecr.RepositoryEncryption.KMS,\n'
      + `  encryptionKey: kms.Key.fromKeyArn(this, 'RepositoryKey', '${KEY}'),\n});\n`);
    expect(stdout).not.toContain('import is safe');
    expect(stderr).toBe('error: the import would do harm, or cannot be judged (1 finding) — change the declaration, run npx cdk synth, and'
      + ' run this again\n');
  });

  test('by a customer\'s key is compared with its ARN or its id', async () => {
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

  test('by a key that the same stack creates cannot be judged', async () => {
    account().declare({}, (repository, stack) => {
      const { keyArn: kmsKey } = new kms.Key(stack, 'Key');
      (repository.node.defaultChild as ecr.CfnRepository).encryptionConfiguration = { encryptionType: 'KMS', kmsKey };
    });
    account().seed({ encryption: { encryptionType: 'KMS', kmsKey: KEY } });
    expect(await account().harms()).toEqual([['encryption', 'UNKNOWN',
      `its key is ${KEY}, the declaration has a key that is known only at deployment; if that is another key, the import would replace the`
      + ' repository']]);
  });

  test('of another kind would replace the repository', async () => {
    account().declare({ encryption: ecr.RepositoryEncryption.KMS_DSSE });
    account().seed();
    expect(await account().harms()).toEqual([['encryption', 'REPLACED',
      'the import would replace the repository: its encryption is AES256, the declaration has KMS_DSSE']]);
  });
});

describe('tag mutability and scanning', () => {
  test('that the declaration would change are harm, exclusion filters in any order are not', async () => {
    account().declare({
      imageTagMutabilityExclusionFilters: ['latest', 'stage-*'].map(pattern => ecr.ImageTagMutabilityExclusionFilter.wildcard(pattern)),
    });
    account().seed({ imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION', exclusionFilters: ['stage-*', 'latest'] });
    expect(await account().harms()).toEqual([]);
    account().declare({ imageScanOnPush: false });
    expect(await account().harms()).toEqual([
      ['mutability', 'OVERWRITTEN', 'tag mutability would be IMMUTABLE, it is IMMUTABLE_WITH_EXCLUSION (latest, stage-*)'],
      ['scanning', 'OVERWRITTEN', 'images would no longer be scanned on push'],
    ]);
  });

  test('that the declaration leaves out count as their defaults', async () => {
    account().synth(app => {
      new ecr.CfnRepository(new Stack(app, 'Shop', { env: ENVIRONMENT }), 'App', {
        repositoryName: 'team/app',
      }).applyRemovalPolicy(RemovalPolicy.RETAIN);
    });
    account().seed();
    expect(await account().harms()).toEqual([
      ['mutability', 'OVERWRITTEN', 'tag mutability would be MUTABLE, it is IMMUTABLE'],
      ['scanning', 'OVERWRITTEN', 'images would no longer be scanned on push'],
    ]);
  });

  test('scanning that begins is a note', async () => {
    account().declare();
    account().seed({ scanOnPush: false });
    const { harms, notes } = await account().report();
    expect(harms).toEqual([]);
    expect(notes).toContainEqual(['scanning', 'images would be scanned on push from then on']);
  });
});

describe('a lifecycle policy', () => {
  test('that the declaration does not have would be removed', async () => {
    account().declare();
    account().seed({ lifecyclePolicyText: LIFECYCLE.toJson() });
    const { harms, typescript } = await account().report();
    expect(harms).toEqual([['lifecycle-policy', 'LOST', 'the lifecycle policy would be removed']]);
    expect(typescript).toContain(`  lifecycle: LifecyclePolicy.fromJson('${LIFECYCLE.toJson()}'),\n`);
  });

  test('that is another one would be overwritten, and one that is known only at deployment is unknown', async () => {
    account().seed({ lifecyclePolicyText: LIFECYCLE.toJson() });
    account().declare({ lifecycleRules: [{ maxImageAge: Duration.days(1) }] });
    expect((await account().harms()).map(([setting, effect]) => [setting, effect])).toEqual([['lifecycle-policy', 'OVERWRITTEN']]);
    account().declare({ lifecycle: LifecyclePolicy.fromJson(Fn.importValue('policy')) });
    expect((await account().harms()).map(([setting, effect]) => [setting, effect])).toEqual([['lifecycle-policy', 'UNKNOWN']]);
  });

  test('that would be the first one is a note that says how to simulate it', async () => {
    account().declare({ lifecycle: LIFECYCLE });
    account().seed();
    expect(await account().notes()).toContainEqual(['lifecycle-policy', 'the repository would get its first lifecycle policy; see first'
      + ' what it expires']);
    expect((await account().adopt()).stdout).toContain('\nThe commands for it:\n\n'
      + '  npx cdk-ecr-keeper simulate --repository team/app --region us-east-1 --policy <file>\n\n');
  });
});

describe('a repository policy', () => {
  test('that the declaration does not name would be wiped, statement by statement', async () => {
    account().declare();
    account().seed({ policyText: policyOf(pull({ Sid: 'Partners' }), pull({ Principal: { Service: 'lambda.amazonaws.com' } })) });
    const { harms, typescript } = await account().report();
    expect([...harms].sort()).toEqual([
      ['repository-policy', 'LOST', 'a statement without Sid of the repository policy would be removed'],
      ['repository-policy', 'LOST', 'the statement \'Partners\' of the repository policy would be removed'],
    ]);
    expect(typescript).toContain('repository.addToResourcePolicy(iam.PolicyStatement.fromJson({\n  Sid: \'Partners\',\n');
  });

  test('that the declaration names in part loses the rest', async () => {
    account().declare({}, repository => { repository.grantPull(new iam.AccountPrincipal('111111111111')); });
    account().seed({ policyText: policyOf(pull(), pull({ Sid: 'Others', Principal: { AWS: 'arn:aws:iam::222222222222:root' } })) });
    expect(await account().harms())
      .toEqual([['repository-policy', 'LOST', 'the statement \'Others\' of the repository policy would be removed']]);
  });

  test('loses a statement for a principal that only the deployment knows, and says that it may be the same', async () => {
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
      'a part of the declared policy is known only at deployment; a statement that would be removed may be the same']);
  });

  test('loses nothing by a statement that names only deleted principals', async () => {
    account().declare();
    const role = 'arn:aws:iam::000000000000:role/gone';
    account().seed({ policyText: policyOf(pull({ Sid: 'Gone', Principal: { AWS: role } })) });
    account().ecr.deletePrincipal(role);
    const { harms, notes } = await account().report();
    expect(harms).toEqual([]);
    expect(notes).toContainEqual(['repository-policy',
      'the statement \'Gone\' would be removed without harm, because it names only principals that were deleted']);
  });

  test('of a stack\'s grant is named as such, and a variable in an older version is warned about', async () => {
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
    expect(text).toContain(`the statement '${merged}' is of a grant or a RepositoryPolicy of a stack`);
    expect(text).toContain('the statement \'Variable\' has ${…}, which is plain text in the version 2008-10-17 of the live policy');
    expect(typescript).not.toContain('CdkEcrKeeper');
  });
});

describe('tags', () => {
  test('that neither the template nor the stack has would be removed, those of AWS and of this library aside', async () => {
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
      ['tags', 'OVERWRITTEN', 'the tag owner would be me, it is you'],
      ['tags', 'UNKNOWN', 'the tag imported is x, and its declared value is known only at deployment'],
    ]);
    expect(typescript).toContain('Tags.of(repository).add(\'team\', \'it\\\'s us\');\n');
  });
});

test('text of AWS reaches the terminal without control characters', async () => {
  account().declare();
  account().seed({ tags: { evil: 'a\u001b[31m\u009b' } });
  const { stdout } = await account().adopt();
  // eslint-disable-next-line no-control-regex
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(stdout).toContain('Tags.of(repository).add(\'evil\', \'a\\u001b[31m\\u009b\');');
});
