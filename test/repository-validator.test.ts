import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import * as cdk from 'aws-cdk-lib';
import { App, Aws, CfnCondition, CfnParameter, Fn, NestedStack, PolicyViolationBeta1, RemovalPolicy, Stack, Stage } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { app, newStackForEachTest, stack } from './construct-scene';
import { Repository, RepositoryTeardown, RepositoryValidator, Teardown } from '../src';

const TRAP = ruleText({ tagStatus: 'tagged', tagPatternList: ['a*', 'b*'], countType: 'imageCountMoreThan', countNumber: 5 });
const REFUSED = ruleText({ tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 0 });
const LIFECYCLE_TEXT = 'Properties.LifecyclePolicy.LifecyclePolicyText';

newStackForEachTest();

function ruleText(selection: object): string {
  return JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: 'expire' } }] });
}

function keptRepository(props: ecr.CfnRepositoryProps, scope = stack, id = 'Native'): ecr.CfnRepository {
  const native = new ecr.CfnRepository(scope, id, props);
  native.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return native;
}

function withLifecycle(lifecyclePolicyText: string, scope = stack, id?: string): ecr.CfnRepository {
  return keptRepository({ lifecyclePolicy: { lifecyclePolicyText } }, scope, id);
}

/** What the plug-in reports of the templates of an app, those of its stages included. */
function reportOf(synthesized: App) {
  const templatePaths = synthesized.synth().stacksRecursively.map(artifact => artifact.templateFullPath);
  return new RepositoryValidator().validate({ templatePaths, stackTemplates: [], appConstruct: synthesized } as never);
}

function violations(): Array<Omit<PolicyViolationBeta1, 'violatingResources'> & { readonly at: string }> {
  return reportOf(app).violations.map(({ violatingResources, ...violation }) => ({
    ...violation,
    at: violatingResources.map(one => `${basename(one.templatePath)} ${one.resourceLogicalId} ${one.locations.join()}`).join(', '),
  }));
}

const rules = () => violations().map(({ ruleName, severity }) => `${severity} ${ruleName}`);

let printed = '';
beforeEach(() => {
  printed = '';
  const print = (text: unknown) => {
    printed += `${String(text)}\n`;
    return true;
  };
  jest.spyOn(process.stderr, 'write').mockImplementation(print);
  jest.spyOn(console, 'error').mockImplementation(print);
  jest.spyOn(console, 'log').mockImplementation(print);
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
});

