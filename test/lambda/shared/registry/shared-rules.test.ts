import { deletionDestinations } from '../../../../lambda/shared/registry/deletion-destinations';
import { replicationRules } from '../../../../lambda/shared/registry/replication-setting';
import { scanRules } from '../../../../lambda/shared/registry/scanning-setting';
import { addRules, removeRules, SharedRules } from '../../../../lambda/shared/registry/shared-rules';
import type { ReplicationRule } from '../../../../src/core/registry-rules/replication-rules';
import type { ScanningConfiguration } from '../../../../src/core/registry-rules/scan-rules';
import { LocalAccount } from '../../local-account';

const STACK = 'arn:aws:cloudformation:us-east-1:000000000000:stack/Test/11111111-1111-1111-1111-111111111111';
let services: LocalAccount;

beforeEach(async () => { services = await LocalAccount.start('in-process'); });
afterEach(() => services.stop());

const job = () => ({
  ...services.surroundings('SOMEBODY'),
  request: { StackId: STACK } as never,
  signal: new AbortController().signal,
  patience: 0,
  deadline: 840_000,
  progress: () => {},
  begin: () => {},
});
const clients = () => services.clients('SOMEBODY');
const rule = (region: string, filter: string): ReplicationRule => ({
  destinations: [{ region, registryId: '000000000000' }], repositoryFilters: [{ filter, filterType: 'PREFIX_MATCH' }],
});

/** Returns the setting of a registry in memory, which can be one that local-ecr refuses. */
function inMemory<Setting, Rule>(memory: { live: Setting }, shared: SharedRules<Setting, Rule>): SharedRules<Setting, Rule> {
  return { ...shared, read: async () => memory.live, write: async (_ecr, setting) => { memory.live = setting; } };
}

test('rules of a stack are removed from a registry that has more rules than this version allows', async () => {
  const memory = { live: [] as readonly ReplicationRule[] };
  await addRules(job(), clients(), inMemory(memory, replicationRules('000000000000', [rule('eu-central-1', 'team/')])));
  const others = Array.from({ length: 26 }, (_, nth) => rule('eu-west-1', `team${nth}/`));
  memory.live = [...memory.live, ...others];
  await removeRules(job(), clients(), inMemory(memory, replicationRules('000000000000', [])), STACK);
  expect(memory.live).toEqual(others);
});

test('filters of a stack are removed from a registry that has a frequency that this version does not know', async () => {
  const memory = { live: { scanType: 'ENHANCED', filters: [] } as ScanningConfiguration };
  await addRules(job(), clients(),
    inMemory(memory, scanRules('000000000000', { filters: [{ frequency: 'SCAN_ON_PUSH', filter: 'team/*' }] })));
  const other = { frequency: 'DAILY', filter: '*' };
  memory.live = { ...memory.live, filters: [...memory.live.filters, other] };
  await removeRules(job(), clients(), inMemory(memory, scanRules('000000000000', { filters: [] })), STACK);
  expect(memory.live.filters).toEqual([other]);
});

test('null in a rule of another owner is like a missing member', async () => {
  const foreign = { destinations: [{ region: 'eu-west-1', registryId: '000000000000' }], repositoryFilters: null } as never;
  const memory = { live: [foreign] as readonly ReplicationRule[] };
  const own = rule('eu-central-1', 'team/');
  await addRules(job(), clients(), inMemory(memory, replicationRules('000000000000', [own])));
  expect(memory.live).toEqual([foreign, own]);
});

test('a rule with null instead of filters repeats the deletions of all repositories, and one with null as destinations none', () => {
  const repeated = { destinations: [{ region: 'eu-west-1', registryId: '000000000000' }], deleteReplication: { enabled: true } };
  const live = [{ ...repeated, repositoryFilters: null }, { ...repeated, destinations: null }] as never;
  expect(deletionDestinations(live, 'team/app')).toEqual([
    { region: 'eu-west-1', registryId: '000000000000', rule: 'the replication rule for all repositories' },
  ]);
});
