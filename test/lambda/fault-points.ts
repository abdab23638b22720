import type { Stack } from 'aws-cdk-lib';
import { DeployedStack } from './deployed-stack';
import { Answer, Handle, LocalAccount, RequestType, Transport } from './local-account';
import type { FaultKind } from '../local-ecr/faults';

/** One request in one situation, and how it must end, with faults or without. */
export interface FaultScene {
  readonly name: string;
  readonly build: (stack: Stack) => void;
  readonly request: RequestType;
  /** Stack-level statuses up to the request. */
  readonly history: readonly string[];
  /** Puts the repositories there, anew for each point. */
  readonly prepare: (account: LocalAccount, stack: DeployedStack) => void;
  /** Whether this answer is the one that the scene asks for; any other is followed by CloudFormation's retry. */
  readonly isFinal: (answer: Answer) => boolean;
  readonly expectEnd: (account: LocalAccount, stack: DeployedStack, answer: Answer) => void;
  /** Status of the stack while a failed Create is taken back. @default ROLLBACK_IN_PROGRESS */
  readonly undoing?: string;
  /** After the Delete that takes a failed Create back, and before the next Create; with the answer of the Create, if there was one. */
  readonly expectTakenBack?: (account: LocalAccount, stack: DeployedStack, answer: Answer) => void;
}

export const CREATED = ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE'];
export const UPDATING = [...CREATED, 'UPDATE_IN_PROGRESS'];
export const CLEANING = [...UPDATING, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'];
export const GOING = [...CREATED, 'DELETE_IN_PROGRESS'];

/** A message begins with its subject, whatever that is, and the name of it: `Public repository 'my/app'`. */
const WHAT_FAILED = /^[A-Z][A-Za-z ]* '[^']+'/;
const FAULTS: FaultKind[] = [
  'throttle', 'serverError', 'reset', 'brokenPipe', 'timeout', 'connectionTimeout', 'accessDenied', 'killAfter',
];
/** What differs from `reset` only in what the SDK says about it, and kills, happen once. */
const SINGLE: readonly FaultKind[] = ['brokenPipe', 'timeout', 'connectionTimeout', 'killAfter'];
/**
 * Milliseconds that the function has while AWS throttles a call all the time, which it waits out until the end: with the 900,000 of a real
 * one it only sends the same call a hundred times more, always after the longest pause.
 */
const TIME_TO_THROTTLE = 300_000;
const SERVICES = ['ecr', 'cloudFormation', 'responses', 'ecs', 'lambda', 'sts', 's3', 'ecrPublic', 'secrets'] as const;
const CALLED = ['ecr', 'cloudFormation', 'ecs', 'lambda', 'sts', 's3', 'ecrPublic', 'secrets'] as const;

/**
 * Every call that a handler makes, hit by every fault, once and for as long as the request lasts; then CloudFormation's retry. The end
 * state is the one that a request without faults leaves.
 */
export function describeFaults(
  handle: Handle, resourceType: string, scenes: readonly FaultScene[], transport: Transport = 'in-process',
): void {
  let account: LocalAccount;
  let runs = 0;
  let points = 0;
  beforeAll(async () => { account = await LocalAccount.start(transport); });
  afterAll(async () => {
    await account.stop();
    process.stdout.write(`${resourceType}: ${points} fault points tried, ${transport}\n`);
  });

  /** A stack and repositories of its own for each point, so that points do not see each other. */
  function prepare(scene: FaultScene): DeployedStack {
    const stack = DeployedStack.of('Test', scene.build, `${String(++runs).padStart(8, '0')}-0000-0000-0000-000000000000`);
    for (const service of SERVICES) account[service].faults.clear();
    for (const service of CALLED) account[service].clearCalls();
    account.replaceStack(stack);
    scene.prepare(account, stack);
    for (const status of scene.history) account.cloudFormation.stack(stack.stackId).status(status);
    return stack;
  }

  const send = (
    stack: DeployedStack, type: RequestType, more: { readonly PhysicalResourceId?: string; readonly remaining?: number } = {},
  ): Promise<Answer> => {
    const [id] = stack.logicalIds(resourceType);
    const old = type === 'Update' ? { OldResourceProperties: stack.customResourceProperties(id) } : {};
    return account.request(handle, stack, type, id, { ...old, ...more });
  };

  /**
   * A failed Create is taken back before it is tried again, by the physical id of its answer; without one, CloudFormation makes an id up
   * (https://github.com/aws/aws-cdk/pull/5525). Everything else is just sent again.
   */
  async function retry(scene: FaultScene, stack: DeployedStack, answer: Answer): Promise<Answer> {
    if (scene.request === 'Create') {
      account.cloudFormation.stack(stack.stackId).status(scene.undoing ?? 'ROLLBACK_IN_PROGRESS');
      const PhysicalResourceId = answer?.PhysicalResourceId ?? 'Test-Made-up-by-CloudFormation';
      expect(await send(stack, 'Delete', { PhysicalResourceId })).toMatchObject({ Status: 'SUCCESS' });
      scene.expectTakenBack?.(account, stack, answer);
      account.cloudFormation.stack(stack.stackId).status('UPDATE_IN_PROGRESS');
    }
    return send(stack, scene.request);
  }

  describe.each([...scenes])('$name', scene => {
    test('without faults', async () => {
      const stack = prepare(scene);
      const answer = await send(stack, scene.request);
      expect(scene.isFinal(answer)).toBe(true);
      scene.expectEnd(account, stack, answer);
    });

    test.each(FAULTS)('%s at each call', async kind => {
      await send(prepare(scene), scene.request);
      const calls = [
        ...CALLED.flatMap(service => account[service].calls.map((_call, skip) => ({ service, skip }))),
        { service: 'responses' as const, skip: 0 },
      ];
      expect(calls.length).toBeGreaterThan(1);
      for (const { service, skip } of calls) {
        for (const times of SINGLE.includes(kind) ? [1] : [1, Infinity]) {
          points++;
          const stack = prepare(scene);
          account[service].faults.add({ kind, skip, times });
          let answer = await send(stack, scene.request, kind === 'throttle' && times > 1 ? { remaining: TIME_TO_THROTTLE } : {});
          if (times === 1) expect(account[service].faults.pending).toEqual([]);
          for (const each of SERVICES) account[each].faults.clear();
          if (answer?.Status === 'FAILED') {
            expect(answer.Reason).toMatch(WHAT_FAILED);
            expect(answer.Reason).toMatch(/ — |run this/);
          }
          // a single fault of a call never fails a request; only a function that dies leaves no answer
          if (times === 1 && kind !== 'killAfter' && !scene.isFinal(answer)) {
            throw new Error(`${kind} at call ${skip} of ${service} failed the request: ${answer?.Reason}`);
          }
          if (!scene.isFinal(answer)) answer = await retry(scene, stack, answer);
          scene.expectEnd(account, stack, answer);
        }
      }
    }, 180_000);
  });
}
