import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { join } from 'node:path';
import {
  CreateRepositoryCommand, GetLifecyclePolicyCommand, GetRepositoryPolicyCommand, SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import { App, aws_ecr as ecr, aws_iam as iam, CliCredentialsStackSynthesizer, Stack } from 'aws-cdk-lib';
import { Bed, CommandLine } from './bed';
import { contentOf, Inventory, takeInventory } from './inventory';
import { Step } from './steps';
import { LifecyclePolicy, Repository, RepositoryLifecycle, RepositoryPolicy } from '../../../src';
import { Registry } from '../registry';
import { decisions } from '../scenes/least-privilege';

const STACK = 'Imported';
const SHARED = 'shared/app';
const MARK = 'cdk-ecr-keeper:lifecycle-policy-by';
const PULL = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

/** The statement that Lambda adds to the policy of a repository whose image a function runs, and one that a person wrote without a Sid. */
const FOREIGN = [
  {
    Sid: 'LambdaECRImageRetrievalPolicy',
    Effect: 'Allow',
    Principal: { Service: 'lambda.amazonaws.com' },
    Action: PULL,
    Condition: { StringLike: { 'aws:sourceArn': 'arn:aws:lambda:us-east-1:000000000000:function:*' } },
  },
  { Effect: 'Deny', Principal: '*', Action: 'ecr:PutImage', Condition: { StringEquals: { 'aws:PrincipalTag/team': 'guests' } } },
];

/** One version of the app: the accounts that may pull, the number of images to keep, and the ids of the two constructs. */
interface State {
  readonly ids: { readonly policy: string; readonly lifecycle: string };
  readonly accounts: Readonly<Record<string, string>>;
  readonly keep: number;
}

const FIRST: State = { ids: { policy: 'Policy', lifecycle: 'Lifecycle' }, accounts: { Pull: '111111111111' }, keep: 50 };
const CHANGED: State = { ...FIRST, accounts: { Pull: '222222222222', Audit: '333333333333' }, keep: 40 };
const RENAMED: State = { ...CHANGED, ids: { policy: 'SharedPolicy', lifecycle: 'SharedLifecycle' } };

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
}

export interface OnImported {
  /** The CLI for the version of the app that was deployed last. */
  readonly cdk: CommandLine;
  /** The account before the deployment, with the repository and without the stack. */
  readonly before: Inventory;
  readonly stackId: string;
}

function synthesise(outdir: string, { ids, accounts, keep }: State): { directory: string; template: Template } {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK, { synthesizer: new CliCredentialsStackSynthesizer() });
  const repository = Repository.fromRepositoryName(stack, 'Shared', SHARED);
  new RepositoryPolicy(stack, ids.policy, {
    repository,
    statements: Object.entries(accounts).map(([sid, account]) =>
      new iam.PolicyStatement({ sid, principals: [new iam.AccountPrincipal(account)], actions: PULL })),
  });
  const lifecycle = LifecyclePolicy.fromEcrRules([{ maxImageCount: keep, tagStatus: ecr.TagStatus.ANY }]);
  new RepositoryLifecycle(stack, ids.lifecycle, { repository, lifecycle });
  const assembly = app.synth();
  return { directory: assembly.directory, template: assembly.getStackByName(STACK).template };
}

/** Returns the statements of the live policy, or undefined if the repository has no policy. */
export async function liveStatements(bed: Bed, repositoryName = SHARED): Promise<Record<string, any>[] | undefined> {
  const policyText = await unlessNone('RepositoryPolicyNotFoundException', async () =>
    (await bed.ecr.send(new GetRepositoryPolicyCommand({ repositoryName }))).policyText!);
  return policyText === undefined ? undefined : JSON.parse(policyText).Statement;
}

/** Returns the rules of the live lifecycle policy, or undefined if the repository has no lifecycle policy. */
async function liveRules(bed: Bed): Promise<Record<string, any>[] | undefined> {
  const text = await unlessNone('LifecyclePolicyNotFoundException', async () =>
    (await bed.ecr.send(new GetLifecyclePolicyCommand({ repositoryName: SHARED }))).lifecyclePolicyText!);
  return text === undefined ? undefined : JSON.parse(text).rules;
}

async function unlessNone(name: string, read: () => Promise<string>): Promise<string | undefined> {
  try {
    return await read();
  } catch (error) {
    if ((error as Error).name === name) return undefined;
    throw error;
  }
}

function isOurs({ Sid }: Record<string, any>): boolean {
  return /CdkEcrKeeper/.test(Sid ?? '');
}

