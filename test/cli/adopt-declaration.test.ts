import { mkdirSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnCondition, CfnParameter, Fn, NestedStack, RemovalPolicy, Stack, Stage } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { adoptAccountForEachTest, ENVIRONMENT } from './adopt-account';
import { Repository } from '../../src';

jest.setTimeout(60_000);

const account = adoptAccountForEachTest();
const adopted = async (...args: string[]) => {
  const { isSafe, stack, logicalId, region, command } = await account().report(args);
  return { isSafe, stack, logicalId, region, command };
};
/** Returns the error of a run that cannot compare. */
const refusal = async (...args: string[]) => {
  const { status, stdout, stderr } = await account().adopt(args, { env: { AWS_REGION: 'us-east-1' } });
  expect([status, stdout]).toEqual([1, '']);
  return stderr;
};
const repository = (scope: Stack, repositoryName?: string, id = 'App') => new Repository(scope, id, { repositoryName });
const stackIn = (scope: App | Stage, id: string, region = 'us-east-1') => new Stack(scope, id, { env: { ...ENVIRONMENT, region } });

describe('adopt finds the declaration', () => {
  test('in a stage, and prints the path of its stack in the command', async () => {
    account().synth(app => {
      repository(stackIn(app, 'Shop'), 'team/other');
      repository(stackIn(new Stage(app, 'Prod'), 'Shop', 'eu-west-1'), 'team/app');
    });
    account().seed({ region: 'eu-west-1' });
    expect(await adopted()).toEqual({
      isSafe: true,
      stack: 'Prod/Shop',
      logicalId: 'AppF1B96344',
      region: 'eu-west-1',
      command: 'npx cdk deploy Prod/Shop --import-existing-resources',
    });
  });

  test('in a nested stack of a nested stack, and adds a note', async () => {
    account().synth(app => repository(new NestedStack(new NestedStack(stackIn(app, 'Shop'), 'Outer'), 'Inner'), 'team/app'));
    account().seed();
    const { status, stdout } = await account().adopt();
    expect(status).toBe(0);
    expect(stdout).toContain('declared as AppF1B96344 of a nested stack of stack \'Shop\'\n');
    expect(stdout).toContain('it is in a nested stack. CloudFormation imports it only through a change set of the root stack');
    expect(stdout).toContain('Run: npx cdk deploy Shop --import-existing-resources\n');
  });

  test('in the folder of --app and the stack of --stack', async () => {
    account().synth(app => {
      for (const [id, region] of [['East', 'us-east-1'], ['West', 'eu-west-1']]) repository(stackIn(app, id, region), 'team/app');
    });
    account().seed({ region: 'eu-west-1' });
    const app = join(account().line.folder, 'cdk.out');
    expect(await adopted('--stack', 'West', '--app', app)).toMatchObject({ isSafe: true, region: 'eu-west-1' });
  });

  test('in the template of --template, by its logical id, in the Region of --region', async () => {
    account().declare();
    account().seed({ region: 'eu-west-1' });
    const template = ['--template', 'cdk.out/Shop.template.json', '--region', 'eu-west-1'];
    expect(await adopted(...template)).toMatchObject({ isSafe: true, stack: 'Shop', logicalId: 'AppF1B96344' });
    expect(await adopted(...template, '--logical-id', 'AppF1B96344', '--stack', 'Mine')).toMatchObject({ isSafe: true, stack: 'Mine' });
    expect(await refusal(...template, '--logical-id', 'Other'))
      .toBe('error: cdk.out/Shop.template.json: repository \'team/app\' with the logical id Other is not declared. Declare it, and run npx'
        + ' cdk synth\n');
  });

  test('in a stack without an environment, in the Region of the environment variables or --region', async () => {
    account().synth(app => repository(new Stack(app, 'Shop'), 'team/app'));
    account().seed({ region: 'eu-west-1' });
    expect(await account().report([], { env: { AWS_DEFAULT_REGION: 'eu-west-1' } })).toMatchObject({ isSafe: true, region: 'eu-west-1' });
    expect(await adopted('--region', 'eu-west-1')).toMatchObject({ isSafe: true });
  });
});

