import { App, CfnResource, Duration, Fn, NestedStack, Stack, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { app, imported, newStackForEachTest, stack } from './construct-scene';
import { flat, text } from './flat-template';
import { ExistingRepository, ImageCopy, ImageSource, Repository, RepositoryImage, ScanGate, ScanGateProps } from '../src';

const OURS = { account: '111111111111', region: 'eu-west-1' };
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const ARN = (name: string, region = OURS.region) => `arn:aws:ecr:${region}:111111111111:repository/${name}`;
const CENTRAL_ARN = 'arn:aws:ecr:eu-west-1:222222222222:repository/team/shared';
const access = { roleArn: 'arn:aws:iam::222222222222:role/access', externalId: 'id' };

const SCAN = 'ecr:BatchGetImage ecr:BatchGetRepositoryScanningConfiguration ecr:DescribeImageScanFindings ecr:DescribeImages'
  + ' ecr:StartImageScan';
const INSPECTOR = 'inspector2:ListCoverage inspector2:ListFindings on *';

interface Rendered {
  readonly Type: string;
  readonly Properties: Record<string, any>;
  readonly DependsOn: string[];
}

newStackForEachTest({ env: OURS });

const inOurAccount = (name = 'team/app', scope?: Construct) => imported({ id: `Import-${name.replace(/\//g, '-')}`, name }, scope);
const central = (scope: Construct = stack) => ExistingRepository.fromRepositoryArn(scope, 'Central', CENTRAL_ARN, { access });
const imageIn = (repository: aws_ecr.IRepositoryRef, tagOrDigest = 'build-123') => RepositoryImage.fromRepository(repository, tagOrDigest);
const gated = (props: Partial<ScanGateProps> = {}, scope: Construct = stack, id = 'Gate') =>
  new ScanGate(scope, id, { image: props.image ?? imageIn(inOurAccount('team/app', scope)), ...props });

function resourcesOf(of = stack): [string, Rendered][] {
  return Object.entries(Template.fromStack(of).toJSON().Resources as Record<string, Rendered>);
}

function gateOf(of = stack): { readonly id: string } & Rendered {
  const found = resourcesOf(of).filter(([, { Type }]) => Type === 'Custom::EcrScanGate');
  expect(found).toHaveLength(1);
  return { id: found[0][0], ...found[0][1] };
}

function propertiesOf(of = stack): Record<string, any> {
  const { ServiceToken, ServiceTimeout, ...properties } = flat(gateOf(of).Properties);
  expect([ServiceToken, ServiceTimeout]).toEqual([expect.stringMatching(/^<CdkEcrKeeperScanGateFunction\w+\.Arn>$/), '960']);
  return properties;
}

/** Everything that the function may do beyond writing its log and asking about its own stack. */
function rightsOf(of = stack): string[] {
  const statements = resourcesOf(of)
    .filter(([, { Type, Properties }]) => Type === 'AWS::IAM::Policy' && /"CdkEcrKeeperScanGateRole/.test(JSON.stringify(Properties.Roles)))
    .flatMap(([, { Properties }]) =>
      flat(Properties.PolicyDocument.Statement) as { Action: string; Resource: string; Condition?: unknown }[]);
  expect(statements.every(({ Condition }) => Condition === undefined)).toBe(true);
  const rights = statements.map(({ Action, Resource }) =>
    `${[Action].flat().sort().join(' ')} on ${[Resource].flat().sort().join(' ')}`).sort();
  const own = rights.filter(right =>
    /^logs:CreateLogStream logs:PutLogEvents on <CdkEcrKeeperScanGateLogs\w+\.Arn>$|^cloudformation:DescribeStacks on /.test(right));
  expect(own).toHaveLength(2);
  return rights.filter(right => !own.includes(right));
}

describe('the template', () => {
  test('of a gate with defaults allows no critical or high findings, and ten minutes for the scan', () => {
    gated();
    expect(propertiesOf()).toEqual({
      RepositoryArn: ARN('team/app'),
      TagOrDigest: 'build-123',
      Limits: { CRITICAL: 0, HIGH: 0 },
      TimeoutSeconds: 600,
      MaxScanAgeSeconds: 86400,
      AllowUnsupported: false,
    });
    expect(rightsOf()).toEqual([`${SCAN} on ${ARN('team/app')}`, INSPECTOR].sort());
  });

  test('of a gate with all properties', () => {
    gated({
      image: imageIn(inOurAccount(), DIGEST),
      limits: { critical: 0, high: 1, medium: 2, low: 3, informational: 4, untriaged: 5 },
      ignored: [{ name: 'CVE-2024-3094', until: new Date('2027-01-31') }, { name: 'cve-2025-1', until: new Date(0) }],
      timeout: Duration.minutes(14),
      maxScanAge: Duration.days(30),
      allowUnsupported: true,
      trigger: 'spring',
    });
    expect(propertiesOf()).toEqual({
      RepositoryArn: ARN('team/app'),
      TagOrDigest: DIGEST,
      Limits: { CRITICAL: 0, HIGH: 1, MEDIUM: 2, LOW: 3, INFORMATIONAL: 4, UNTRIAGED: 5 },
      Ignored: [{ Name: 'CVE-2024-3094', Until: '2027-01-31T00:00:00.000Z' }, { Name: 'cve-2025-1', Until: '1970-01-01T00:00:00.000Z' }],
      TimeoutSeconds: 840,
      MaxScanAgeSeconds: 2592000,
      AllowUnsupported: true,
      Trigger: 'spring',
    });
  });

  test.each<[string, ScanGateProps['limits'], object]>([
    ['of no severity', {}, { CRITICAL: 0, HIGH: 0 }],
    ['of medium findings, and an unset one of high severity', { medium: 5, high: undefined }, { CRITICAL: 0, HIGH: 0, MEDIUM: 5 }],
    ['of high severity', { high: 5 }, { CRITICAL: 0, HIGH: 5 }],
    ['of critical findings', { critical: 2 }, { CRITICAL: 2, HIGH: 0 }],
  ])('limits %s leave the others as they are by default', (_what, limits, rendered) => {
    gated({ limits });
    expect(propertiesOf().Limits).toEqual(rendered);
  });

  test('an empty list of ignored findings is omitted', () => {
    gated({ ignored: [] });
    expect(propertiesOf()).not.toHaveProperty('Ignored');
  });

  test('one function and as many statements for 20 as for one', () => {
    for (let nth = 10; nth < 30; nth++) gated({ image: imageIn(inOurAccount(`r${nth}`)) }, stack, `Gate${nth}`);
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 1);
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 1);
    expect(rightsOf()).toEqual([`${SCAN} on ${Array.from({ length: 20 }, (_, nth) => ARN(`r${nth + 10}`)).join(' ')}`, INSPECTOR].sort());
  });

  test('more than a role\'s policies have room for are an error', () => {
    for (let nth = 0; nth < 100; nth++) gated({ image: imageIn(inOurAccount(`${'x'.repeat(80)}-${nth}`)) }, stack, `Gate${nth}`);
    expect(() => app.synth())
      .toThrow(/the role of 'Stack\/CdkEcrKeeperScanGate' would have about \d{5} characters of policy, but IAM allows 10240/);
  });

  test('a repository of this stack, and one of another stack of the app', () => {
    const owner = new Stack(app, 'Owner', { env: OURS });
    const repository = new Repository(owner, 'App');
    gated({ image: imageIn(repository) }, owner);
    gated({ image: imageIn(repository) });
    expect(rightsOf(owner)).toEqual([expect.stringMatching(/^ecr:BatchGetImage .* on <App\w+\.Arn>$/), INSPECTOR]);
    expect(rightsOf()).toEqual([expect.stringMatching(/^ecr:BatchGetImage .* on <Owner:ExportsOutputFnGetAttApp\w+>$/), INSPECTOR]);
    expect(stack.dependencies).toEqual([owner]);
  });

  test('a repository of another Region', () => {
    gated({ image: imageIn(ExistingRepository.fromRepositoryName(stack, 'Import', 'team/app', { region: 'us-east-1' })) });
    expect(propertiesOf()).toMatchObject({ RepositoryArn: ARN('team/app', 'us-east-1'), Region: 'us-east-1' });
    expect(rightsOf()).toEqual([`${SCAN} on ${ARN('team/app', 'us-east-1')}`, INSPECTOR].sort());
  });

  test('a repository of another account with access: the function may only assume the role, not even ask its own Inspector', () => {
    gated({ image: imageIn(central()) });
    expect(propertiesOf()).toMatchObject({ RepositoryArn: CENTRAL_ARN, RoleArn: access.roleArn, ExternalId: 'id' });
    expect(rightsOf()).toEqual([`sts:AssumeRole on ${access.roleArn}`]);
    const policies = resourcesOf().filter(([, { Type }]) => Type === 'AWS::IAM::Policy').map(([id]) => id);
    expect(policies).toHaveLength(2);
    expect(gateOf().DependsOn).toEqual(expect.arrayContaining(policies));
    const roles = resourcesOf().filter(([, { Type }]) => Type === 'AWS::IAM::Role').map(([, { Properties }]) => Properties.RoleName);
    expect(roles).toEqual([expect.stringMatching(/^Stack-eu-west-1-scan-gate-[0-9a-f]{8}$/)]);
  });

  test('a stack whose environment is not known', () => {
    const unknown = new Stack(app, 'Unknown');
    gated({}, unknown);
    const arn = 'arn:aws:ecr:<AWS::Region>:<AWS::AccountId>:repository/team/app';
    expect(propertiesOf(unknown)).toEqual({
      RepositoryArn: arn,
      TagOrDigest: 'build-123',
      Limits: { CRITICAL: 0, HIGH: 0 },
      TimeoutSeconds: 600,
      MaxScanAgeSeconds: 86400,
      AllowUnsupported: false,
    });
    expect(rightsOf(unknown)).toEqual([`${SCAN} on ${arn}`, INSPECTOR].sort());
  });

  test('a nested stack reads itself and the root stack', () => {
    const nested = new NestedStack(stack, 'Nested');
    gated({}, nested);
    const policy = resourcesOf(nested).find(([, { Type }]) => Type === 'AWS::IAM::Policy')![1];
    expect(flat(policy.Properties.PolicyDocument.Statement)).toContainEqual({
      Action: 'cloudformation:DescribeStacks',
      Effect: 'Allow',
      Resource: ['<AWS::StackId>', expect.stringMatching(/^<referenceto\w*AWSStackId/)],
    });
  });

  test('two synths are byte by byte the same, whatever the order of the limits', () => {
    const synth = (limits: ScanGateProps['limits']) => {
      const again = new Stack(new App(), 'Stack', { env: OURS });
      gated({ limits, ignored: [{ name: 'CVE-1', until: new Date('2027-01-31') }] }, again);
      return JSON.stringify(Template.fromStack(again).toJSON());
    };
    expect(synth({ low: 1, critical: 0 })).toBe(synth({ critical: 0, low: 1 }));
  });

  test('another literal repository is another resource, other rules are an update', () => {
    const idOf = (name: string, tagOrDigest = 'build-123', props: Partial<ScanGateProps> = {}) => {
      const of = new Stack(new App(), 'Stack');
      gated({ image: imageIn(inOurAccount(name, of), tagOrDigest), ...props }, of);
      return gateOf(of).id;
    };
    const [one, other, update] = [idOf('team/a'), idOf('team/b'), idOf('team/a', 'build-124', { limits: { low: 0 }, trigger: 'x' })];
    expect(other).not.toBe(one);
    expect(update).toBe(one);
  });
});