describe('a lifecycle policy', () => {
  test('that Amazon ECR refuses is an error, and the report fails', () => {
    withLifecycle(REFUSED);
    expect(reportOf(app).success).toBe(false);
    expect(violations()).toEqual([{
      ruleName: 'cdk-ecr-keeper:lifecycle-invalid',
      severity: 'error',
      description: 'rules[0] (rulePriority 1): \'selection.countNumber\' must be a whole number of at least 1, got: 0',
      fix: 'see https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html',
      at: `Stack.template.json Native ${LIFECYCLE_TEXT}`,
    }]);
  });

  test('that is probably a mistake is a warning with the code of the constructs, and the report succeeds', () => {
    withLifecycle(TRAP);
    expect(reportOf(app).success).toBe(true);
    expect(violations()).toEqual([{
      ruleName: 'cdk-ecr-keeper:lifecycle-and-trap',
      severity: 'warning',
      description: 'rule 1 selects only images that have a matching tag for each of \'a*\' and \'b*\'',
      fix: 'to select images that match any of them, write one rule per pattern',
      at: `Stack.template.json Native ${LIFECYCLE_TEXT}`,
    }]);
  });

  test('that aws-ecr renders of its rules is checked', () => {
    new ecr.Repository(stack, 'Theirs', { lifecycleRules: [{ tagPatternList: ['a*', 'b*'], maxImageCount: 5 }] });
    expect(rules()).toEqual(['warning cdk-ecr-keeper:lifecycle-and-trap']);
  });

  test('of one of our own repositories is checked too', () => {
    new Repository(stack, 'Ours', { lifecycleRules: [{ tagPatternList: ['a*', 'b*'], maxImageCount: 5 }] });
    expect(rules()).toEqual(['warning cdk-ecr-keeper:lifecycle-and-trap']);
  });

  test('that several repositories have is reported once, with all of them', () => {
    withLifecycle(TRAP, stack, 'One');
    withLifecycle(TRAP, stack, 'Two');
    expect(violations().map(({ at }) => at)).toEqual([
      `Stack.template.json One ${LIFECYCLE_TEXT}, Stack.template.json Two ${LIFECYCLE_TEXT}`,
    ]);
  });

  test.each([
    ['no JSON', '{', /^the policy must be JSON: /],
    ['no object', '[]', /^the policy must be a JSON object/],
    ['an unknown property', '{"rule":[]}', /^'rule' is not a property that ECR supports/],
  ])('whose text is %s is an error', (_, policyText, message) => {
    withLifecycle(policyText);
    expect(violations()[0]).toMatchObject({ severity: 'error', description: expect.stringMatching(message) });
  });

  test('that is an object in place of a text is an error', () => {
    keptRepository({}).addPropertyOverride('LifecyclePolicy', { LifecyclePolicyText: { rules: [] } });
    expect(violations()).toMatchObject([{
      severity: 'error',
      description: '\'LifecyclePolicyText\' must be a string, got: {"rules":[]}',
      fix: 'write the policy as JSON text',
    }]);
  });

  test('that is known only at deployment is reported as not checked, and not as an error', () => {
    withLifecycle(new CfnParameter(stack, 'Text').valueAsString, stack, 'One');
    withLifecycle(TRAP.replace('"a*"', `"${Aws.REGION}*"`), stack, 'Two');
    expect(reportOf(app).success).toBe(true);
    expect(rules()).toEqual(['info cdk-ecr-keeper:lifecycle-unknown']);
    expect(violations()[0].at).toBe(`Stack.template.json One ${LIFECYCLE_TEXT}, Stack.template.json Two ${LIFECYCLE_TEXT}`);
  });

  test.each([
    ['Fn::Join of texts', { 'Fn::Join': ['', [TRAP.slice(0, 20), TRAP.slice(20)]] }],
    ['Fn::Sub without variables', { 'Fn::Sub': TRAP }],
    ['Fn::Sub with a list and no variables', { 'Fn::Sub': [TRAP, {}] }],
  ])('that is written with %s is checked', (_, value) => {
    keptRepository({}).addPropertyOverride('LifecyclePolicy.LifecyclePolicyText', value);
    expect(rules()).toEqual(['warning cdk-ecr-keeper:lifecycle-and-trap']);
  });

  test('that has a variable of Fn::Sub is reported as not checked', () => {
    keptRepository({}).addPropertyOverride('LifecyclePolicy.LifecyclePolicyText', { 'Fn::Sub': TRAP.replace('"a*"', '"${AWS::Region}*"') });
    expect(rules()).toEqual(['info cdk-ecr-keeper:lifecycle-unknown']);
  });

  test('with the same mistake in both alternatives of a condition is listed once', () => {
    keptRepository({}).addPropertyOverride('LifecyclePolicy.LifecyclePolicyText', { 'Fn::If': ['Condition', TRAP, TRAP] });
    expect(violations().map(({ at }) => at)).toEqual([`Stack.template.json Native ${LIFECYCLE_TEXT}`]);
  });

  test('is checked in each alternative of a condition', () => {
    const condition = new CfnCondition(stack, 'Condition', { expression: Fn.conditionEquals(Aws.REGION, 'eu-west-1') });
    withLifecycle(Fn.conditionIf(condition.logicalId, TRAP, REFUSED).toString(), stack, 'Text');
    keptRepository({
      lifecyclePolicy: Fn.conditionIf(condition.logicalId, { LifecyclePolicyText: TRAP }, Aws.NO_VALUE),
    }, stack, 'Policy');
    expect(violations().map(({ ruleName, at }) => `${ruleName} ${at.replaceAll('Stack.template.json ', '')}`)).toEqual([
      `cdk-ecr-keeper:lifecycle-and-trap Text ${LIFECYCLE_TEXT}, Policy ${LIFECYCLE_TEXT}`,
      `cdk-ecr-keeper:lifecycle-invalid Text ${LIFECYCLE_TEXT}`,
    ]);
  });
});

