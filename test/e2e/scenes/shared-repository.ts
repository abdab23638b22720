import { deepStrictEqual } from 'node:assert/strict';
import {
  GetLifecyclePolicyCommand, GetRepositoryPolicyCommand, PutLifecyclePolicyCommand, SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import type { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { FOR_SETTLING } from './hurried-clock';
import { bystander, TAGS } from './subject';
import type { World } from './world';
import { LifecyclePolicy, Repository, RepositoryLifecycle, RepositoryLifecycleProps, RepositoryPolicy } from '../../../src';
import { Outcome } from '../stacks';

export const SHARED = 'team/shared';
export const POLICY_TYPE = 'Custom::EcrRepositoryPolicy';
export const LIFECYCLE_TYPE = 'Custom::EcrLifecyclePolicy';
export const LIFECYCLE_MARK = 'cdk-ecr-keeper:lifecycle-policy-by';

export type LiveStatement = Readonly<Record<string, unknown>>;

const PULL = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

/** Statements of other owners: the statement that Lambda adds, and one without a Sid. */
export const FOREIGN: readonly LiveStatement[] = [
  { Sid: 'LambdaECRImageRetrievalPolicy', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: PULL },
  {
    Effect: 'Deny', Principal: '*', Action: 'ecr:PutImage', Condition: { StringEquals: { 'aws:PrincipalTag/team': ['guests', 'interns'] } },
  },
];

/** A lifecycle policy that another owner attached. */
export const THEIR_RULES = rulesThatKeep(999);

/** One of our statements in the live policy. */
export interface Own {
  readonly sid: string;
  readonly account: string;
  /** Name of the stack. */
  readonly by: string;
}

/** Expected state of the shared repository. Its images and tags are checked too. */
export interface SharedEnd {
  readonly stacks: Parameters<World['ends']>[0]['stacks'];
  /** @default - exactly FOREIGN */
  readonly foreign?: readonly LiveStatement[];
  readonly own?: readonly Own[];
  /** Number of images that the lifecycle policy keeps. @default - no lifecycle policy */
  readonly keeps?: number;
  /** Resource that the mark of the lifecycle policy names. @default - no mark */
  readonly mark?: readonly [stack: string, id: string];
}

function rulesThatKeep(countNumber: number): string {
  return JSON.stringify({
    rules: [{ rulePriority: 1, selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber }, action: { type: 'expire' } }],
  });
}

/** Declares statements for the account ids, by their Sids. */
export function statementsOf(stack: Stack, accounts: Readonly<Record<string, string>>, id = 'Policy'): void {
  new RepositoryPolicy(stack, id, {
    repository: Repository.fromRepositoryName(stack, `${id}Import`, SHARED),
    statements: Object.entries(accounts).map(([sid, account]) =>
      new iam.PolicyStatement({ sid, principals: [new iam.AccountPrincipal(account)], actions: PULL })),
  });
}

export function lifecycleOf(stack: Stack, keep: number, id = 'Lifecycle', props: Partial<RepositoryLifecycleProps> = {}): void {
  new RepositoryLifecycle(stack, id, {
    repository: Repository.fromRepositoryName(stack, `${id}Import`, SHARED), lifecycle: keeping(keep), ...props,
  });
}

export function keeping(count: number): LifecyclePolicy {
  return LifecyclePolicy.fromEcrRules([{ maxImageCount: count }]);
}

/** Creates the repository of another owner with images, tags, and statements, before any stack. */
export async function sharedRepository(
  world: World, { foreign = FOREIGN, lifecycle }: { foreign?: readonly LiveStatement[]; lifecycle?: string } = {},
): Promise<void> {
  await world.createRepository(SHARED, TAGS);
  await world.push(SHARED);
  if (foreign.length > 0) await writeStatements(world, foreign);
  if (lifecycle !== undefined) await writeLifecycle(world, lifecycle);
}

/** Declares a stack with these constructs and one unrelated resource. */
export function deploy(
  world: World, build: (stack: Stack) => void, expect: 'ok' | 'failed' = 'ok', stackName = 'Test', isEnvKnown = false,
): Promise<Outcome> {
  return world.deploy(stackName, stack => {
    bystander(stack);
    build(stack);
    world.hurry(stack, FOR_SETTLING);
  }, { expect, isEnvKnown });
}

/** Replaces the policy, as another owner does with SetRepositoryPolicy. */
export async function writeStatements(world: World, statements: readonly LiveStatement[]): Promise<void> {
  await world.ecr.send(new SetRepositoryPolicyCommand({
    repositoryName: SHARED, policyText: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
  }));
}

export async function writeLifecycle(world: World, lifecyclePolicyText: string): Promise<void> {
  await world.ecr.send(new PutLifecyclePolicyCommand({ repositoryName: SHARED, lifecyclePolicyText }));
}

/** Checks the stacks, the images, the tags, the mark, the statements in any order, and the rules. */
export async function sharedEnds(world: World, { stacks, foreign = FOREIGN, own = [], keeps, mark }: SharedEnd): Promise<void> {
  const tags = {
    ...TAGS, ...mark && { [LIFECYCLE_MARK]: `${world.stackUuid(mark[0])}:${world.logicalId(mark[0], LIFECYCLE_TYPE, mark[1])}` },
  };
  await world.ends({ stacks, repositories: { [SHARED]: { tags } } });
  const expected = [...foreign, ...own.map(({ sid, account, by }) => ({
    Sid: `${sid}CdkEcrKeeper${world.stackUuid(by).replaceAll('-', '')}${world.logicalId(by, POLICY_TYPE, 'EcrPolicy')}`,
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: PULL,
  }))];
  deepStrictEqual(byText(await liveStatements(world) ?? []), byText(expected));
  deepStrictEqual(await liveRules(world), keeps === undefined ? undefined : JSON.parse(rulesThatKeep(keeps)).rules);
}

/** Returns undefined if the repository has no policy. */
export async function liveStatements(world: World): Promise<LiveStatement[] | undefined> {
  const text = await unlessNone('RepositoryPolicyNotFoundException', async () =>
    (await world.ecr.send(new GetRepositoryPolicyCommand({ repositoryName: SHARED }))).policyText!);
  return text === undefined ? undefined : JSON.parse(text).Statement;
}

async function liveRules(world: World): Promise<unknown> {
  const text = await unlessNone('LifecyclePolicyNotFoundException', async () =>
    (await world.ecr.send(new GetLifecyclePolicyCommand({ repositoryName: SHARED }))).lifecyclePolicyText!);
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

function byText(statements: readonly LiveStatement[]): LiveStatement[] {
  const text = (statement: LiveStatement) => JSON.stringify(Object.entries(statement).sort(([a], [b]) => a < b ? -1 : 1));
  return [...statements].sort((one, other) => text(one) < text(other) ? -1 : 1);
}

/** Returns the reason why the only custom resource of this type failed. */
export function reasonOf({ events }: Outcome, type: string): string {
  const reasons = events.filter(event => event.type === type && /^(CREATE|UPDATE)_FAILED$/.test(event.status)).map(({ reason }) => reason);
  deepStrictEqual(reasons.length, 1, `one failure of ${type}, got: ${reasons.join('\n')}`);
  return reasons[0]!;
}