describe('adopt reports a declaration that cannot be imported', () => {
  test('if the name is generated or unknown until deployment', async () => {
    account().synth(app => {
      const stack = stackIn(app, 'Shop');
      repository(stack, new CfnParameter(stack, 'Name').valueAsString);
      repository(stack, undefined, 'Generated');
      repository(stack, 'team/other', 'Other');
    });
    expect(await refusal()).toBe('error: cdk.out: repository \'team/app\' is not declared. The names of these repositories are generated or'
      + ' unknown until deployment: AppF1B96344 of stack \'Shop\', Generated4DF44E21 of stack \'Shop\'. If you mean one of them, set'
      + ' repositoryName: \'team/app\', because CloudFormation imports a repository only if its name is text. The declared names are:'
      + ' \'team/other\'\n');
  });

  test('if two resources have the name', async () => {
    account().synth(app => {
      const stack = stackIn(app, 'Shop');
      for (const id of ['One', 'Two']) repository(stack, 'team/app', id);
    });
    expect((await refusal()).replace(/(One|Two)[0-9A-F]{8}/g, '$1')).toBe('error: cdk.out: repository \'team/app\' is declared 2 times:'
      + ' One of stack \'Shop\', Two of stack \'Shop\'. Remove all declarations except one, because only one resource can own the'
      + ' repository\n');
  });

  test('if two stacks have the name', async () => {
    account().synth(app => {
      for (const id of ['One', 'Two']) repository(stackIn(app, id), 'team/app');
    });
    expect(await refusal()).toBe('error: cdk.out: repository \'team/app\' is declared 2 times: AppF1B96344 of stack \'One\','
      + ' AppF1B96344 of stack \'Two\'. Specify the stack with --stack. In one account and Region, only one stack can own the'
      + ' repository\n');
    expect(await refusal('--stack', 'Three')).toBe('error: cdk.out: stack \'Three\' not found. The stacks are: \'One\', \'Two\'\n');
  });

  test.each([
    [RemovalPolicy.RETAIN, []],
    [RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, []],
    [RemovalPolicy.DESTROY, [
      'its DeletionPolicy is Delete, but CloudFormation imports a resource only with Retain or RetainExceptOnCreate',
    ]],
  ])('only for an unsuitable removal policy (%s)', async (removalPolicy, messages) => {
    account().declare({ removalPolicy });
    account().seed();
    const { harms, typescript } = await account().report();
    expect(harms).toEqual(messages.map(message => ['declaration', 'REFUSED', message]));
    expect(typescript ?? '').toMatch(messages.length > 0 ? '  removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,\n' : /^$/);
  });

  test('for a teardown of an older version, and proposes no code', async () => {
    account().seed();
    const resource = {
      Type: 'AWS::ECR::Repository',
      DeletionPolicy: 'Delete',
      Properties: {
        RepositoryName: 'team/app',
        ImageTagMutability: 'IMMUTABLE',
        ImageScanningConfiguration: { ScanOnPush: true },
        Tags: [{ Key: 'cdk-ecr-keeper:teardown-by', Value: { Ref: 'AWS::StackId' } }],
      },
    };
    account().line.write('old.template.json', { Resources: { App: resource, None: { ...resource, DeletionPolicy: undefined } } });
    const template = ['--template', 'old.template.json', '--region', 'us-east-1', '--logical-id'];
    const { findings, typescript } = await account().report([...template, 'App']);
    expect(findings[0].message).toMatch(/^its DeletionPolicy is Delete, .*\. Synthesize with a version of cdk-ecr-keeper whose teardown renders/);
    expect(typescript).toBe(null);
    expect((await account().harms([...template, 'None']))[0][2]).toMatch(/^its DeletionPolicy is missing/);
  });

  test('for emptyOnDelete, if a rollback could delete the imported repository', async () => {
    account().seed();
    account().declare({ emptyOnDelete: true, removalPolicy: RemovalPolicy.DESTROY }, declared => {
      (declared.node.defaultChild as ecr.CfnRepository).applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    });
    expect(await account().harms()).toEqual([['declaration', 'UNKNOWN', expect.stringContaining('its EmptyOnDelete is true')]]);
  });

  test('with a note if it has a condition', async () => {
    account().declare({}, (declared, stack) => {
      const condition = new CfnCondition(stack, 'IsProd', { expression: Fn.conditionEquals(1, 1) });
      (declared.node.defaultChild as ecr.CfnRepository).cfnOptions.condition = condition;
    });
    account().seed();
    expect((await account().notes())[0]).toEqual(['declaration', 'CloudFormation imports it only if the condition IsProd of the template'
      + ' is true']);
  });
});

