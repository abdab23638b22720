import type { Stack } from 'aws-cdk-lib';
import { DeployedStack } from './deployed-stack';
import { Answer, Handle, LocalAccount, RequestType } from './local-account';
import type { Call } from '../local-ecr/local-service';

/** Fields of a request that a test sets itself, and the time that the function has left. */
export type More = NonNullable<Parameters<LocalAccount['request']>[4]>;

interface HandlerUnderTest {
  readonly handler: Handle;
  readonly resourceType: string;
  /** The service whose calls the tests check. */
  readonly service?: 'ecr' | 'ecrPublic';
}

let underTest: HandlerUnderTest;

/** The account of the running test. */
export let account: LocalAccount;

/** Starts a new account for every test of the file that calls this. The other functions send requests to this handler. */
export function startForEachTest(handlerUnderTest: HandlerUnderTest): void {
  beforeEach(async () => {
    underTest = handlerUnderTest;
    account = await LocalAccount.start('in-process');
  });
  afterEach(() => account.stop());
}

/** Returns the logical id of the only custom resource of the handler. */
export function resourceOf(stack: DeployedStack): string {
  return stack.logicalIds(underTest.resourceType)[0];
}

/** Returns the mark of the only custom resource of a type, which is also its physical id. */
export function markOf(stack: DeployedStack, resourceType = underTest.resourceType): string {
  return `${stack.stackId.split('/')[2]}:${stack.logicalIds(resourceType)[0]}`;
}

export function status(stack: DeployedStack, ...statuses: string[]): void {
  for (const each of statuses) account.cloudFormation.stack(stack.stackId).status(each);
}

/** Adds more resource events than fit on a page, so that no page shows how the operation ended. */
export function crowd(stack: DeployedStack): void {
  for (let nth = 0; nth < 5; nth++) account.cloudFormation.stack(stack.stackId).resourceEvent(`Other${nth}`, 'AWS::X', 'DELETE_COMPLETE');
}

export function send(stack: DeployedStack, type: RequestType, more: More = {}): Promise<Answer> {
  return sendTo(resourceOf(stack), stack, type, more);
}

/** Does the same for a stack with several resources. */
export function sendTo(logicalId: string, stack: DeployedStack, type: RequestType, more: More = {}): Promise<Answer> {
  return account.request(underTest.handler, stack, type, logicalId, more);
}

/** Does the same while the stack has the given status. */
export function sendDuring(stack: DeployedStack, type: RequestType, now: string, more: More = {}): Promise<Answer> {
  status(stack, now);
  return send(stack, type, more);
}

export function update(before: DeployedStack, after: DeployedStack, more: More = {}): Promise<Answer> {
  return send(after, 'Update', { OldResourceProperties: before.customResourceProperties(resourceOf(before)), ...more });
}

/** Deploys a new stack: native repositories with their native tags, then the custom resource. */
export async function deploy(stack: DeployedStack): Promise<Answer> {
  status(stack, 'CREATE_IN_PROGRESS');
  for (const { repositoryName, tags } of stack.nativeRepositories()) account.ecr.seed({ repositoryName, tags });
  const answer = await send(stack, 'Create');
  status(stack, 'CREATE_COMPLETE');
  return answer;
}

/** A stack that was deployed. */
export async function deployed(build: (stack: Stack) => void, uuid?: string): Promise<DeployedStack> {
  const stack = DeployedStack.of('Test', build, uuid);
  await success(deploy(stack));
  return stack;
}

export async function success(answer: Answer | Promise<Answer>): Promise<void> {
  expect(await answer).toMatchObject({ Status: 'SUCCESS' });
}

/** Returns the names of the called operations, in order. */
export function calls(): string[] {
  return account[underTest.service ?? 'ecr'].calls.map(({ operation }) => operation);
}

/** Returns the calls of one operation. */
export function callsOf(name: string): Call[] {
  return account[underTest.service ?? 'ecr'].calls.filter(({ operation }) => operation === name);
}

/** Returns the log lines of the functions. */
export function logs(): string {
  return account.logs.join('\n');
}
