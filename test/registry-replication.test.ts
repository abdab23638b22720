import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { registry, RepositoryAccessRole, RepositoryCapability } from '../src';
import { app, newStackForEachTest, stack } from './construct-scene';
import { flat } from './flat-template';

const { RegistryReplication } = registry;
const TYPE = 'Custom::EcrRegistryReplication';

newStackForEachTest({ env: { account: '111111111111', region: 'eu-west-1' } });

const rule = (more: Partial<registry.ReplicationRule> = {}): registry.ReplicationRule =>
  ({ destinations: [{ region: 'eu-central-1' }], ...more });
const add = (id: string, ...rules: registry.ReplicationRule[]) => new RegistryReplication(stack, id, { rules });
const propertiesOf = (type: string) =>
  Object.values(Template.fromStack(stack).findResources(type)).map(({ Properties }) => Properties);
const statementsOf = () => propertiesOf('AWS::IAM::Policy').flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
const rulesOf = () => JSON.parse(propertiesOf(TYPE)[0].Rules);

test('the rules of all constructs of a stack are in one resource', () => {
  add('One', rule({ prefixes: ['team/', 'shared/'], deleteReplication: true }));
  new RegistryReplication(stack, 'Two', {
    rules: [rule({ prefixes: ['product/'], destinations: [{ region: 'eu-west-1', account: '222222222222' }] })],
    trigger: 'spring',
    backfill: true,
  });
  Template.fromStack(stack).resourceCountIs(TYPE, 1);
  Template.fromStack(stack).hasResourceProperties(TYPE, { RegistryId: '111111111111', Backfill: true, Trigger: 'spring' });
  const filter = (text: string) => ({ filter: text, filterType: 'PREFIX_MATCH' });
  expect(rulesOf()).toEqual([
    {
      destinations: [{ region: 'eu-central-1', registryId: '111111111111' }],
      repositoryFilters: [filter('team/'), filter('shared/')],
      deleteReplication: { enabled: true },
    },
    { destinations: [{ region: 'eu-west-1', registryId: '222222222222' }], repositoryFilters: [filter('product/')] },
  ]);
});

test('the function may write only the claim of its stack, and the backfill needs further permissions', () => {
  add('One', rule());
  expect(statementsOf()).toEqual(expect.arrayContaining([
    expect.objectContaining({
      Action: ['ssm:PutParameter', 'ssm:DeleteParameter'],
      Resource: {
        'Fn::Join': ['', [
          'arn:', { Ref: 'AWS::Partition' }, ':ssm:eu-west-1:111111111111:parameter/cdk-ecr-keeper/registry/replication/',
          { 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] },
        ]],
      },
    }),
    expect.objectContaining({
      Action: 'iam:CreateServiceLinkedRole', Condition: { StringEquals: { 'iam:AWSServiceName': 'replication.ecr.amazonaws.com' } },
    }),
  ]));
  expect(JSON.stringify(statementsOf())).not.toContain('Backfill');
});

test('without a known account, a destination without an account is in the account of the stack', () => {
  const agnostic = new Stack(new App(), 'Agnostic');
  new RegistryReplication(agnostic, 'Replication', { rules: [rule({ prefixes: ['team/'] })] });
  Template.fromStack(agnostic).hasResourceProperties(TYPE, {
    Rules: { 'Fn::Join': ['', [Match.stringLikeRegexp('"registryId":"$'), { Ref: 'AWS::AccountId' }, Match.anyValue()]] },
  });
});

test('replication to another account warns with the statement that its registry needs', () => {
  add('Replication', rule({ destinations: [{ region: 'eu-central-1', account: '222222222222' }] }));
  Annotations.fromStack(stack).hasWarning('/Stack/Replication', Match.stringLikeRegexp(
    'Replication to eu-central-1 of account 222222222222 fails until .* Add RegistryStatement.replicationFrom\\(\\[\'111111111111\''
      + '.* specify the \'access\' of the destination\\.'));
});

