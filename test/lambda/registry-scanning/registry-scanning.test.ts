import { Stack } from 'aws-cdk-lib';
import { registryScanningHandler } from '../../../lambda/registry-scanning/handler';
import { registry } from '../../../src';
import { DeployedStack } from '../deployed-stack';
import { account, callsOf, deploy, logs, send, sendDuring, startForEachTest, success, update } from '../handler-scene';

const { RegistryScanning, ScanRule, ScanType } = registry;
const OTHER_UUID = '22222222-2222-2222-2222-222222222222';

const scanning = (...rules: registry.ScanRule[]) => withOptions({}, ...rules);
const withOptions = (options: Partial<registry.RegistryScanningProps>, ...rules: registry.ScanRule[]) => (stack: Stack) => {
  new RegistryScanning(stack, 'Scanning', { rules, ...options });
};
const filters = (...texts: string[]) => texts.map(filter => ({ filter, filterType: 'WILDCARD' }));
const live = () => account.ecr.scanningConfiguration();

startForEachTest({ handler: registryScanningHandler, resourceType: 'Custom::EcrRegistryScanning' });

test('Create, Update, and Delete keep the filters of other owners, and the scan type stays', async () => {
  account.ecr.scanning('ENHANCED', 'CONTINUOUS_SCAN', { filters: ['console'] });
  const first = DeployedStack.of('Test', scanning(ScanRule.continuous('team/*'), ScanRule.onPush('*')));
  await success(send(first, 'Create'));
  expect(live()).toEqual({
    scanType: 'ENHANCED',
    rules: [
      { scanFrequency: 'CONTINUOUS_SCAN', repositoryFilters: filters('console', 'team/*') },
      { scanFrequency: 'SCAN_ON_PUSH', repositoryFilters: filters('*') },
    ],
  });
  const second = DeployedStack.of('Test', scanning(ScanRule.continuous('product/*')));
  await success(update(first, second));
  expect(live().rules).toEqual([{ scanFrequency: 'CONTINUOUS_SCAN', repositoryFilters: filters('console', 'product/*') }]);
  await success(send(second, 'Delete'));
  expect(live()).toEqual({ scanType: 'ENHANCED', rules: [{ scanFrequency: 'CONTINUOUS_SCAN', repositoryFilters: filters('console') }] });
  expect(account.ssm.values()).toEqual({});
});

test('a continuous rule turns enhanced scanning on, which the deletion of the stack does not turn off', async () => {
  const stack = DeployedStack.of('Test', scanning(ScanRule.continuous('team/*')));
  await success(send(stack, 'Create'));
  expect(live().scanType).toBe('ENHANCED');
  await success(send(stack, 'Delete'));
  expect(live()).toEqual({ scanType: 'ENHANCED', rules: [] });
});

test.each(['BASIC', 'ENHANCED'] as const)('rules that scan on push accept %s scanning, which the registry has', async scanType => {
  account.ecr.scanning(scanType, 'SCAN_ON_PUSH', { filters: ['console'] });
  await success(send(DeployedStack.of('Test', scanning(ScanRule.onPush('team/*'))), 'Create'));
  expect(live()).toEqual({ scanType, rules: [{ scanFrequency: 'SCAN_ON_PUSH', repositoryFilters: filters('console', 'team/*') }] });
});

test('a filter that was there before, or that another stack needs, is not removed', async () => {
  account.ecr.scanning('BASIC', 'SCAN_ON_PUSH', { filters: ['found/*'] });
  const one = DeployedStack.of('One', scanning(ScanRule.onPush('found/*', 'shared/*', 'one/*')));
  const two = DeployedStack.of('Two', scanning(ScanRule.onPush('shared/*')), OTHER_UUID);
  for (const stack of [one, two]) await success(send(stack, 'Create'));
  await success(send(one, 'Delete'));
  expect(live().rules).toEqual([{ scanFrequency: 'SCAN_ON_PUSH', repositoryFilters: filters('found/*', 'shared/*') }]);
  await success(send(two, 'Delete'));
  expect(live().rules).toEqual([{ scanFrequency: 'SCAN_ON_PUSH', repositoryFilters: filters('found/*') }]);
});

