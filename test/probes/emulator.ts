import { randomBytes } from 'node:crypto';
import { ListStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { AwsWorld, PREFIX, remove } from './aws-world';
import type { Created, Journal } from './journal';
import type { Probe } from './probe';
import { custom } from './probe-stack';
import { AssumptionId } from './probes';
import { askAws, Result } from './run';
import { Interruption } from '../../cli/session/interruption';
import { Emulator } from '../e2e/emulator';

/**
 * Asks the emulator in both readings, in the same way as AWS. A probe that leaves something has an answer that differs.
 */
export async function askEmulator(probes: readonly Probe[]): Promise<Result[]> {
  if (probes.length === 0) return [];
  const emulator = await Emulator.start();
  try {
    await interrupt(emulator);
    const results = new Array<Result>();
    for (const probe of probes) {
      for (const others of [[], [probe.id as AssumptionId]]) {
        emulator.readOtherwise(others);
        const { answer, reason } = await askAws(probe, () => worldOf(emulator));
        const left = await leftIn(emulator);
        // unlike AWS, the emulator must answer
        results.push({ probe, isOther: others.length > 0, answer: left.length > 0 ? `not removed: ${left.join(', ')}` : answer ?? reason });
      }
    }
    return results;
  } finally {
    await emulator.stop();
  }
}

/** Removes what an interrupted run left while CloudFormation still created it, in the same way as the next run. */
async function interrupt(emulator: Emulator): Promise<void> {
  const all = new Array<Created>();
  const world = worldOf(emulator, { note: created => all.push(created) });
  const stack = await world.stack();
  const Repository = stack.repository({}, 'Retain');
  const ending = stack.deploy({ Repository, Custom: custom({ fails: 'Delete' }, ['Repository']) });
  while (stack.id === '') await new Promise(resolve => setTimeout(resolve, 20));
  for (const created of all.reverse()) await remove(created, emulator.client());
  await ending;
  const left = await leftIn(emulator);
  if (left.length > 0) throw new Error(`not removed after an interruption: ${left.join(', ')}`);
}

function worldOf(emulator: Emulator, journal: Pick<Journal, 'note'> = { note: () => undefined }): AwsWorld {
  return new AwsWorld(emulator.account, emulator.region, randomBytes(4).toString('hex'), journal, new Interruption(), emulator.client());
}

/** Returns the names of everything that probes have created and not removed. */
async function leftIn(emulator: Emulator): Promise<string[]> {
  const { clients: { cloudFormation, ecr, lambda } } = worldOf(emulator);
  const { StackSummaries = [] } = await cloudFormation.send(new ListStacksCommand({}));
  const { repositories = [] } = await ecr.send(new DescribeRepositoriesCommand({}));
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  const { Roles = [] } = await new IAMClient(emulator.client()).send(new ListRolesCommand({}));
  return [
    ...StackSummaries.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE').map(({ StackName }) => StackName),
    ...repositories.map(({ repositoryName }) => repositoryName),
    ...Functions.map(({ FunctionName }) => FunctionName),
    ...Roles.map(({ RoleName }) => RoleName),
  ].filter((name = '') => name.startsWith(PREFIX)) as string[];
}
