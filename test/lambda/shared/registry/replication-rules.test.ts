import { Readable } from 'node:stream';
import { DescribeRegistryCommand, ECRClient, PutReplicationConfigurationCommand } from '@aws-sdk/client-ecr';
import { HttpRequest, HttpResponse } from '@smithy/core/protocols';
import { describeRegistryCommand } from '../../../../lambda/shared/registry/raw-configuration';
import { readReplicationRules, writeReplicationRules } from '../../../../lambda/shared/registry/replication-rules';
import type { ReplicationRule } from '../../../../src/core/registry-rules/replication-rules';
import { LocalEcr } from '../../../local-ecr/local-ecr';
import { clientOf, errorOf } from '../../../local-ecr/test-client';

const BRIDGE = 'lambda/shared/registry/raw-configuration.ts';
const ABROAD = { region: 'eu-west-1', registryId: '000000000000' };
const RULES: ReplicationRule[] = [
  {
    destinations: [ABROAD],
    repositoryFilters: [{ filter: 'team/', filterType: 'PREFIX_MATCH' }],
    deleteReplication: { enabled: true },
  },
  { destinations: [{ region: 'eu-central-1', registryId: '111111111111' }], deleteReplication: { enabled: false } },
  { destinations: [{ region: 'eu-central-1', registryId: '222222222222' }] },
];

/** A task whose time passes only while it sleeps. */
function taskOf(ecr: ECRClient) {
  let time = 0;
  const { signal } = new AbortController();
  return {
    ecr,
    signal,
    patience: 60_000,
    deadline: 600_000,
    log: () => undefined,
    progress: () => undefined,
    clock: { now: () => time, sleep: async (milliseconds: number) => { time += milliseconds; } },
  };
}

const write = (ecr: ECRClient, rules: readonly ReplicationRule[]) =>
  writeReplicationRules(ecr, rules, { abortSignal: new AbortController().signal });

describe('with the fake', () => {
  let ecr: LocalEcr;
  let client: ECRClient;
  beforeEach(async () => {
    ecr = await LocalEcr.start();
    client = clientOf(ecr);
  });
  afterEach(async () => {
    client.destroy();
    await ecr.stop();
  });

  test('the rules are read as they were written, with deleteReplication', async () => {
    expect(await readReplicationRules(taskOf(client))).toEqual([]);
    await write(client, RULES);
    expect(JSON.stringify(await readReplicationRules(taskOf(client)))).toBe(JSON.stringify(RULES));
  });

  test('the request has the rules and nothing else', async () => {
    await write(client, RULES);
    expect(ecr.calls.map(({ operation, input, outcome }) => [operation, input, outcome]))
      .toEqual([['PutReplicationConfiguration', { replicationConfiguration: { rules: RULES } }, 'ok']]);
  });

  test.each([
    ['a throttled call', { kind: 'throttle' as const }],
    ['a lost connection', { kind: 'reset' as const }],
    ['an error of the server', { kind: 'serverError' as const }],
  ])('%s is repeated by the SDK', async (_what, fault) => {
    const retrying = clientOf(ecr, 'test', { maxAttempts: 2 });
    ecr.faults.add({ ...fault, operation: 'PutReplicationConfiguration' });
    ecr.faults.add({ ...fault, operation: 'DescribeRegistry' });
    await write(retrying, RULES);
    expect(await readReplicationRules(taskOf(retrying))).toEqual(RULES);
    expect(ecr.calls).toHaveLength(4);
    retrying.destroy();
  });

  test('a reading that is throttled or denied for a while waits longer than the SDK', async () => {
    await write(client, RULES);
    ecr.faults.add({ kind: 'throttle', operation: 'DescribeRegistry', times: 2 });
    ecr.faults.add({ kind: 'accessDenied', operation: 'DescribeRegistry' });
    expect(await readReplicationRules(taskOf(client))).toEqual(RULES);
    expect(ecr.calls).toHaveLength(5);
  });

  test('a refused write is an error of the SDK, and changes nothing', async () => {
    await write(client, RULES);
    const refused = write(client, [{ destinations: [{ region: 'us-east-1', registryId: '000000000000' }] }]);
    expect(await errorOf(refused)).toMatchObject({ name: 'InvalidParameterException', $fault: 'client', $metadata: { attempts: 1 } });
    expect(await readReplicationRules(taskOf(client))).toEqual(RULES);
  });

  test('the SDK alone drops deleteReplication from requests', async () => {
    await client.send(new PutReplicationConfigurationCommand({ replicationConfiguration: { rules: RULES as never } }));
    const sent = JSON.stringify(ecr.calls[0].input);
    if (sent.includes('deleteReplication')) {
      throw new Error(`The SDK sends deleteReplication. If it also returns it, delete ${BRIDGE}, send its two commands without middleware`
        + ' from replication-rules.ts, and remove the exemption of the member in test/sdk-model/exemptions.ts.');
    }
  });

  test('the SDK alone drops deleteReplication from responses', async () => {
    await write(client, RULES);
    const { replicationConfiguration } = await client.send(new DescribeRegistryCommand({}));
    if (JSON.stringify(replicationConfiguration).includes('deleteReplication')) {
      throw new Error(`The SDK returns deleteReplication. If it also sends it, delete ${BRIDGE}, send its two commands without middleware`
        + ' from replication-rules.ts, and remove the exemption of the member in test/sdk-model/exemptions.ts.');
    }
  });
});

