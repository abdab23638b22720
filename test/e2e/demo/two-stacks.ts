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

/** Returns the accounts in the statement of each stack, by the UUID in its Sid, or undefined if there is no policy. */
async function grants(bed: Bed): Promise<Record<string, string[]> | undefined> {
  const statements = await liveStatements(bed, REPOSITORY);
  return statements && Object.fromEntries(statements.map(({ Sid, Principal }) =>
    [/CdkEcrKeeper([0-9a-f]{32})/.exec(Sid)![1], JSON.stringify(Principal).match(/\d{12}/g)!.sort()]));
}

async function expected(bed: Bed, names: string[]): Promise<Record<string, readonly string[]>> {
  return Object.fromEntries(await Promise.all(names.map(async name =>
    [(await bed.stacks.describe(name))!.StackId!.split('/')[2].replaceAll('-', ''), STACKS[name]])));
}

/** Grants access to one repository of another owner from two stacks. */
export async function grantTwice(step: Step, bed: Bed): Promise<Granted> {
  await bed.ecr.send(new CreateRepositoryCommand({ repositoryName: REPOSITORY }));
  const before = await takeInventory(bed);
  step.note(`${REPOSITORY} exists outside any stack. With an import of aws-ecr, both grants would report success and write nothing.`);
  const cdk = new CommandLine(bed, synthesise(join(bed.emulator.directory, 'two-stacks.out')));
  for (const [name, accounts] of Object.entries(STACKS)) {
    step.note(`app: ${name} calls grantPull for the accounts ${accounts.join(' and ')}`);
    await cdk.succeed(step, 'deploy', name, '--method=direct');
  }
  await step.check('the policy has one statement for each stack, with all accounts of that stack', async () =>
    deepStrictEqual(await grants(bed), await expected(bed, ['Web', 'Batch'])));
  step.shows('the grants of both stacks are in one policy');
  return { cdk, before };
}

export async function destroyInTurn(step: Step, bed: Bed, { cdk, before }: Granted): Promise<void> {
  strictEqual((await cdk.run(step, 'destroy', 'Web')).code, 0);
  await step.check('the statement of Web is removed, and the statement of Batch is unchanged', async () =>
    deepStrictEqual(await grants(bed), await expected(bed, ['Batch'])));
  strictEqual((await cdk.run(step, 'destroy', 'Batch')).code, 0);
  await step.check('after the last statement, the policy is removed too', async () => strictEqual(await grants(bed), undefined));
  const after = await step.during('listing stacks, repositories, functions, log groups, and roles', () => takeInventory(bed));
  await step.check('the account is as before', () => deepStrictEqual(after, before));
  step.shows('each stack removes only its own grant');
}
