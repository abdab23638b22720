/** A server with the calls that read a generated registry. Each operation of Amazon ECR has a rate. */
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ACCOUNT, GeneratedRegistry, RegistrySize } from './generated-registry';
import { RateLimits } from '../../test/local-ecr/rate-limits';
import { answerWith } from '../background/answer';

export interface Serve extends RegistrySize {
  /** Calls of each operation of Amazon ECR. */
  readonly callsPerSecond: number;
}

/** What the server has answered since the last question. */
export interface Served {
  readonly endpoint: string;
  readonly calls: number;
  readonly throttledCalls: number;
}

type Input = Readonly<Record<string, unknown>>;
type Answer = readonly [status: number, body: object];

let registry: GeneratedRegistry;
let limits: RateLimits;
let callsPerSecond: number;
let [calls, throttledCalls] = [0, 0];
const limited = new Set<string>();

const OPERATIONS: Readonly<Record<string, (input: Input) => Answer>> = {
  DescribeRepositories: ({ nextToken, maxResults }) => {
    const [from, size] = [Number(nextToken ?? 0), Number(maxResults ?? 100)];
    const repositories = registry.repositories(from, from + size);
    return [200, { repositories, ...repositories.length === size ? { nextToken: String(from + size) } : {} }];
  },
  DescribeImages: ({ repositoryName, nextToken, maxResults }) => {
    const [from, size] = [Number(nextToken ?? 0), Number(maxResults ?? 100)];
    const page = registry.images(String(repositoryName), from, from + size);
    if (!page) return absent('RepositoryNotFoundException');
    return [200, { imageDetails: page.details, ...from + size < page.total ? { nextToken: String(from + size) } : {} }];
  },
  GetLifecyclePolicy: ({ repositoryName }) => {
    const policy = registry.policy(String(repositoryName));
    return policy ? [200, { registryId: ACCOUNT, repositoryName, lifecyclePolicyText: JSON.stringify(policy) }]
      : absent('LifecyclePolicyNotFoundException');
  },
  GetResources: () => [200, { ResourceTagMappingList: [], PaginationToken: '' }],
};

/** Services with the query protocol. */
const QUERIES: Readonly<Record<string, string>> = {
  GetCallerIdentity: `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::${ACCOUNT}:user/bench</Arn><UserId>A</UserId>`
    + `<Account>${ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
  DescribeStacks: '<DescribeStacksResponse><DescribeStacksResult><Stacks/></DescribeStacksResult></DescribeStacksResponse>',
  ListStackResources: '<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries/></ListStackResourcesResult>'
    + '</ListStackResourcesResponse>',
};

function absent(type: string): Answer {
  return [400, { __type: type, message: 'not found' }];
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk as string;
  calls += 1;
  const target = String(request.headers['x-amz-target'] ?? '');
  if (target === '') {
    const action = new URLSearchParams(body).get('Action') ?? '';
    response.writeHead(action in QUERIES ? 200 : 400, { 'content-type': 'text/xml' }).end(QUERIES[action] ?? '');
    return;
  }
  const operation = target.split('.')[1];
  if (target.startsWith('AmazonEC2ContainerRegistry') && !limited.has(operation)) {
    limited.add(operation);
    limits.set({ operation, perSecond: callsPerSecond });
  }
  const isAdmitted = limits.admits(operation, '');
  if (!isAdmitted) throttledCalls += 1;
  const [status, answer] = isAdmitted ? OPERATIONS[operation]?.(JSON.parse(body) as Input) ?? absent('UnknownOperationException')
    : [400, { __type: 'ThrottlingException', message: 'Rate exceeded' }] as Answer;
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
}

const server = createServer((request, response) => { void respond(request, response); });
const listening = new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));

answerWith(async (question: Serve | object): Promise<Served> => {
  await listening;
  if ('images' in question) {
    registry = new GeneratedRegistry(question);
    limits = new RateLimits(() => performance.now());
    ({ callsPerSecond } = question);
    limited.clear();
  }
  const served = { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls, throttledCalls };
  [calls, throttledCalls] = [0, 0];
  return served;
});
