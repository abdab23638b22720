import { DescribeRepositoriesCommand, ECRClient, ListImagesCommand } from '@aws-sdk/client-ecr';
import { LocalEcr } from './local-ecr';
import { clientOf } from './test-client';

const repositoryName = 'app';
const paris = { region: 'eu-west-3' };
let ecr: LocalEcr;
let here: ECRClient;
let there: ECRClient;

beforeEach(async () => {
  ecr = await LocalEcr.start();
  here = clientOf(ecr);
  there = clientOf(ecr, 'test', paris);
  ecr.seed({ repositoryName });
  ecr.seed({ repositoryName, ...paris });
});

afterEach(async () => {
  for (const client of [here, there]) client.destroy();
  await ecr.stop();
});

const list = (client: ECRClient) => client.send(new ListImagesCommand({ repositoryName })).then(() => 'ok', error => error.name);
const describeAll = (client: ECRClient) => client.send(new DescribeRepositoriesCommand({})).then(() => 'ok', error => error.name);
const inTurn = async (...calls: (() => Promise<string>)[]) => {
  const outcomes = new Array<string>();
  for (const call of calls) outcomes.push(await call());
  return outcomes;
};

test('a fault can target the requests of one Region', async () => {
  ecr.faults.add({ kind: 'throttle', ...paris });
  expect(await inTurn(() => list(here), () => list(there), () => list(there))).toEqual(['ok', 'ThrottlingException', 'ok']);
});

test('a rate limit without an operation applies to all operations together', async () => {
  ecr.limitRate({ perSecond: 0.001, burst: 2 });
  expect(await inTurn(() => list(here), () => describeAll(there), () => describeAll(here), () => list(there)))
    .toEqual(['ok', 'ok', 'ThrottlingException', 'ThrottlingException']);
  ecr.limitRate({ perSecond: Infinity });
  expect(await list(here)).toBe('ok');
});

test('a rate limit of one Region does not affect other Regions', async () => {
  ecr.limitRate({ perSecond: 0.001, burst: 1, ...paris });
  expect(await inTurn(() => list(there), () => describeAll(there), () => list(here), () => list(here)))
    .toEqual(['ok', 'ThrottlingException', 'ok', 'ok']);
});

test('a request that one rate limit refuses does not count for other limits', async () => {
  ecr.limitRate({ operation: 'ListImages', perSecond: 0.001, burst: 1 });
  ecr.limitRate({ perSecond: 0.001, burst: 2 });
  expect(await inTurn(() => list(here), () => list(here), () => describeAll(here), () => describeAll(here)))
    .toEqual(['ok', 'ThrottlingException', 'ok', 'ThrottlingException']);
});