describe('uses of the image', () => {
  const AT_DIGEST = /^111111111111\.dkr\.ecr\.eu-west-1\.<AWS::URLSuffix>\/team\/app@sha256:<Gate\w+\.ImageDigestHex>$/;

  test('a container of ECS, a function, and a resource with the URI use the image', () => {
    const gate = gated();
    expect(gate.image.repository).toBe(inOurAccount());
    new ecs.FargateTaskDefinition(stack, 'Task').addContainer('App', { image: gate.image.toContainerImage() });
    new lambda.DockerImageFunction(stack, 'Function', { code: gate.image.toDockerImageCode() });
    new CfnResource(stack, 'Other', { type: 'Test::Other', properties: { Image: gate.image.imageUri } });
    const images = resourcesOf().flatMap(([, { Properties = {} }]) =>
      Properties.ContainerDefinitions?.[0].Image ?? Properties.Code?.ImageUri ?? Properties.Image ?? []);
    expect(images.map(text)).toEqual(Array(3).fill(expect.stringMatching(AT_DIGEST)));
  });

  test('another stack of the app', () => {
    const gate = gated();
    const consumer = new Stack(app, 'Consumer', { env: OURS });
    new CfnResource(consumer, 'Other', { type: 'Test::Other', properties: { Image: gate.image.imageUri } });
    const [[, { Properties }]] = resourcesOf(consumer);
    expect(text(Properties.Image)).toMatch(/\/team\/app@sha256:<Stack:ExportsOutputFnGetAttGate\w+ImageDigestHex\w+>$/);
    expect(consumer.dependencies).toEqual([stack]);
  });

  test('a resource that depends on the gate is deployed after it', () => {
    const gate = gated();
    new CfnResource(stack, 'Dependent', { type: 'Test::Dependent' }).node.addDependency(gate);
    expect(resourcesOf().find(([, { Type }]) => Type === 'Test::Dependent')![1].DependsOn).toContain(gateOf().id);
  });

  test('an image of a copy is evaluated after the copy', () => {
    const copy = new ImageCopy(stack, 'Copy', { source: ImageSource.fromRegistry('redis:7.4'), repository: inOurAccount() });
    gated({ image: copy.image });
    expect(propertiesOf().TagOrDigest).toMatch(/^sha256:<Copy\w+\.ImageDigestHex>$/);
  });

  test('counts are numbers that are known at deploy, and the summary is a text', () => {
    const gate = gated();
    const { criticalCount, highCount, mediumCount, lowCount, informationalCount, untriagedCount, ignoredCount } = gate;
    const counts = [criticalCount, highCount, mediumCount, lowCount, informationalCount, untriagedCount, ignoredCount];
    expect(counts.map(count => typeof count)).toEqual(Array(7).fill('number'));
    expect([...counts, gate.findingsSummary].every(each => Token.isUnresolved(each))).toBe(true);
    expect([...counts, gate.findingsSummary].map(each => text(stack.resolve(each)).replace(/^<Gate\w+\.(\w+)>$/, '$1')))
      .toEqual(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFORMATIONAL', 'UNTRIAGED', 'IGNORED', 'Summary']);
  });
});

describe('invalid properties are refused', () => {
  test.each<[string, Partial<ScanGateProps>, RegExp]>([
    ['a severity that there is not', { limits: { high: 0, hihg: 0 } as {} },
      /'limits\.hihg' is unknown. The properties are critical, high, medium, low, informational, untriaged$/],
    ['a severity in capitals', { limits: { CRITICAL: 3 } as {} }, /'limits\.CRITICAL' is unknown\. The properties are critical, /],
    ['a limit below 0', { limits: { high: -1 } }, /'limits\.high' must be a whole number of at least 0, got: -1$/],
    ['half a finding', { limits: { low: 0.5 } }, /'limits\.low' must be a whole number of at least 0, got: 0\.5$/],
    ['any number, written as a number', { limits: { untriaged: Infinity } },
      /'limits\.untriaged' must be a whole number of at least 0, got: Infinity$/],
    ['no number', { limits: { medium: NaN } }, /'limits\.medium' must be a whole number of at least 0, got: NaN$/],
    ['a limit that is known only at deploy', { limits: { critical: Token.asNumber({ Ref: 'Limit' }) } },
      /'limits\.critical' must be a whole number of at least 0, got: a token$/],
    ['a vulnerability without a name', { ignored: [{ name: 'CVE-1', until: new Date() }, { name: ' ', until: new Date() }] },
      /'ignored\[1\]\.name' must be the name of a vulnerability, got: " "$/],
    ['a time that is none', { ignored: [{ name: 'CVE-1', until: new Date('soon') }] },
      /'ignored\[0\]\.until' must be a Date, such as .*, got: Invalid Date$/],
    ['less than a second', { timeout: Duration.millis(999) }, /'timeout' must be a whole number of seconds, at least 1, got: 999 ms$/],
    ['no time', { timeout: Duration.seconds(0) }, /'timeout' must be a whole number of seconds, at least 1, got: 0 ms$/],
    ['half a second', { timeout: Duration.millis(1_500) }, /'timeout' must be a whole number of seconds, at least 1, got: 1500 ms$/],
    ['more than 14 minutes', { timeout: Duration.seconds(841) }, /'timeout' must be at most 14 minutes, got: 841 seconds$/],
    ['a maximum age below what ECR can meet', { maxScanAge: Duration.hours(23) },
      /'maxScanAge' must be at least 24 hours, because ECR scans an image once in 24 hours, got: 82800 seconds$/],
    ['a maximum age with half a second', { maxScanAge: Duration.millis(86_400_500) },
      /'maxScanAge' must be a whole number of seconds, at least 1, got: 86400500 ms$/],
    ['an empty trigger, which CloudFormation would hand over', { trigger: '' }, /'trigger' must/],
  ])('refuses %s', (_what, props, message) => {
    expect(() => gated(props)).toThrow(message);
    expect(() => gated(props, stack, 'Again')).toThrow(/^Stack\/Again: /);
  });

  test('accepts a time that has passed, an image that is known only at deployment, and a single second', () => {
    const image = imageIn(inOurAccount(), Fn.importValue('Tag'));
    expect(() => gated({ image, ignored: [{ name: 'CVE-1', until: new Date(0) }], timeout: Duration.seconds(1) })).not.toThrow();
  });

  test('refuses a repository of another account without access', () => {
    const repository = ExistingRepository.fromRepositoryArn(stack, 'Central', CENTRAL_ARN);
    expect(() => gated({ image: imageIn(repository) }))
      .toThrow(/^Stack\/Gate: 'image\.repository' is in account 222222222222, but the stack is in 111111111111\. Import it with the 'access'/);
  });

  test('refuses access from a nested stack, whose name is not known', () => {
    expect(() => gated({ image: imageIn(central()) }, new NestedStack(stack, 'Nested')))
      .toThrow(/'access' requires a stack whose name is known/);
  });

  test('reports all problems in one error', () => {
    const repository = ExistingRepository.fromRepositoryArn(stack, 'Central', CENTRAL_ARN);
    expect(() => gated({
      image: imageIn(repository),
      limits: { critical: -1, low: 0.5 },
      ignored: [{ name: '', until: new Date() }],
      timeout: Duration.hours(1),
    })).toThrow(/^Stack\/Gate: 5 problems\n/);
  });
});

test('a finding that is no longer ignored causes a warning, and other findings do not', () => {
  const gate = gated({
    ignored: [{ name: 'CVE-2024-1', until: new Date('2025-01-31') }, { name: 'CVE-2024-2', until: new Date('2999-01-31') }],
  });
  expect(gate.node.metadata.filter(({ type }) => type === 'aws:cdk:warning').map(({ data }) => data)).toEqual([
    'CVE-2024-1 is ignored only until 2025-01-31T00:00:00.000Z. After this time, the finding counts again. Check whether a fix exists, and'
    + ' remove the entry or set a later time [ack: cdk-ecr-keeper:ignored-finding-expired]',
  ]);
});