describe('with any response', () => {
  let chunks: Iterable<Buffer>;
  let body: Readable;
  let sent: HttpRequest[];

  /** The SDK with one response in place of a connection. */
  function client(statusCode = 200): ECRClient {
    sent = [];
    return new ECRClient({
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 3,
      requestHandler: {
        handle: async (request: HttpRequest) => {
          sent.push(request);
          body = Readable.from(chunks);
          return { response: new HttpResponse({ statusCode, headers: { 'content-type': 'application/x-amz-json-1.1' }, body }) };
        },
      },
    });
  }

  const respond = (text: string) => { chunks = [Buffer.from(text.slice(0, 10)), Buffer.from(text.slice(10))]; };

  test('members that AWS adds later are kept, at every level', async () => {
    const rules = [{
      destinations: [{ region: 'eu-west-1', registryId: '000000000000', storage: { class: 'ARCHIVE' } }],
      repositoryFilters: [{ filter: 'team/ü', filterType: 'REGULAR_EXPRESSION', negate: true }],
      priority: 1.5,
      since: null,
    }];
    respond(JSON.stringify({ registryId: '000000000000', replicationConfiguration: { rules, version: 2 } }));
    expect(await readReplicationRules(taskOf(client()))).toEqual(rules);
    respond('{}');
    await write(client(), rules);
    const expected = JSON.stringify({ replicationConfiguration: { rules } });
    expect(sent.map(({ body: bytes, headers }) => [bytes, headers['content-length'], headers['x-amz-target']]))
      .toEqual([[expected, String(Buffer.byteLength(expected)), 'AmazonEC2ContainerRegistry_V20150921.PutReplicationConfiguration']]);
    expect(sent[0].headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=test\//);
  });

  test.each([['{"registryId":"000000000000"}'], ['{"replicationConfiguration":{}}'], ['{"replicationConfiguration":{"rules":[]}}']])(
    'a registry without rules (%s) has none', async text => {
      respond(text);
      expect(await readReplicationRules(taskOf(client()))).toEqual([]);
    });

  test.each([
    ['is not JSON', '<html>Proxy</html>'],
    ['is not JSON', ''],
    ['has no list of replication rules', '{"replicationConfiguration":{"rules":{}}}'],
    ['has no list of replication rules', '{"replicationConfiguration":{"rules":["a"]}}'],
  ])('a response that %s is an error that says so: %s', async (what, text) => {
    respond(text);
    expect(await errorOf(readReplicationRules(taskOf(client())))).toMatchObject({
      name: 'UserError', message: expect.stringContaining(`The response of ECR to DescribeRegistry ${what}, so the replication rules`),
    });
    expect(sent).toHaveLength(1);
  });

  test('a response of more than 1 MiB is an error, and its rest is not read', async () => {
    let read = 0;
    chunks = (function* () {
      for (; read < 1000; read++) yield Buffer.alloc(64 * 1024, 32);
    })();
    const { message } = await errorOf(readReplicationRules(taskOf(client())));
    expect(message).toMatch(/^The response of ECR to DescribeRegistry has more than 1 MiB, so the replication rules/);
    expect([read < 100, body.destroyed]).toEqual([true, true]);
  });

  test('a response of 1 MiB is read, and one byte more is an error', async () => {
    const text = '{"replicationConfiguration":{"rules":[]}}'.padEnd(1024 * 1024);
    respond(text);
    expect(await readReplicationRules(taskOf(client()))).toEqual([]);
    respond(`${text} `);
    expect((await errorOf(readReplicationRules(taskOf(client())))).message).toContain('has more than 1 MiB');
  });

  test('the SDK reads the same response', async () => {
    respond('{"registryId":"000000000000"}');
    const [command] = describeRegistryCommand();
    expect(await client().send(command)).toMatchObject({ registryId: '000000000000' });
  });

  test('an error that is not JSON is an error of the SDK', async () => {
    respond('<html>Bad Gateway</html>');
    expect(await errorOf(readReplicationRules(taskOf(client(502))))).toMatchObject({ $metadata: { httpStatusCode: 502, attempts: 3 } });
  });
});
