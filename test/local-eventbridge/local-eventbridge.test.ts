import { EventBridgeClient, PutEventsCommand, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { LocalEventBridge } from './local-eventbridge';
import { errorOf } from '../local-ecr/test-client';

const ENTRY: PutEventsRequestEntry = {
  Source: 'here', DetailType: 'Something', Resources: ['arn:aws:ecr:us-east-1:000000000000:repository/app'], Detail: '{"a":1}',
};

let bridge: LocalEventBridge;
beforeEach(async () => { bridge = await LocalEventBridge.start(); });
afterEach(() => bridge.stop());

const clientOf = (accessKeyId = 'test') => new EventBridgeClient({
  region: 'us-east-1', endpoint: bridge.endpoint, credentials: { accessKeyId, secretAccessKey: 'test' }, maxAttempts: 1,
});
const put = (entries: PutEventsRequestEntry[], accessKeyId?: string) =>
  clientOf(accessKeyId).send(new PutEventsCommand({ Entries: entries }));

test('PutEvents accepts an entry', async () => {
  expect(await put([ENTRY])).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] });
  expect(bridge.events).toEqual([{ source: 'here', detailType: 'Something', resources: ENTRY.Resources, detail: { a: 1 } }]);
});

test.each<[string, Partial<PutEventsRequestEntry>, string]>([
  ['no source', { Source: undefined }, 'InvalidArgument'],
  ['no detail', { Detail: undefined }, 'InvalidArgument'],
  ['a detail that is no object', { Detail: '[]' }, 'MalformedDetail'],
  ['a source of AWS', { Source: 'aws.ecr' }, 'NotAuthorizedForSourceException'],
])('PutEvents returns a failed entry in a 200 response, together with an accepted entry: %s', async (_what, change, ErrorCode) => {
  expect(await put([{ ...ENTRY, ...change }, ENTRY])).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode }, { EventId: '1' }] });
  expect(bridge.events).toHaveLength(1);
});

test('PutEvents fails without entries and with too many entries', async () => {
  for (const entries of [[], Array.from({ length: 11 }, () => ENTRY)]) {
    expect(await errorOf(put(entries))).toMatchObject({ name: 'ValidationException' });
  }
});

test('PutEvents is authorized on the default bus', async () => {
  const statement = {
    Effect: 'Allow' as const, Action: 'events:PutEvents', Resource: 'arn:aws:events:us-east-1:000000000000:event-bus/default',
  };
  bridge.principal('allowed', { policy: [statement] });
  bridge.principal('elsewhere', { policy: [{ ...statement, Resource: 'arn:aws:events:us-east-1:000000000000:event-bus/other' }] });
  await put([ENTRY], 'allowed');
  expect(await errorOf(put([ENTRY], 'elsewhere'))).toMatchObject({ name: 'AccessDeniedException' });
});