describe('a repository policy', () => {
  const statement = { Effect: 'Allow', Principal: '*', Action: 'ecr:BatchGetImage' };
  const withPolicy = (policy: unknown, id?: string) => keptRepository({}, stack, id).addPropertyOverride('RepositoryPolicyText', policy);

  test('with statements that Amazon ECR refuses is an error', () => {
    withPolicy({ Version: '2012-10-17', Statement: [statement, { ...statement, Action: 's3:GetObject' }, { Effect: 'Allow' }, 'x'] });
    expect(reportOf(app).success).toBe(false);
    expect(violations().map(({ ruleName, description, at }) => [ruleName, description, at])).toEqual([
      '\'Statement[1]\' must have actions of ECR only (ecr:…), got: s3:GetObject',
      '\'Statement[2]\' must have an action, got: nothing',
      '\'Statement[2]\' must have a principal, got: nothing',
      '\'Statement[3]\' must be an object, got: "x"',
    ].map(text => ['cdk-ecr-keeper:policy-invalid', text, 'Stack.template.json Native Properties.RepositoryPolicyText']));
  });

  test('is checked when it is a text', () => {
    withPolicy(JSON.stringify({ Statement: { ...statement, Action: '*' } }));
    expect(violations()).toMatchObject([{
      ruleName: 'cdk-ecr-keeper:policy-every-action', severity: 'warning', fix: 'use \'ecr:*\' for all actions of Amazon ECR',
    }]);
  });

  test.each([['{', /^the policy must be JSON: /], ['null', /^the policy must be an object, got: null/]])(
    'of the text %s is an error', (policyText, message) => {
      withPolicy(policyText);
      expect(violations()).toMatchObject([{ severity: 'error', description: expect.stringMatching(message) }]);
    });

  test('is checked as far as it is known before deployment', () => {
    withPolicy({
      Statement: [
        { ...statement, Sid: Aws.STACK_NAME, Principal: { AWS: `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:root` }, Action: [Aws.REGION] },
        { Ref: 'AWS::NoValue' },
        Fn.importValue('Statement'),
        { ...statement, Principal: { AWS: 'arn:aws:iam::123:root' } },
      ],
    }, 'Parts');
    withPolicy(new CfnParameter(stack, 'Text').valueAsString, 'Whole');
    expect(violations()).toMatchObject([
      { severity: 'error', description: expect.stringMatching(/arn:aws:iam::123:root: an account has 12 digits/) },
      { severity: 'info', ruleName: 'cdk-ecr-keeper:policy-unknown' },
    ]);
  });

  test('that aws-ecr renders of grants has no violation', () => {
    const repository = new ecr.Repository(stack, 'Theirs');
    repository.grantPull(new cdk.aws_iam.AccountPrincipal('111111111111'));
    repository.grantPull(new cdk.aws_iam.ServicePrincipal('lambda.amazonaws.com'));
    repository.grantPush(new cdk.aws_iam.AccountRootPrincipal());
    expect(violations()).toEqual([]);
  });
});

