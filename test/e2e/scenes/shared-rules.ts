import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Stack } from 'aws-cdk-lib';
import type { Fakes, FakesOptions } from './fakes';
import { FOR_BACKFILL, hurry } from './hurried-clock';
import { onBoth, Scene } from './scene';
import { bystander, failing } from './subject';
import type { World } from './world';
import { registry, RepositoryAccessRole, RepositoryCapability } from '../../../src';
import { replicationStatement } from '../../../src/core/policy/replication';

const { RegistryReplication, RegistryScanning, ScanRule } = registry;

/** The rules of another owner, as ECR returns them. */
const foreignIn = ({ here: { account } }: Fakes) => [{
  destinations: [{ region: 'us-west-2', registryId: account! }],
  repositoryFilters: [{ filter: 'console/', filterType: 'PREFIX_MATCH' }],
  deleteReplication: { enabled: true },
}];
const FILTERS = ['console/*'];
const ROLE = 'RepositoryAccessRole';
const EXTERNAL_ID = 'rules';
/** The rule of the first stack for the other account. */
const CENTRAL = 'central/';

function declare(stack: Stack, prefixes: readonly string[], others: readonly registry.ReplicationRule[]): void {
  bystander(stack, `${stack.stackName}Bystander`);
  const rules = prefixes.map(prefix => ({ prefixes: [prefix], destinations: [{ region: 'eu-central-1' }] }));
  new RegistryReplication(stack, 'Replication', { rules: [...others, ...rules], backfill: true });
  new RegistryScanning(stack, 'Scanning', { rules: [ScanRule.continuous(...prefixes.map(prefix => `${prefix}*`))] });
}

/** Creates another account that permits the replication to the first stack, which may read that. Returns the rule that leads there. */
async function central(world: World, { ecr: { local }, here: { account } }: Fakes): Promise<registry.ReplicationRule> {
  const there = await world.elsewhere({ account: `5${world.account.slice(1)}` });
  await there.deploy('Access', stack => {
    new RepositoryAccessRole(stack, ROLE, {
      capabilities: [RepositoryCapability.readRegistryPolicy()],
      trusted: { stackName: 'One', ...world.env },
      externalId: EXTERNAL_ID,
      roleName: ROLE,
    });
  }, { isEnvKnown: true });
  const place = { account: there.account, region: 'eu-central-1' };
  const arn = `arn:aws:ecr:${place.region}:${place.account}:repository/${CENTRAL}*`;
  const statement = replicationStatement({ partition: 'aws', account }, [arn]);
  local.registryPolicy(place, JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));
  const access = { roleArn: `arn:aws:iam::${there.account}:role/${ROLE}`, externalId: EXTERNAL_ID };
  return { prefixes: [CENTRAL], destinations: [{ ...place, access }] };
}

/** The live rules: those of the other owner exactly, and the prefixes of the others. */
function live({ ecr, here }: Fakes) {
  const isOurs = ({ deleteReplication }: { readonly deleteReplication?: unknown }) => deleteReplication === undefined;
  const rules = ecr.local.replicationRules(here);
  const scanning = ecr.local.scanningConfiguration(here).rules.flatMap(({ repositoryFilters }) => repositoryFilters);
  return {
    foreign: JSON.stringify(rules.filter(rule => !isOurs(rule))),
    replicated: rules.filter(isOurs).map(({ repositoryFilters }) => repositoryFilters![0].filter),
    scanned: scanning.map(({ filter }) => filter),
  };
}

/** 39. Runs on local-ecr, because the emulator's ECR has no rules, and with the Parameter Store of the emulator. */
export const sharedRules: Scene[] = [
  onBoth('39 registry rules: two stacks and another owner share replication and scan rules, one of which leads to'
    + ' another account; a Region there that does not permit it is refused before anything is changed; an update is rolled back, one stack'
    + ' is deleted, and a rule that the other needs remains; at the end, the rules of the other owner are the same byte for byte', async (
    world, fakes,
  ) => {
    const deploy = (stackName: string, prefixes: readonly string[], more: (stack: Stack) => void = () => {}, options: FakesOptions = {}) =>
      fakes.deploy(stack => {
        declare(stack, prefixes, stackName === 'One' ? [{ ...there, destinations: [{ ...destination, region }] }] : []);
        more(stack);
        hurry(stack, world.emulator, FOR_BACKFILL);
      }, { ...options, services: ['ECR'], isEnvKnown: true }, stackName);
    const there = await central(world, fakes);
    const [destination] = there.destinations;
    let { region } = destination;
    const claims = async () => (await new SSMClient(world.emulator.client(fakes.here))
      .send(new GetParametersByPathCommand({ Path: '/cdk-ecr-keeper/registry', Recursive: true }))).Parameters!.length;
    fakes.ecr.local.scanning('BASIC', 'SCAN_ON_PUSH', { ...fakes.here, filters: FILTERS });
    await deploy('One', ['team/', 'shared/']);
    fakes.ecr.local.replicationRules(fakes.here, [...foreignIn(fakes), ...fakes.ecr.local.replicationRules(fakes.here)]);
    const { foreign } = live(fakes);

    region = 'eu-west-1';
    const refused = await deploy('One', ['product/'], () => {}, { expect: 'failed' });
    const { reason } = refused.events.find(each => each.status === 'UPDATE_FAILED' && each.type === 'Custom::EcrRegistryReplication')!;
    match(reason!, /eu-west-1 of \d{12} does not permit the replication of central\/\*, because the registry has no policy\. No rule was/);
    strictEqual(refused.status, 'UPDATE_ROLLBACK_COMPLETE');
    deepStrictEqual(live(fakes), { foreign, replicated: [CENTRAL, 'team/', 'shared/'], scanned: [...FILTERS, 'team/*', 'shared/*'] });
    ({ region } = destination);

    await deploy('Two', ['shared/']);
    deepStrictEqual(live(fakes), { foreign, replicated: [CENTRAL, 'team/', 'shared/'], scanned: [...FILTERS, 'team/*', 'shared/*'] });
    strictEqual(await claims(), 4);

    const { status } = await deploy('One', ['product/', 'shared/'], failing, { expect: 'failed' });
    strictEqual(status, 'UPDATE_ROLLBACK_COMPLETE');
    const restored = live(fakes);
    deepStrictEqual({ ...restored, replicated: [...restored.replicated].sort(), scanned: [...restored.scanned].sort() },
      { foreign, replicated: [CENTRAL, 'shared/', 'team/'], scanned: [...FILTERS, 'shared/*', 'team/*'] });

    await world.destroy('One');
    deepStrictEqual(live(fakes), { foreign, replicated: ['shared/'], scanned: [...FILTERS, 'shared/*'] });
    await world.destroy('Two');
    deepStrictEqual(live(fakes), { foreign, replicated: [], scanned: FILTERS });
    strictEqual(await claims(), 0);
    await world.ends({ stacks: {}, repositories: {} });
  }),
];
