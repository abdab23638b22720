import {
  BatchGetRepositoryScanningConfigurationCommand, ECRClient, GetRegistryScanningConfigurationCommand,
  PutRegistryScanningConfigurationCommand, PutRegistryScanningConfigurationCommandInput, RegistryScanningRule, ScanFrequency,
} from '@aws-sdk/client-ecr';
import type { LocalEcr } from './local-ecr';
import { clientOf, errorOf, startForEachTest } from './test-client';
import type { AssumptionId } from '../probes/probes';

let ecr: LocalEcr;
let client: ECRClient;

startForEachTest((started, itsClient) => { [ecr, client] = [started, itsClient]; });

const put = (input: PutRegistryScanningConfigurationCommandInput, from = client) =>
  from.send(new PutRegistryScanningConfigurationCommand(input));
const rule = (scanFrequency: ScanFrequency, ...filters: string[]): RegistryScanningRule => ({
  scanFrequency, repositoryFilters: filters.map(filter => ({ filter, filterType: 'WILDCARD' as const })),
});
const frequenciesOf = async (...repositoryNames: string[]) => {
  const command = new BatchGetRepositoryScanningConfigurationCommand({ repositoryNames });
  const { scanningConfigurations = [] } = await client.send(command);
  return scanningConfigurations.map(({ scanFrequency }) => scanFrequency);
};

test('the configuration of a registry is replaced completely, and is returned as written', async () => {
  const enhanced = { scanType: 'ENHANCED' as const, rules: [rule('SCAN_ON_PUSH', '*'), rule('CONTINUOUS_SCAN', 'team/*', 'prod')] };
  expect((await put(enhanced)).registryScanningConfiguration).toEqual(enhanced);
  const { registryId, scanningConfiguration } = await client.send(new GetRegistryScanningConfigurationCommand({}));
  expect([registryId, scanningConfiguration]).toEqual(['000000000000', enhanced]);
  expect(ecr.scanningConfiguration()).toEqual(enhanced);
  expect(ecr.scanningConfiguration({ region: 'eu-west-1' })).toEqual({ scanType: 'BASIC', rules: [] });
  await put({ scanType: 'BASIC' });
  expect(ecr.scanningConfiguration()).toEqual({ scanType: 'BASIC', rules: [] });
});

test('continuous scanning precedes scanning on push, whatever the order of the rules', async () => {
  for (const repositoryName of ['team/app', 'other']) ecr.seed({ repositoryName });
  const rules = [rule('SCAN_ON_PUSH', '*'), rule('CONTINUOUS_SCAN', 'team/*')];
  for (const ordered of [rules, [...rules].reverse()]) {
    await put({ scanType: 'ENHANCED', rules: ordered });
    expect(await frequenciesOf('team/app', 'other')).toEqual(['CONTINUOUS_SCAN', 'SCAN_ON_PUSH']);
  }
});

test.each<[string, PutRegistryScanningConfigurationCommandInput]>([
  ['three rules', { scanType: 'ENHANCED', rules: ['a', 'b', 'c'].map(filter => rule('SCAN_ON_PUSH', filter)) }],
  ['continuous basic scanning', { scanType: 'BASIC', rules: [rule('CONTINUOUS_SCAN', '*')] }],
  ['manual enhanced scanning', { scanType: 'ENHANCED', rules: [rule('MANUAL', '*')] }],
  ['another type', { scanType: 'CLAIR' as 'BASIC' }],
  ['101 filters', { scanType: 'BASIC', rules: [rule('SCAN_ON_PUSH', ...Array.from({ length: 101 }, (_, at) => `app${at}`))] }],
  ['an empty filter', { scanType: 'BASIC', rules: [rule('SCAN_ON_PUSH', '')] }],
  ['a filter of 256 characters', { scanType: 'BASIC', rules: [rule('SCAN_ON_PUSH', 'a'.repeat(256))] }],
  ['a filter in capitals', { scanType: 'BASIC', rules: [rule('SCAN_ON_PUSH', 'App')] }],
  ['a filter that ends with a slash', { scanType: 'BASIC', rules: [rule('SCAN_ON_PUSH', 'team/')] }],
  ['a filter of another type', {
    scanType: 'BASIC',
    rules: [{ scanFrequency: 'SCAN_ON_PUSH', repositoryFilters: [{ filter: 'a', filterType: 'PREFIX_MATCH' as 'WILDCARD' }] }],
  }],
  ['a rule without filters', { scanType: 'BASIC', rules: [{ scanFrequency: 'SCAN_ON_PUSH' } as RegistryScanningRule] }],
])('the configuration cannot contain %s', async (_what, input) => {
  expect(await errorOf(put(input))).toMatchObject({ name: 'InvalidParameterException' });
  expect(ecr.scanningConfiguration()).toEqual({ scanType: 'BASIC', rules: [] });
});

test.each<[AssumptionId, PutRegistryScanningConfigurationCommandInput]>([
  ['scanning-rules-same-frequency', { scanType: 'BASIC', rules: [rule('SCAN_ON_PUSH', 'a'), rule('SCAN_ON_PUSH', 'b')] }],
  ['scanning-filter-wildcards', { scanType: 'BASIC', rules: [rule('SCAN_ON_PUSH', '*a*b*c*d*')] }],
])('the configuration is accepted only in the other reading of %s', async (id, input) => {
  expect(await errorOf(put(input))).toMatchObject({ name: 'InvalidParameterException' });
  ecr.readings.set(id, 'other');
  await put(input);
  expect(ecr.scanningConfiguration()).toEqual(input);
});

test('a policy of the organization prevents changes, and nothing changes', async () => {
  ecr.organizationBlocksScanning = true;
  expect(await errorOf(put({ scanType: 'ENHANCED' }))).toMatchObject({ name: 'BlockedByOrganizationPolicyException' });
  expect(ecr.scanningConfiguration()).toEqual({ scanType: 'BASIC', rules: [] });
});

test('enhanced scanning is set with permissions of Inspector, and replaced by basic scanning with another one', async () => {
  const allow = (...Action: string[]) => ({ Effect: 'Allow' as const, Action, Resource: '*' });
  const role = {
    ...allow('iam:CreateServiceLinkedRole'), Condition: { StringEquals: { 'iam:AWSServiceName': 'inspector2.amazonaws.com' } },
  };
  const rights = ['ecr:PutRegistryScanningConfiguration', 'inspector2:Enable', 'inspector2:ListAccountPermissions'];
  ecr.principal('basic', { policy: [allow(rights[0])] });
  ecr.principal('enhanced', { policy: [allow(...rights), role] });
  const [basic, enhanced] = ['basic', 'enhanced'].map(key => clientOf(ecr, key));
  await put({ scanType: 'BASIC', rules: [rule('SCAN_ON_PUSH', '*')] }, basic);
  expect(await errorOf(put({ scanType: 'ENHANCED' }, basic))).toMatchObject({ message: expect.stringContaining('inspector2:Enable') });
  await put({ scanType: 'ENHANCED' }, enhanced);
  expect(ecr.granted('enhanced').map(({ action }) => action).sort()).toEqual([...rights, 'iam:CreateServiceLinkedRole'].sort());
  for (const caller of [basic, enhanced]) {
    expect(await errorOf(put({ scanType: 'BASIC' }, caller))).toMatchObject({ message: expect.stringContaining('inspector2:Disable') });
  }
  for (const caller of [basic, enhanced]) caller.destroy();
});