describe('adopt reports an unusable assembly', () => {
  test('if it does not exist', async () => {
    expect(await refusal())
      .toBe('error: cdk.out: manifest.json not found. Run npx cdk synth, or specify its output folder with --app\n');
    expect(await refusal('--template', 'gone.json')).toBe('error: gone.json: no such file\n');
  });

  test.each([
    ['{', 'invalid JSON: '],
    ['[]', 'must be a JSON object'],
    ['{"version":"50.0.0"}', 'not the manifest of a cloud assembly, because it has no \'artifacts\''],
    ['{"artifacts":{"Shop":{"type":"aws:cloudformation:stack"}}}', 'the stack \'Shop\' has no \'templateFile\'. Run npx cdk synth again'],
  ])('if its manifest is %j', async (manifest, why) => {
    mkdirSync(join(account().line.folder, 'cdk.out'));
    account().line.write('cdk.out/manifest.json', manifest);
    expect(await refusal()).toMatch(new RegExp(`^error: cdk\\.out/manifest\\.json: ${why}`));
  });

  test.each([
    [undefined, 'no such file'], ['null', 'must be a JSON object'], ['{"a":', 'invalid JSON: '],
    ['{"Resources":[]}', 'not a CloudFormation template, because it has no \'Resources\''],
  ])('if its template is %j', async (template, why) => {
    mkdirSync(join(account().line.folder, 'cdk.out'));
    const properties = { templateFile: 'Shop.template.json' };
    account().line.write('cdk.out/manifest.json', { artifacts: { Shop: { type: 'aws:cloudformation:stack', properties }, Tree: null } });
    if (template !== undefined) account().line.write('cdk.out/Shop.template.json', template);
    expect(await refusal()).toMatch(new RegExp(`^error: cdk\\.out/Shop\\.template\\.json: ${why}`));
  });

  test('if a file is too large for a template', async () => {
    mkdirSync(join(account().line.folder, 'cdk.out'));
    account().line.write('cdk.out/manifest.json', '');
    truncateSync(join(account().line.folder, 'cdk.out', 'manifest.json'), 300e6);
    expect(await refusal()).toBe('error: cdk.out/manifest.json: larger than 256 MB, so it cannot be a template or a manifest\n');
  });

  test('if assemblies and templates contain themselves', async () => {
    mkdirSync(join(account().line.folder, 'cdk.out'));
    account().line.write('cdk.out/manifest.json', {
      artifacts: {
        Self: { type: 'cdk:cloud-assembly', properties: { directoryName: '.' } },
        Shop: { type: 'aws:cloudformation:stack', properties: { templateFile: 'Shop.json' } },
      },
    });
    account().line.write('cdk.out/Shop.json', {
      Resources: {
        Nested: { Type: 'AWS::CloudFormation::Stack', Metadata: { 'aws:asset:path': 'Shop.json' } },
        Odd: 5,
        Bare: { Type: 'AWS::ECR::Repository' },
      },
    });
    expect(await refusal()).toContain('Bare of stack \'Shop\'');
  });

  test('with a hint only if a source file of the app is newer', async () => {
    account().declare();
    account().seed();
    const { folder } = account().line;
    const write = (file: string, time: number) => {
      writeFileSync(join(folder, file), '');
      utimesSync(join(folder, file), time, time);
    };
    mkdirSync(join(folder, 'lib'));
    mkdirSync(join(folder, 'node_modules'));
    const later = Date.now() / 1_000 + 60;
    write('lib/shop.ts', later);
    expect(await account().adopt()).toMatchObject({ status: 0, stderr: '' }); // not the folder of an app
    write('cdk.json', 0);
    expect(await account().adopt())
      .toMatchObject({ status: 0, stderr: 'note: lib/shop.ts is newer than cdk.out. If the app has changed, run npx cdk synth first\n' });
    write('lib/shop.ts', 0);
    write('node_modules/index.js', later);
    expect(await account().adopt()).toMatchObject({ status: 0, stderr: '' });
  });
});