describe('a destination with access', () => {
  const access = { roleArn: 'arn:aws:iam::222222222222:role/look', externalId: 'id' };
  const there = (more: Partial<registry.ReplicationDestination> = {}): registry.ReplicationDestination =>
    ({ region: 'eu-central-1', account: '222222222222', access, ...more });

  test('is checked by the function with the role, for all rules that lead there, without a warning', () => {
    add('One', rule({ prefixes: ['team/'], destinations: [there(), there({ region: 'eu-west-1' })] }));
    add('Two', rule({ prefixes: ['shared/'], destinations: [there(), { region: 'us-east-1' }] }));
    expect(JSON.parse(propertiesOf(TYPE)[0].Checked)).toEqual([
      { region: 'eu-central-1', registryId: '222222222222', role: access, rules: [0, 1] },
      { region: 'eu-west-1', registryId: '222222222222', role: access, rules: [0] },
    ]);
    expect(rulesOf()[0].destinations).toEqual([
      { region: 'eu-central-1', registryId: '222222222222' }, { region: 'eu-west-1', registryId: '222222222222' },
    ]);
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('lets the function assume only its role, under the name that the role trusts', () => {
    add('One', rule({ destinations: [there()] }));
    expect(statementsOf().filter(({ Action }) => JSON.stringify(Action).includes('sts:')))
      .toEqual([{ Action: 'sts:AssumeRole', Effect: 'Allow', Resource: access.roleArn }]);
    expect(propertiesOf('AWS::IAM::Role').map(({ RoleName }) => RoleName))
      .toEqual([expect.stringMatching(/^Stack-eu-west-1-registry-replication-[0-9a-f]{8}$/)]);
  });

  test('can have the role of another stack of the app, which is deployed first', () => {
    const theirs = new Stack(app, 'Theirs', { env: { account: '222222222222', region: 'eu-central-1' } });
    const role = new RepositoryAccessRole(theirs, 'Access', {
      capabilities: [RepositoryCapability.readRegistryPolicy()],
      trusted: { stackName: 'Stack', account: '111111111111', region: 'eu-west-1' },
      externalId: 'id',
    });
    add('One', rule({ destinations: [there({ access: role.access })] }));
    expect(app.synth().getStackByName('Stack').dependencies.map(({ id }) => id)).toContain('Theirs');
    const [{ Properties }] = Object.values(Template.fromStack(theirs).findResources('AWS::IAM::Role'));
    expect(JSON.stringify(flat(propertiesOf(TYPE)))).toContain(`arn:aws:iam::222222222222:role/${Properties.RoleName}`);
  });

  test.each<[string, Partial<registry.ReplicationDestination>, RegExp]>([
    ['the account of the stack', { account: undefined }, /'rules\[0\]\.destinations\[0\]\.access' must be omitted for a destination in the account/],
    ['a role of a third account', { access: { roleArn: 'arn:aws:iam::333333333333:role/look' } },
      /destinations\[0\]\.access\.roleArn' must be a role in account 222222222222, got a role in account 333333333333/],
    ['a name instead of an ARN', { access: { roleArn: 'look' } }, /access\.roleArn' must be arn:<partition>:iam::<account>:role\/<name>, got: "look"/],
    ['no object', { access: 'look' as never }, /access' must be an object with roleArn and, optionally, externalId, got: "look"/],
  ])('is an error with %s', (_what, wrong, message) => {
    expect(() => add('Replication', rule({ destinations: [there(wrong)] }))).toThrow(message);
  });

  test('requires a stack with a known Region, and says so once', () => {
    const agnostic = new Stack(new App(), 'Agnostic');
    const rules = [rule({ destinations: [there(), there({ region: 'us-east-1' })] })];
    expect(() => new RegistryReplication(agnostic, 'Replication', { rules }))
      .toThrow(/^Agnostic\/Replication: 'access' requires a stack whose Region is known at synthesis/);
  });
});

test.each<[string, Partial<registry.ReplicationRule>, RegExp]>([
  ['no destination', { destinations: [] }, /'rules\[0\]\.destinations' must have at least one destination, got none/],
  ['the registry of the stack as destination', { destinations: [{ region: 'eu-west-1' }] },
    /'rules\[0\]\.destinations\[0\]' must not be the registry of the stack itself, got: eu-west-1/],
  ['a destination in another partition', { destinations: [{ region: 'cn-north-1' }] },
    /'rules\[0\]\.destinations\[0\]\.region' must be in the partition of the stack \(aws\), got: cn-north-1 of aws-cn/],
  ['an invalid Region', { destinations: [{ region: 'Frankfurt' }] }, /'rules\[0\]\.destinations\[0\]\.region' must be the name of a Region/],
  ['an invalid account', { destinations: [{ region: 'eu-central-1', account: '1' }] }, /'rules\[0\]\.destinations\[0\]\.account' must have 12/],
  ['no prefix', { prefixes: [] }, /'rules\[0\]\.prefixes' must have 1 to 100 prefixes, got: 0/],
  ['a pattern instead of a prefix', { prefixes: ['team/*'] }, /'rules\[0\]\.prefixes\[0\]' must be the beginning of repository names .*"team\/\*"/],
  ['a prefix twice', { prefixes: ['team/', 'team/'] }, /'rules\[0\]\.prefixes' must have each prefix once, got twice: team\//],
  ['a destination twice', { destinations: [{ region: 'eu-central-1' }, { region: 'eu-central-1', account: '111111111111' }] },
    /'rules\[0\]\.destinations' must have each registry once, got twice: eu-central-1 of 111111111111/],
])('a rule with %s is an error', (_what, more, message) => {
  expect(() => add('Replication', rule(more))).toThrow(message);
});

test('a prefix in the rules of two constructs is an error that names the other construct', () => {
  add('One', rule({ prefixes: ['team/'] }));
  expect(() => add('Two', rule({ prefixes: ['team/'] }))).toThrow(/second rule for the prefix team\/ \(the first is in 'Stack\/One'\)/);
});

test('all problems of all rules are in one error', () => {
  expect(() => add('Replication', rule({ destinations: [] }), rule({ prefixes: ['Team'] }))).toThrow(/2 problems\n.*rules\[0\].*\n.*rules\[1\]/);
});

test.each<[string, registry.ReplicationRule[], RegExp]>([
  ['rules', Array.from({ length: 26 }, (_, nth) => rule({ prefixes: [`team${nth}/`] })), /at most 25 replication rules, got: 26 in this stack/],
  ['destinations',
    [rule({ destinations: Array.from({ length: 26 }, (_, nth) => ({ region: 'eu-west-1', account: String(200_000_000_000 + nth) })) })],
    /at most 25 destinations, got: 26 in this stack/],
  ['no rules', [], /'rules' must have at least one rule, got none/],
])('%s: the limits of a registry are checked at synthesis', (_what, rules, message) => {
  expect(() => add('Replication', ...rules)).toThrow(message);
});

test('the report of the backfill is an attribute', () => {
  expect(stack.resolve(add('Replication', rule()).backfillReport))
    .toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^EcrRegistryReplication/), 'BackfillReport'] });
});
