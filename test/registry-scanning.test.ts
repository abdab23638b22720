import { Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { registry } from '../src';
import { newStackForEachTest, stack } from './construct-scene';

const { RegistryScanning, ScanRule, ScanType } = registry;
const TYPE = 'Custom::EcrRegistryScanning';

newStackForEachTest({ env: { account: '111111111111', region: 'eu-west-1' } });

test('the rules of all constructs of a stack are in one resource, and a filter of two of them is in it once', () => {
  new RegistryScanning(stack, 'One', { rules: [ScanRule.continuous('team/*'), ScanRule.onPush('*')] });
  new RegistryScanning(stack, 'Two', { rules: [ScanRule.onPush('*', 'product')], trigger: 'spring' });
  const template = Template.fromStack(stack);
  template.resourceCountIs(TYPE, 1);
  template.hasResourceProperties(TYPE, {
    RegistryId: '111111111111', ScanType: 'ENHANCED', OnPush: ['*', 'product'], Continuous: ['team/*'], Trigger: 'spring',
  });
});

test('without a continuous rule, the type of the registry is kept', () => {
  new RegistryScanning(stack, 'Scanning', { rules: [ScanRule.onPush('*')] });
  Template.fromStack(stack).hasResourceProperties(TYPE, { ScanType: Match.absent(), Continuous: Match.absent() });
});

test('the function may turn enhanced scanning on, and never off', () => {
  new RegistryScanning(stack, 'Scanning', { rules: [ScanRule.onPush('*')], scanType: ScanType.BASIC });
  const policies = JSON.stringify(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  expect(policies).toContain('inspector2:Enable');
  expect(policies).not.toContain('inspector2:Disable');
});

test.each<[string, () => unknown, RegExp]>([
  ['no rule', () => new RegistryScanning(stack, 'Scanning', { rules: [] }), /'rules' must have at least one rule, got none/],
  ['a continuous rule with basic scanning',
    () => new RegistryScanning(stack, 'Scanning', { rules: [ScanRule.continuous('*')], scanType: ScanType.BASIC }),
    /'rules' must have no continuous rule with basic scanning\. Use ScanType\.ENHANCED/],
  ['no filter', () => ScanRule.onPush(), /ScanRule\.onPush: 'filters' must have at least one filter, such as '\*', got none/],
  ['an invalid filter', () => ScanRule.continuous('Team/*', ''), /ScanRule\.continuous: 2 problems\n.*"Team\/\*"\n.*got: ""/],
  ['a filter that is a token', () => ScanRule.onPush(Token.asString({ Ref: 'X' })), /'filters\[0\]' must be known/],
])('%s is an error', (_what, create, message) => {
  expect(create).toThrow(message);
});

test('a long filter is checked in no time', () => {
  // a pattern that tries every way to split the text would take hours
  expect(() => ScanRule.onPush(`${'a'.repeat(60)}A`)).toThrow(/'filters\[0\]' must have 1 to 255 lowercase letters/);
});

test('two constructs that need different scan types are an error that names the other construct', () => {
  new RegistryScanning(stack, 'One', { rules: [ScanRule.continuous('*')] });
  expect(() => new RegistryScanning(stack, 'Two', { rules: [ScanRule.onPush('*')], scanType: ScanType.BASIC }))
    .toThrow(/Stack\/Two: needs BASIC scanning, but 'Stack\/One' needs ENHANCED/);
});

test('more than 100 filters for a frequency are an error', () => {
  new RegistryScanning(stack, 'One', { rules: [ScanRule.onPush(...Array.from({ length: 100 }, (_, nth) => `team${nth}`))] });
  expect(() => new RegistryScanning(stack, 'Two', { rules: [ScanRule.onPush('*')] })).toThrow(/at most 100 filters .*got: 101 in this stack/);
});