/** Prints the live repository and compares it with what this version of the app declares. */
async function holds(step: Step, bed: Bed, before: Inventory, { accounts, keep }: State, { Resources }: Template): Promise<string> {
  const stackId = (await bed.stacks.describe(STACK))!.StackId!;
  const uuid = stackId.split('/')[2];
  const logicalId = (type: string): string => Object.keys(Resources).find(id => Resources[id].Type === type)!;
  const suffix = `CdkEcrKeeper${uuid.replaceAll('-', '')}${logicalId('Custom::EcrRepositoryPolicy')}`;
  const statements = await liveStatements(bed) ?? [];
  const rules = await liveRules(bed);
  const { images, tags } = (await contentOf(bed, SHARED))!;
  statements.forEach(({ Sid, Effect, Principal }) => step.note(`   ${Effect} ${JSON.stringify(Principal)}  Sid ${Sid ?? '(none)'}`));
  step.note(`   keep ${rules?.[0].selection.countNumber} images; ${MARK} = ${tags[MARK]}`);
  await step.check(`our statements (${Object.keys(accounts).join(', ')}) are in the policy,`
    + ` with Sids that end in the UUID of the stack and ${logicalId('Custom::EcrRepositoryPolicy')}`, () => {
    deepStrictEqual(statements.filter(isOurs).map(({ Sid, Principal, Action, Effect }) => ({ Sid, Principal, Action, Effect })),
      Object.entries(accounts).map(([sid, account]) => ({
        Sid: `${sid}${suffix}`, Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: PULL, Effect: 'Allow',
      })));
  });
  await step.check('the statements of other owners are unchanged', () =>
    deepStrictEqual(statements.filter(statement => !isOurs(statement)), FOREIGN));
  await step.check(`the lifecycle policy keeps ${keep} images, and its mark names ${logicalId('Custom::EcrLifecyclePolicy')}`, () => {
    deepStrictEqual(rules?.map(rule => rule.selection), [{ tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: keep }]);
    strictEqual(tags[MARK], `${uuid}:${logicalId('Custom::EcrLifecyclePolicy')}`);
  });
  await step.check(`the ${images.length} images and the owner's tag are unchanged`, () => {
    const { [MARK]: _, ...others } = tags;
    deepStrictEqual({ images, tags: others }, before.repositories[SHARED]);
  });
  return stackId;
}

/** Adds a statement and a lifecycle policy to a repository of another owner, changes both, and renames both constructs. */
export async function deployOnImported(step: Step, bed: Bed): Promise<OnImported> {
  step.note('This step runs on the emulator\'s ECR, which returns each policy exactly as it was written. AWS may return it in a'
    + ' different order and form.');
  step.note('The unit tests of both handlers cover that difference on our strict fake of ECR.');
  await bed.ecr.send(new CreateRepositoryCommand({ repositoryName: SHARED, tags: [{ Key: 'owner', Value: 'others' }] }));
  await bed.ecr.send(new SetRepositoryPolicyCommand({
    repositoryName: SHARED, policyText: JSON.stringify({ Version: '2012-10-17', Statement: FOREIGN }),
  }));
  await (await Registry.login(bed.emulator)).pushIndex({ repository: SHARED, tags: ['v1'] });
  const before = await takeInventory(bed);
  await step.check(`${SHARED} exists outside any stack, with 3 images, 2 statements (one has the Sid ${FOREIGN[0].Sid}),`
    + ' and no lifecycle policy', async () => {
    strictEqual(before.repositories[SHARED].images.length, 3);
    deepStrictEqual([await liveStatements(bed), await liveRules(bed)], [FOREIGN, undefined]);
  });

  const deploy = async (state: State, name: string): Promise<{ cdk: CommandLine; stackId: string }> => {
    const { directory, template } = synthesise(join(bed.emulator.directory, `imported-${name}.out`), state);
    const cdk = new CommandLine(bed, directory);
    await cdk.succeed(step, 'deploy', STACK, '--method=direct');
    return { cdk, stackId: await holds(step, bed, before, state, template) };
  };
  step.note('');
  step.note(`app: new RepositoryPolicy(stack, 'Policy', ...) and new RepositoryLifecycle(stack, 'Lifecycle', ...) on ${SHARED}`);
  const { stackId } = await deploy(FIRST, 'first');
  step.note('');
  step.note('change: a different account in the first statement, a second statement, and a lower image count');
  await deploy(CHANGED, 'changed');
  step.note('');
  step.note('change: new construct ids for both. CloudFormation keeps the resource of the statements. For the lifecycle policy, it'
    + ' creates a new resource');
  step.note('and then deletes the old one.');
  const earlier = decisions(bed.emulator).length;
  const { cdk } = await deploy(RENAMED, 'renamed');
  const called = decisions(bed.emulator).slice(earlier).map(({ action }) => action)
    .filter(action => /(Set|Put|Delete)\w+Policy$/.test(action));
  await step.check('the repository always had both policies: the deployment wrote neither', () => deepStrictEqual(called, []));
  step.shows('our statements added, all others unchanged');
  return { cdk, before, stackId };
}

export async function destroyOnImported(step: Step, bed: Bed, { cdk, before, stackId }: OnImported): Promise<void> {
  const result = await cdk.run(step, 'destroy', STACK);
  await step.check('cdk destroy succeeds', () => strictEqual(result.code, 0, result.output));
  await step.check(`the stack ${STACK} is deleted`, async () => {
    strictEqual((await bed.stacks.describe(stackId))?.StackStatus ?? 'DELETE_COMPLETE', 'DELETE_COMPLETE');
  });
  await step.check('our statements are removed, and the statements of other owners are unchanged', async () =>
    deepStrictEqual(await liveStatements(bed), FOREIGN));
  await step.check('the lifecycle policy is removed', async () => strictEqual(await liveRules(bed), undefined));
  const after = await step.during('listing stacks, repositories, functions, log groups, and roles', () => takeInventory(bed));
  await step.check(`${SHARED} still has its ${after.repositories[SHARED]?.images.length} images and the owner's tag, and no mark`, () => {
    deepStrictEqual(after.repositories[SHARED], before.repositories[SHARED]);
  });
  await step.check('the account is as before: the functions, roles, and log groups are deleted', () => deepStrictEqual(after, before));
  step.shows('our policies removed, images unchanged');
}