describe('the deletion of a repository', () => {
  test('that CloudFormation empties is a warning', () => {
    new ecr.Repository(stack, 'Theirs', { emptyOnDelete: true, removalPolicy: RemovalPolicy.DESTROY });
    expect(violations()).toMatchObject([{
      ruleName: 'cdk-ecr-keeper:empty-on-delete', severity: 'warning', at: expect.stringMatching(/ Properties.EmptyOnDelete$/),
    }]);
  });

  test('that fails while it has images is a warning, even without a removal policy', () => {
    new ecr.Repository(stack, 'Theirs', { removalPolicy: RemovalPolicy.DESTROY });
    new ecr.CfnRepository(stack, 'Native');
    expect(violations().map(({ ruleName, description }) => `${ruleName}: ${description}`)).toEqual([
      'cdk-ecr-keeper:destroy-without-teardown: the removal policy is DESTROY, but CloudFormation fails to delete a repository with images',
      'cdk-ecr-keeper:destroy-without-teardown: no removal policy is set, which means DESTROY, but CloudFormation fails to delete a'
        + ' repository with images',
    ]);
  });

  test('that is kept, or emptied by a teardown or by aws-ecr, has no violation', () => {
    new ecr.Repository(stack, 'Kept');
    keptRepository({ emptyOnDelete: true });
    new ecr.Repository(stack, 'Emptied', { autoDeleteImages: true, removalPolicy: RemovalPolicy.DESTROY });
    new Repository(stack, 'Ours', { teardown: Teardown.deleteWithImages() });
    new RepositoryTeardown(stack, 'Teardown', {
      repository: new ecr.Repository(stack, 'Theirs', { removalPolicy: RemovalPolicy.DESTROY }), teardown: Teardown.deleteWithImages(),
    });
    expect(violations()).toEqual([]);
  });
});

describe('the repositories', () => {
  test('of nested stacks and of stages are found, each once', () => {
    const nested = new NestedStack(new NestedStack(stack, 'Outer'), 'Inner');
    withLifecycle(TRAP, nested);
    withLifecycle(REFUSED, new Stack(new Stage(app, 'Prod'), 'Images'));
    expect(violations().map(({ ruleName, at }) => `${ruleName} ${at}`)).toEqual([
      expect.stringMatching(/^cdk-ecr-keeper:lifecycle-invalid ProdImages\w+\.template\.json Native /),
      expect.stringMatching(/^cdk-ecr-keeper:lifecycle-and-trap StackOuterInner\w+\.nested\.template\.json Native [^ ]+$/),
    ]);
  });

  test('of nested stacks are found with the legacy synthesizer', () => {
    const legacy = new Stack(app, 'Legacy', { synthesizer: new cdk.LegacyStackSynthesizer() });
    withLifecycle(TRAP, new NestedStack(legacy, 'Nested'));
    expect(rules()).toEqual(['warning cdk-ecr-keeper:lifecycle-and-trap']);
  });

  test('of a nested stack that the app no longer has are not reported from its former output', () => {
    const outdir = mkdtempSync(join(tmpdir(), 'out-'));
    const former = new App({ outdir });
    withLifecycle(TRAP, new NestedStack(new Stack(former, 'Stack'), 'Nested'));
    expect(reportOf(former).violations).toHaveLength(1);
    const present = new App({ outdir });
    new Stack(present, 'Stack');
    expect(reportOf(present).violations).toEqual([]);
  });

  test('of an included template are checked', () => {
    const templateFile = join(mkdtempSync(join(tmpdir(), 'include-')), 'template.json');
    writeFileSync(templateFile, JSON.stringify({
      Resources: {
        Included: {
          Type: 'AWS::ECR::Repository', DeletionPolicy: 'Retain', Properties: { LifecyclePolicy: { LifecyclePolicyText: TRAP } },
        },
        Other: { Type: 'AWS::SNS::Topic' },
      },
    }));
    new CfnInclude(stack, 'Include', { templateFile });
    expect(violations().map(({ at }) => at)).toEqual([`Stack.template.json Included ${LIFECYCLE_TEXT}`]);
  });

  test('of an app without any are no violation', () => {
    expect(reportOf(app)).toMatchObject({ success: true, violations: [] });
  });
});

