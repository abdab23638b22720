import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { join } from 'node:path';
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { App, CliCredentialsStackSynthesizer, Stack } from 'aws-cdk-lib';
import { Bed, CommandLine } from './bed';
import { liveStatements } from './imported-repository';
import { Inventory, takeInventory } from './inventory';
import { Step } from './steps';
import { ExistingRepository, RepositoryPrincipal } from '../../../src';

const REPOSITORY = 'shared/base';
const STACKS: Readonly<Record<string, readonly string[]>> = {
  Web: ['111111111111', '222222222222'], Batch: ['222222222222', '333333333333'],
};

export interface Granted {
  readonly cdk: CommandLine;
  readonly before: Inventory;
}

function synthesise(outdir: string): string {
  const app = new App({ outdir });
  for (const [name, accounts] of Object.entries(STACKS)) {
    const stack = new Stack(app, name, { synthesizer: new CliCredentialsStackSynthesizer() });
    const repository = ExistingRepository.fromRepositoryName(stack, 'Base', REPOSITORY);
    for (const account of accounts) repository.grantPull(RepositoryPrincipal.accounts(account));
  }
  return app.synth().directory;
}

/** The accounts that each stack's statement names, by the UUID in its Sid; undefined when there is no policy. */
async function grants(bed: Bed): Promise<Record<string, string[]> | undefined> {
  const statements = await liveStatements(bed, REPOSITORY);
  return statements && Object.fromEntries(statements.map(({ Sid, Principal }) =>
    [/CdkEcrKeeper([0-9a-f]{32})/.exec(Sid)![1], JSON.stringify(Principal).match(/\d{12}/g)!.sort()]));
}

async function expected(bed: Bed, names: string[]): Promise<Record<string, readonly string[]>> {
  return Object.fromEntries(await Promise.all(names.map(async name =>
    [(await bed.stacks.describe(name))!.StackId!.split('/')[2].replaceAll('-', ''), STACKS[name]])));
}

/** Two stacks grant on one repository of others. */
export async function grantTwice(step: Step, bed: Bed): Promise<Granted> {
  await bed.ecr.send(new CreateRepositoryCommand({ repositoryName: REPOSITORY }));
  const before = await takeInventory(bed);
  step.note(`${REPOSITORY} is there, outside any stack; aws-ecr's own import would answer both of these with success and write nothing`);
  const cdk = new CommandLine(bed, synthesise(join(bed.emulator.directory, 'two-stacks.out')));
  for (const [name, accounts] of Object.entries(STACKS)) {
    step.note(`${name}: grantPull for the accounts ${accounts.join(' and ')}`);
    await cdk.succeed(step, 'deploy', name, '--method=direct');
  }
  await step.check('one statement of each stack is in the policy, with all of its accounts', async () =>
    deepStrictEqual(await grants(bed), await expected(bed, ['Web', 'Batch'])));
  step.shows('grants of two stacks in one policy');
  return { cdk, before };
}

export async function destroyInTurn(step: Step, bed: Bed, { cdk, before }: Granted): Promise<void> {
  strictEqual((await cdk.run(step, 'destroy', 'Web')).code, 0);
  await step.check('Web is gone with its statement, the one of Batch is as it was', async () =>
    deepStrictEqual(await grants(bed), await expected(bed, ['Batch'])));
  strictEqual((await cdk.run(step, 'destroy', 'Batch')).code, 0);
  await step.check('without statements there is no policy', async () => strictEqual(await grants(bed), undefined));
  const after = await step.during('listing stacks, repositories, functions, log groups and roles', () => takeInventory(bed));
  await step.check('the account is as before', () => deepStrictEqual(after, before));
  step.shows('one stack gone, the other\'s grant still there');
}
