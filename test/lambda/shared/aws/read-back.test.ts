import { ListTagsForResourceCommand } from '@aws-sdk/client-ecr';
import { ECR_PATIENCE, readBack } from '../../../../lambda/shared/aws/read-back';
import { sendToEcr } from '../../../../lambda/shared/aws/send-command';
import { customResource } from '../../../../lambda/shared/protocol/custom-resource';
import { DeployedStack } from '../../deployed-stack';
import { account, callsOf, startForEachTest } from '../../handler-scene';

/** Creates a task whose time passes only while it sleeps. */
function task() {
  let time = 0;
  const slept = new Array<number>();
  const states = new Array<string>();
  return {
    slept,
    states,
    signal: new AbortController().signal,
    patience: 0,
    deadline: 0,
    log: () => undefined,
    progress: (state: string) => { states.push(state); },
    clock: {
      now: () => time,
      sleep: async (milliseconds: number) => {
        slept.push(milliseconds);
        time += milliseconds;
      },
    },
  };
}

test('readBack reads once if the value is visible immediately', async () => {
  const one = task();
  expect(await readBack(one, ECR_PATIENCE, 'the mark', async () => true)).toBe(true);
  expect(one).toMatchObject({ slept: [], states: [] });
});

test('readBack reads at growing intervals until the value is visible, and reports what it waits for', async () => {
  const one = task();
  let readings = 0;
  expect(await readBack(one, ECR_PATIENCE, 'the mark', async () => ++readings === 7)).toBe(true);
  expect(one.slept).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  expect(one.states).toContain('waiting 113 more seconds for the mark');
});

test('readBack stops exactly at the end of its patience', async () => {
  const one = task();
  expect(await readBack(one, ECR_PATIENCE, 'the mark', async () => false)).toBe(false);
  expect(one.clock.now()).toBe(120_000);
  expect(one.slept.length).toBeLessThan(20);
});

describe('a function that times out before the wait ends', () => {
  const STACK = new DeployedStack('arn:aws:cloudformation:us-east-1:000000000000:stack/Test/11111111-1111-1111-1111-111111111111', {
    Thing: { Type: 'Custom::Test', Properties: {} },
  });
  startForEachTest({ handler: customResource.bind(undefined, {} as never), resourceType: 'Custom::Test' });

  test('responds in time with what it waits for, and stops reading', async () => {
    account.ecr.principal(account.roleOf(STACK), { policy: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }] });
    account.ecr.seed({ repositoryName: 'app' });
    const resourceArn = 'arn:aws:ecr:us-east-1:000000000000:repository/app';
    let end: Promise<unknown> | undefined;
    const answer = await account.request(surroundings => customResource<object>({
      decode: raw => raw,
      subject: () => 'Thing',
      create: async job => {
        const clock = { now: () => Date.now(), sleep: () => new Promise<void>(resolve => setTimeout(resolve, 10)) };
        end = readBack({ ...job, clock }, ECR_PATIENCE, 'the mark', async () => {
          await sendToEcr(job, ListTagsForResourceCommand, { resourceArn });
          return false;
        });
        await end;
      },
      update: async () => undefined,
      delete: async () => undefined,
    }, surroundings), STACK, 'Create', 'Thing', { remaining: 16_000 });
    expect(answer?.Reason).toMatch(/^Thing: time ran out while waiting \d+ more seconds for the mark\. Try again/);
    await expect(end).rejects.toMatchObject({ name: 'AbortError' });
    const readings = callsOf('ListTagsForResource').length;
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(callsOf('ListTagsForResource')).toHaveLength(readings);
  });
});