/** Registers the plug-in as the installed aws-cdk-lib recommends. */
function validatedApp(context: Record<string, unknown> = {}): App {
  const { Validations } = cdk as { Validations?: { of(scope: App): { addPlugins(plugin: RepositoryValidator): void } } };
  if (!Validations) return new App({ context, policyValidationBeta1: [new RepositoryValidator()] });
  const validated = new App({ context });
  Validations.of(validated).addPlugins(new RepositoryValidator());
  return validated;
}

/** What CDK prints and throws when it synthesizes the app. */
function outputOf(validated: App): { readonly failed: boolean; readonly text: string } {
  let thrown = '';
  try {
    validated.synth();
  } catch (error) {
    thrown = String(error);
  }
  return { failed: thrown !== '' || process.exitCode === 1, text: printed + thrown };
}

describe('the validation of CDK', () => {
  test('fails for what Amazon ECR refuses, and names rule, construct, reason and what to do', () => {
    const validated = validatedApp();
    withLifecycle(REFUSED, new NestedStack(new Stack(validated, 'Shop'), 'Images'));
    const { failed, text } = outputOf(validated);
    expect(failed).toBe(true);
    expect(text).toContain('cdk-ecr-keeper:lifecycle-invalid');
    expect(text).toContain('Shop/Images/Native');
    expect(text).toContain('must be a whole number of at least 1, got: 0');
  });

  test('shows a warning once and does not fail', () => {
    const validated = validatedApp();
    withLifecycle(TRAP, new Stack(validated, 'Shop'));
    const { failed, text } = outputOf(validated);
    expect(failed).toBe(false);
    expect(text.split('cdk-ecr-keeper:lifecycle-and-trap')).toHaveLength(2);
    expect(text).toContain('write one rule per pattern');
  });

  test('writes the violations into the report file', () => {
    const validated = validatedApp({ '@aws-cdk/core:validationReportJson': true });
    withLifecycle(REFUSED, new Stack(validated, 'Shop'));
    outputOf(validated);
    const { pluginReports } = JSON.parse(readFileSync(join(validated.outdir, 'policy-validation-report.json'), 'utf8')) as {
      pluginReports: Array<{ summary: { pluginName: string }; violations: object[] }>;
    };
    expect(pluginReports.filter(({ summary }) => summary.pluginName === 'RepositoryValidator').flatMap(report => report.violations))
      .toMatchObject([{
        ruleName: 'cdk-ecr-keeper:lifecycle-invalid',
        severity: 'error',
        violatingConstructs: [{ constructPath: 'Shop/Native', resourceLogicalId: 'Native', locations: [LIFECYCLE_TEXT] }],
      }]);
  });

  test('uses nothing that is deprecated', () => {
    const before = process.env.JSII_DEPRECATED;
    process.env.JSII_DEPRECATED = 'fail';
    try {
      const validated = validatedApp();
      withLifecycle(TRAP, new Stack(validated, 'Shop'));
      expect(outputOf(validated)).toMatchObject({ failed: false, text: expect.not.stringMatching(/deprecat/i) });
    } finally {
      process.env.JSII_DEPRECATED = before;
    }
  });

  test('takes the plug-in by the older property too', () => {
    const validated = new App({ policyValidationBeta1: [new RepositoryValidator()] });
    withLifecycle(REFUSED, new Stack(validated, 'Shop'));
    expect(outputOf(validated)).toMatchObject({ failed: true, text: expect.stringContaining('cdk-ecr-keeper:lifecycle-invalid') });
  });
});

test('the plug-in names its rules and the version of the library', () => {
  const { name, version, ruleIds } = new RepositoryValidator();
  expect(name).toBe('RepositoryValidator');
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(ruleIds).toEqual(expect.arrayContaining(['cdk-ecr-keeper:lifecycle-invalid', 'cdk-ecr-keeper:lifecycle-and-trap']));
});
