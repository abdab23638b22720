import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { customResource } from '../../../../lambda/shared/protocol/custom-resource';
import type { Job, Surroundings } from '../../../../lambda/shared/protocol/job';
import { respond, responseBody } from '../../../../lambda/shared/protocol/response';
import { DeployedStack } from '../../deployed-stack';
import { account, startForEachTest } from '../../handler-scene';

const STACK = new DeployedStack('arn:aws:cloudformation:us-east-1:000000000000:stack/Test/11111111-1111-1111-1111-111111111111', {
  Thing: { Type: 'Custom::Test', Properties: {} },
});

const doing = (work: (job: Job<object>) => Promise<void>) => (surroundings: Surroundings) => customResource<object>({
  decode: raw => raw,
  subject: () => 'Thing',
  create: async job => {
    await work(job);
    return undefined;
  },
  update: work,
  delete: work,
}, surroundings);

startForEachTest({ handler: doing(async () => undefined), resourceType: 'Custom::Test' });

test('shortly before the timeout, the request fails with its progress, and stops', async () => {
  let aborted = false;
  const answer = await account.request(doing(async job => {
    job.progress('counting sheep (17 so far)');
    job.signal.addEventListener('abort', () => { aborted = true; });
    await new Promise(() => undefined);
  }), STACK, 'Delete', 'Thing', { remaining: 15_050 });
  expect(answer).toMatchObject({
    Status: 'FAILED', Reason: 'Thing: time ran out while counting sheep (17 so far). Try again: it continues from there.',
  });
  expect(aborted).toBe(true);
});

test('a failed upload of the response is retried', async () => {
  account.responses.faults.add({ kind: 'serverError' }, { kind: 'reset' }, { kind: 'throttle' });
  expect(await account.request(doing(async () => undefined), STACK, 'Create', 'Thing')).toMatchObject({ Status: 'SUCCESS' });
  expect(account.responses.deliveries).toHaveLength(4);
});

test('if the agents of the function open no connection, the response is uploaded without them', async () => {
  class BrokenAgent extends Agent {
    attempts = 0;
    createConnection(): never {
      this.attempts++;
      throw new Error('no connection');
    }
  }
  const agent = new BrokenAgent();
  await respond({ ResponseURL: account.responses.url('id') } as Job<unknown>['request'], { status: 'SUCCESS', physicalResourceId: 'id' }, {
    clock: { now: () => 0, sleep: async () => undefined }, agents: { 'http:': agent, 'https:': new SecureAgent() },
  });
  expect(agent.attempts).toBe(1);
  expect(account.responses.accepted.map(({ json }) => json?.Status)).toEqual(['SUCCESS']);
});

describe('an upload that fails every time', () => {
  const clock = { now: () => 0, sleep: async () => undefined };
  const answer = { status: 'SUCCESS', physicalResourceId: 'id' } as const;

  test('has the reason in its error', async () => {
    const request = { ResponseURL: 'http://127.0.0.1:1/' } as Job<unknown>['request'];
    await expect(respond(request, answer, { clock })).rejects.toThrow(/could not be uploaded: connect ECONNREFUSED 127\.0\.0\.1:1$/);
  });

  test('has the status in its error', async () => {
    account.responses.faults.add(...Array.from({ length: 6 }, () => ({ kind: 'accessDenied' } as const)));
    const request = { ResponseURL: account.responses.url('id') } as Job<unknown>['request'];
    await expect(respond(request, answer, { clock })).rejects.toThrow(/could not be uploaded: HTTP status 403$/);
  });
});

test('the reason is cut to the limit of CloudFormation, whatever characters it has', async () => {
  const answer = await account.request(doing(async () => { throw new Error('"ü'.repeat(5_000)); }), STACK, 'Create', 'Thing');
  expect(answer?.Reason).toMatch(/^Thing: "ü.*…$/);
  expect(Buffer.byteLength(account.responses.accepted[0].body)).toBeGreaterThan(3_000);
});

test('the response URL is in no log line', async () => {
  await account.request(doing(async () => { throw new Error('no'); }), STACK, 'Create', 'Thing');
  expect(account.logs.length).toBeGreaterThan(1);
  expect(account.logs.join('\n')).not.toMatch(/http|Signature/);
});

test('the response carries the fields by which CloudFormation matches it', () => {
  const request = {
    RequestType: 'Create',
    RequestId: 'r',
    ResponseURL: 'u',
    StackId: 's',
    ResourceType: 't',
    LogicalResourceId: 'l',
    ResourceProperties: {},
  } as const;
  expect(JSON.parse(responseBody(request, { status: 'SUCCESS', physicalResourceId: 'p' }))).toEqual({
    Status: 'SUCCESS', Reason: 'OK', PhysicalResourceId: 'p', StackId: 's', RequestId: 'r', LogicalResourceId: 'l',
  });
});

test('any thrown value becomes a reason', async () => {
  // eslint-disable-next-line @typescript-eslint/only-throw-error
  expect((await account.request(doing(async () => { throw 'plain'; }), STACK, 'Update', 'Thing'))?.Reason).toBe('Thing: plain');
});
