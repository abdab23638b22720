import type { Environment, Stack } from 'aws-cdk-lib';
import { DeployedStack } from './deployed-stack';
import { Answer, Handle, LocalAccount, RequestType, Transport } from './local-account';
import type { FaultKind } from '../local-ecr/faults';

/** A request in a given situation, and how it must end with and without faults. */
export interface FaultScene {
  readonly name: string;
  readonly build: (stack: Stack) => void;
  /** @default - not known at synthesis */
  readonly env?: Environment;
  readonly request: RequestType;
  /** Statuses of the stack before the request. */
  readonly history: readonly string[];
  /** Creates the repositories again for each fault point. */
  readonly prepare: (account: LocalAccount, stack: DeployedStack) => void;
  /** Whether the scene expects this response. CloudFormation retries after any other response. */
  readonly isFinal: (answer: Answer) => boolean;
  readonly expectEnd: (account: LocalAccount, stack: DeployedStack, answer: Answer) => void;
  /** Status of the stack while a failed Create is rolled back. @default ROLLBACK_IN_PROGRESS */
  readonly undoing?: string;
  /** Called between the Delete that rolls back a failed Create and the next Create, with the response of the Create if there was one. */
  readonly expectTakenBack?: (account: LocalAccount, stack: DeployedStack, answer: Answer) => void;
}

export const CREATED = ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE'];
export const UPDATING = [...CREATED, 'UPDATE_IN_PROGRESS'];
export const CLEANING = [...UPDATING, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'];
export const GOING = [...CREATED, 'DELETE_IN_PROGRESS'];

/** A message begins with its subject and the name of that subject: `Public repository 'my/app'`. */
const WHAT_FAILED = /^[A-Z][A-Za-z ]* '[^']+'/;
/** A message has a sentence that begins with what to do. */
export const WHAT_TO_DO = new RegExp('[.)\']\\s(?:Add|Allow|Ask|Check|Choose|Correct|Create|Delete|Deploy|Exempt|Find out|Fix|Give'
  + '|Increase|Let|Make|Push|Remove|Request|Restore|Run|Set|Specify|Then|To fix|Try|Use|Wait)\\b|run this');
const FAULTS: FaultKind[] = [
  'throttle', 'serverError', 'reset', 'brokenPipe', 'timeout', 'connectionTimeout', 'accessDenied', 'killAfter',
];
/** Faults that happen only once: kills, and those that differ from `reset` only in the error of the SDK. */
const SINGLE: readonly FaultKind[] = ['brokenPipe', 'timeout', 'connectionTimeout', 'killAfter'];
/**
 * Milliseconds that the function has while AWS throttles every attempt of a call. With the 900,000 of a real function, it would only send
 * the same call a hundred more times, always after the longest pause.
 */
const TIME_TO_THROTTLE = 120_000;
const SERVICES = ['ecr', 'cloudFormation', 'responses', 'ecs', 'lambda', 'sts', 's3', 'ecrPublic', 'secrets', 'ssm'] as const;
const CALLED = ['ecr', 'cloudFormation', 'ecs', 'lambda', 'sts', 's3', 'ecrPublic', 'secrets', 'ssm'] as const;

/**
 * Tests every call of a handler with every fault, which occurs once or for the duration of the request, and then CloudFormation's retry.
 * The end state must be that of a request without faults.
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

  /** Creates a separate stack and repositories for each fault point, so that the points are independent. */
  function prepare(scene: FaultScene): DeployedStack {
    const stack = DeployedStack.of('Test', scene.build, `${String(++runs).padStart(8, '0')}-0000-0000-0000-000000000000`, scene.env);
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
   * Retries a request. A failed Create is first rolled back with the physical id of its response. Without a response, CloudFormation
   * generates an id (https://github.com/aws/aws-cdk/pull/5525).
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
    test('ends as expected without faults', async () => {
      const stack = prepare(scene);
      const answer = await send(stack, scene.request);
      expect(scene.isFinal(answer)).toBe(true);
      scene.expectEnd(account, stack, answer);
    });

    test.each(FAULTS)('ends as expected with %s at each call', async kind => {
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
            expect(answer.Reason).toMatch(WHAT_TO_DO);
          }
          // a single fault of a call never fails a request; only a function that is killed sends no response
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
