import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Stack } from 'aws-cdk-lib';
import type { Fakes, FakesOptions } from './fakes';
import { FOR_SETTLING, hurry } from './hurried-clock';
import { onBoth, Scene } from './scene';
import { bystander, failing } from './subject';
import { registry } from '../../../src';

const { RegistryReplication, RegistryScanning, ScanRule } = registry;

/** The rules of another owner, as ECR returns them. */
const foreignIn = ({ here: { account } }: Fakes) => [{
  destinations: [{ region: 'us-west-2', registryId: account! }],
  repositoryFilters: [{ filter: 'console/', filterType: 'PREFIX_MATCH' }],
  deleteReplication: { enabled: true },
}];
const FILTERS = ['console/*'];

function declare(stack: Stack, prefixes: readonly string[]): void {
  bystander(stack, `${stack.stackName}Bystander`);
  new RegistryReplication(stack, 'Replication', {
    rules: prefixes.map(prefix => ({ prefixes: [prefix], destinations: [{ region: 'eu-central-1' }] })), backfill: true,
  });
  new RegistryScanning(stack, 'Scanning', { rules: [ScanRule.continuous(...prefixes.map(prefix => `${prefix}*`))] });
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
  onBoth('39 registry rules: two stacks and another owner share replication and scan rules; an update is rolled back, one stack is'
    + ' deleted, and a rule that the other needs remains; at the end, the rules of the other owner are the same byte for byte', async (
    world, fakes,
  ) => {
    const deploy = (stackName: string, prefixes: readonly string[], more: (stack: Stack) => void = () => {}, options: FakesOptions = {}) =>
      fakes.deploy(stack => {
        declare(stack, prefixes);
        more(stack);
        hurry(stack, world.emulator, FOR_SETTLING);
      }, options, stackName);
    const claims = async () => (await new SSMClient(world.emulator.client(fakes.here))
      .send(new GetParametersByPathCommand({ Path: '/cdk-ecr-keeper/registry', Recursive: true }))).Parameters!.length;
    fakes.ecr.local.scanning('BASIC', 'SCAN_ON_PUSH', { ...fakes.here, filters: FILTERS });
    await deploy('One', ['team/', 'shared/']);
    fakes.ecr.local.replicationRules(fakes.here, [...foreignIn(fakes), ...fakes.ecr.local.replicationRules(fakes.here)]);
    const { foreign } = live(fakes);

    await deploy('Two', ['shared/']);
    deepStrictEqual(live(fakes), { foreign, replicated: ['team/', 'shared/'], scanned: [...FILTERS, 'team/*', 'shared/*'] });
    strictEqual(await claims(), 4);

    const { status } = await deploy('One', ['product/', 'shared/'], failing, { expect: 'failed' });
    strictEqual(status, 'UPDATE_ROLLBACK_COMPLETE');
    const restored = live(fakes);
    deepStrictEqual({ ...restored, replicated: [...restored.replicated].sort(), scanned: [...restored.scanned].sort() },
      { foreign, replicated: ['shared/', 'team/'], scanned: [...FILTERS, 'shared/*', 'team/*'] });

    await world.destroy('One');
    deepStrictEqual(live(fakes), { foreign, replicated: ['shared/'], scanned: [...FILTERS, 'shared/*'] });
    await world.destroy('Two');
    deepStrictEqual(live(fakes), { foreign, replicated: [], scanned: FILTERS });
    strictEqual(await claims(), 0);
    await world.ends({ stacks: {}, repositories: {} });
  }),
];