test('a stack that needs the other scan type is refused with the name of the stack that contradicts it', async () => {
  const other = DeployedStack.of('Other', withOptions({ scanType: ScanType.BASIC }, ScanRule.onPush('*')), OTHER_UUID);
  await success(send(other, 'Create'));
  account.ecr.clearCalls();
  expect(await send(DeployedStack.of('Test', scanning(ScanRule.continuous('team/*'))), 'Create')).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringMatching(
      /^Registry '000000000000': this stack needs ENHANCED scanning, but stack 'Other' \(22222222-\S+\) needs BASIC, .*No rule was changed/),
  });
  expect(callsOf('PutRegistryScanningConfiguration')).toHaveLength(0);
  expect(Object.keys(account.ssm.values())).toEqual([`/cdk-ecr-keeper/registry/scanning/${OTHER_UUID}`]);
});

test('enhanced scanning is never turned off, not even in a rollback, which ends nevertheless', async () => {
  account.ecr.scanning('ENHANCED', 'SCAN_ON_PUSH', { filters: ['console'] });
  const stack = DeployedStack.of('Test', withOptions({ scanType: ScanType.BASIC }, ScanRule.onPush('*')));
  expect(await send(stack, 'Create')).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringContaining('the registry has ENHANCED scanning, and this stack needs BASIC. No rule was changed'),
  });
  await success(sendDuring(stack, 'Update', 'UPDATE_ROLLBACK_IN_PROGRESS', { OldResourceProperties: {} }));
  expect(live().scanType).toBe('ENHANCED');
});

test('more filters than the registry allows are refused before anything is changed, with the share of the stack', async () => {
  account.ecr.scanning('BASIC', 'SCAN_ON_PUSH', { filters: Array.from({ length: 100 }, (_, nth) => `team${nth}`) });
  expect(await send(DeployedStack.of('Test', scanning(ScanRule.onPush('*'))), 'Create')).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringContaining('the rule for SCAN_ON_PUSH would have 101 filters, 1 of this stack (maximum 100). No rule'),
  });
});

test('a policy of the organization that decides about scanning is named, and after it is changed, a retry finishes', async () => {
  const stack = DeployedStack.of('Test', scanning(ScanRule.continuous('team/*')));
  account.ecr.organizationBlocksScanning = true;
  expect(await deploy(stack)).toMatchObject({
    Status: 'FAILED', Reason: expect.stringContaining('A policy of the organization for Amazon Inspector decides about scanning.'),
  });
  account.ecr.organizationBlocksScanning = false;
  await success(send(stack, 'Delete'));
  await success(send(stack, 'Create'));
  expect(live().rules).toHaveLength(1);
});

test('a rule without filters of another owner stays as it is, and a filter is not added to it', async () => {
  const rule = { scanFrequency: 'CONTINUOUS_SCAN', repositoryFilters: [] } as const;
  account.ecr.scanningConfiguration({}, { scanType: 'ENHANCED', rules: [rule] });
  const stack = DeployedStack.of('Test', scanning(ScanRule.onPush('team/*')));
  await success(send(stack, 'Create'));
  await success(send(stack, 'Delete'));
  expect(live().rules).toEqual([rule]);
  expect(await send(DeployedStack.of('Test', scanning(ScanRule.continuous('team/*'))), 'Create')).toMatchObject({
    Status: 'FAILED', Reason: expect.stringContaining('the registry has a rule for CONTINUOUS_SCAN without filters.'),
  });
  expect(live().rules).toEqual([rule]);
});

test('a stack that needs basic scanning can be deleted after somebody has turned enhanced scanning on', async () => {
  const stack = DeployedStack.of('Test', withOptions({ scanType: ScanType.BASIC }, ScanRule.onPush('team/*')));
  await success(send(stack, 'Create'));
  account.ecr.scanningConfiguration({}, { ...live(), scanType: 'ENHANCED' });
  await success(send(stack, 'Delete'));
  expect(live()).toEqual({ scanType: 'ENHANCED', rules: [] });
});

test('if a policy of the organization decides about scanning, the stack can be deleted, and its filters remain', async () => {
  const stack = DeployedStack.of('Test', scanning(ScanRule.onPush('team/*')));
  await success(send(stack, 'Create'));
  account.ecr.organizationBlocksScanning = true;
  await success(send(stack, 'Delete'));
  expect(live().rules).toHaveLength(1);
  expect(logs()).toContain('the filters of this stack remain');
});
