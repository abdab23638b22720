import { CloudFormationClient, DescribeStackEventsCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DeleteRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { GetFunctionCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import type { FaultKind } from './faults';
import { LocalEcr } from './local-ecr';
import type { LocalService } from './local-service';
import { LocalCloudFormation } from '../local-cloudformation/local-cloudformation';
import { LocalLambda } from '../local-lambda/local-lambda';
import { LocalS3 } from '../local-s3/local-s3';

interface Client {
  send(command: object, options?: { abortSignal?: AbortSignal }): Promise<unknown>;
  destroy(): void;
}

/** One service of each protocol, with a request that succeeds and one that the service refuses. */
interface Protocol {
  readonly name: string;
  readonly start: () => Promise<LocalService>;
  readonly Client: new (config: object) => Client;
  readonly accepted: object;
  readonly refused: object;
}

const STACK = 'arn:aws:cloudformation:us-east-1:000000000000:stack/App/11111111-1111-1111-1111-111111111111';
const PROTOCOLS: readonly Protocol[] = [
  {
    name: 'JSON 1.1',
    start: async () => {
      const ecr = await LocalEcr.start();
      ecr.seed({ repositoryName: 'größe', images: 3 });
      return ecr;
    },
    Client: ECRClient as never,
    accepted: new DescribeRepositoriesCommand({}),
    refused: new DeleteRepositoryCommand({ repositoryName: 'none', force: true }),
  },
  {
    name: 'query',
    start: async () => {
      const cloudFormation = await LocalCloudFormation.start();
      cloudFormation.stack(STACK).status('CREATE_IN_PROGRESS');
      return cloudFormation;
    },
    Client: CloudFormationClient as never,
    accepted: new DescribeStackEventsCommand({ StackName: STACK }),
    refused: new DescribeStacksCommand({ StackName: `${STACK}0` }),
  },
  {
    name: 'REST with JSON',
    start: async () => {
      const lambda = await LocalLambda.start();
      lambda.function('app', {
        imageUri: '000000000000.dkr.ecr.us-east-1.amazonaws.com/app:latest', imageDigest: `sha256:${'a'.repeat(64)}`,
      });
      return lambda;
    },
    Client: LambdaClient as never,
    accepted: new ListFunctionsCommand({ MaxItems: 10 }),
    refused: new GetFunctionCommand({ FunctionName: 'none', Qualifier: '1' }),
  },
  {
    name: 'REST with XML',
    start: async () => {
      const s3 = await LocalS3.start();
      s3.bucket('reports');
      return s3;
    },
    Client: S3Client as never,
    accepted: new PutObjectCommand({ Bucket: 'reports', Key: 'a/ü b+c.json', Body: '{"größe": 1}' }),
    refused: new GetObjectCommand({ Bucket: 'reports', Key: 'none' }),
  },
];

const FAULTS: ReadonlyArray<FaultKind | 'none'> = ['none', 'throttle', 'serverError', 'accessDenied', 'reset', 'killAfter'];
let service: LocalService;

afterEach(() => service.stop());

/** Differs from run to run. */
const ACCIDENTAL = new Set(['requestId', 'extendedRequestId', 'cfId', 'RequestId', 'totalRetryDelay', '$response', 'Timestamp', 'createdAt',
  'EventId', 'LastModified']);

function comparable(value: unknown): unknown {
  const members = value instanceof Error ? { type: value.constructor.name, ...unwrapped(value) } : value;
  return JSON.parse(JSON.stringify(members ?? null, (key, member) => ACCIDENTAL.has(key) ? undefined : member)) as unknown;
}

/** An error of Node.js itself is no `Error` of the realm that Jest gives a test, so the SDK wraps it there, and only there. */
function unwrapped(error: Error): object {
  const [, name = error.name, message = error.message] = /^AWS SDK error wrapper for (\w+): (.*)$/.exec(error.message) ?? [];
  return { ...error, name, message, code: undefined };
}

/** What the caller of an SDK client sees, and what the service saw. */
async function experience(
  protocol: Protocol, transport: 'sockets' | 'in-process', use: (client: Client) => Promise<unknown>, requestTimeout?: number,
): Promise<unknown> {
  const client = new protocol.Client({
    endpoint: service.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: transport, secretAccessKey: 'test' },
    forcePathStyle: true,
    retryStrategy: new ConfiguredRetryStrategy(2, 1),
    requestHandler: transport === 'in-process' ? service.inProcess({ requestTimeout })
      : requestTimeout === undefined ? undefined : { requestTimeout, throwOnRequestTimeout: true },
  });
  service.clearCalls();
  const outcome = await use(client).then(comparable, comparable);
  client.destroy();
  return JSON.parse(JSON.stringify({ outcome, calls: service.calls.map(call => ({ ...call, accessKeyId: '' })) })
    .replaceAll(`/${transport} `, '/caller ')) as unknown;
}

describe.each(PROTOCOLS)('a client of $name gets the same results without a socket as with one', protocol => {
  async function bothSee(prepare: () => void, use: (client: Client) => Promise<unknown>, requestTimeout?: number): Promise<unknown> {
    const seen = new Array<unknown>();
    for (const transport of ['sockets', 'in-process'] as const) {
      service = await protocol.start();
      prepare();
      seen.push(await experience(protocol, transport, use, requestTimeout));
      await service.stop();
    }
    expect(seen[1]).toEqual(seen[0]);
    return seen[0];
  }

  test.each(FAULTS.flatMap(kind =>
    [1, Infinity].map(times => [kind, times] as const)))('with the fault %s, %d times', async (kind, times) => {
    const prepare = () => { if (kind !== 'none') service.faults.add({ kind, times }); };
    const seen = await bothSee(prepare, client => client.send(protocol.accepted)) as { calls: unknown[] };
    expect(seen.calls).toHaveLength(kind === 'none' || kind === 'accessDenied' ? 1 : 2);
  });

  test('when the connection is refused', () => bothSee(() => {}, client => client.send(protocol.refused)));

  test('when the response times out', () => bothSee(
    () => service.faults.add({ kind: 'hang', times: Infinity }), client => client.send(protocol.accepted), 50));

  test.each([undefined, 'enough', new Error('enough')])('when the request is aborted while it waits, with the reason %s', reason => bothSee(
    () => service.faults.add({ kind: 'hang', times: Infinity }),
    async client => {
      const controller = new AbortController();
      service.onCall = () => controller.abort(reason);
      await client.send(protocol.accepted, { abortSignal: controller.signal });
    }));

  test('when the request was already aborted', () =>
    bothSee(() => {}, client => client.send(protocol.accepted, { abortSignal: AbortSignal.abort() })));
});
