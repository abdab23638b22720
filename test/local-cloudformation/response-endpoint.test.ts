import { IncomingHttpHeaders, request } from 'node:http';
import { ResponseEndpoint } from './response-endpoint';
import { Principals } from '../local-ecr/principals';

let endpoint: ResponseEndpoint;
const principals = new Principals();

beforeEach(async () => {
  endpoint = await ResponseEndpoint.start({ principals });
});

afterEach(async () => {
  principals.revive('role');
  await endpoint.stop();
});

const body = JSON.stringify({ Status: 'SUCCESS', RequestId: 'r1' });
const put = (url: string, text = body, headers: IncomingHttpHeaders = {}, method = 'PUT') => new Promise<number | string>(resolve => {
  const outgoing = request(url, {
    method, headers: { 'content-type': '', 'content-length': Buffer.byteLength(text), ...headers },
  }, response => {
    response.resume();
    response.on('end', () => resolve(response.statusCode!));
  });
  outgoing.on('error', error => resolve((error as NodeJS.ErrnoException).code!));
  outgoing.end(text);
});

test('the endpoint records a response with its headers and returns it once', async () => {
  expect(await put(endpoint.url('r1'))).toBe(200);
  expect(await endpoint.next()).toEqual({
    requestId: 'r1',
    method: 'PUT',
    body,
    json: { Status: 'SUCCESS', RequestId: 'r1' },
    answer: 200,
    accepted: true,
    contentTypeIsEmpty: true,
    isShortEnough: true,
    headers: expect.objectContaining({ 'content-length': String(body.length) }),
  });
  await expect(endpoint.next(20)).rejects.toThrow('no response within 20 ms');
});

test('next waits for the next response', async () => {
  const [first, second] = [endpoint.next(), endpoint.next()];
  await put(endpoint.url('r1'));
  await put(endpoint.url('r2'));
  expect([(await first).requestId, (await second).requestId]).toEqual(['r1', 'r2']);
});

test.each([
  ['a content-type', { 'content-type': 'application/json' }, 'PUT', 403],
  ['a chunked body', { 'content-length': undefined, 'transfer-encoding': 'chunked' }, 'PUT', 501],
  ['another method', {}, 'POST', 403],
])('the endpoint refuses %s', async (_name, headers, method, status) => {
  const { 'content-length': length, ...rest } = { 'content-length': String(body.length), ...headers };
  const sent = length === undefined ? rest : { 'content-length': length, ...rest };
  const outcome = await new Promise(resolve => {
    request(endpoint.url('r1'), { method, headers: { 'content-type': '', ...sent } }, response =>
      resolve(response.resume().statusCode)).end(body);
  });
  expect(outcome).toBe(status);
  expect(endpoint.accepted).toEqual([]);
  expect(endpoint.deliveries).toMatchObject([{ answer: status, accepted: false }]);
});

test.each([[4095, true], [4096, false]])('a response of %d bytes is short enough: %s', async (bytes, isShortEnough) => {
  await put(endpoint.url('r1'), 'é'.repeat(Math.floor(bytes / 2)) + 'x'.repeat(bytes % 2));
  const delivery = await endpoint.next();
  expect(delivery.isShortEnough).toBe(isShortEnough);
  expect(delivery.json).toBeUndefined();
});

test('the endpoint counts errors and resets as attempts, and accepts only the last one', async () => {
  endpoint.faults.add({ kind: 'serverError', times: 2 }, { kind: 'reset' });
  const answers = new Array<number | string>();
  for (let n = 0; n < 4; n += 1) answers.push(await put(endpoint.url('r1')));
  expect(answers).toEqual([500, 500, 'ECONNRESET', 200]);
  expect(endpoint.deliveries.map(delivery => delivery.accepted)).toEqual([false, false, false, true]);
});

test('a fault can target a request', async () => {
  endpoint.faults.add({ kind: 'accessDenied', operation: 'r2' });
  expect([await put(endpoint.url('r1')), await put(endpoint.url('r2'))]).toEqual([200, 403]);
});

test('the fault hang never responds, and stopping the server ends it', async () => {
  endpoint.faults.add({ kind: 'hang' });
  const hanging = put(endpoint.url('r1'));
  while (endpoint.deliveries.length === 0) await new Promise(resolve => setTimeout(resolve, 1));
  await endpoint.stop();
  expect(await hanging).toBe('ECONNRESET');
});

test('the fault killAfter stores the body, destroys the socket, and kills the caller in all fakes', async () => {
  endpoint.faults.add({ kind: 'killAfter' });
  expect(await put(endpoint.url('r1', 'role'))).toBe('ECONNRESET');
  expect(await endpoint.next()).toMatchObject({ body, answer: 'killed', accepted: true });
  expect(principals.isDead('role')).toBe(true);
  expect(await put(endpoint.url('r1', 'role'))).toBe('ECONNRESET');
  expect(await put(endpoint.url('r1', 'another'))).toBe(200);
  expect(endpoint.deliveries.map(delivery => delivery.answer)).toEqual(['killed', 'dead', 200]);
});
