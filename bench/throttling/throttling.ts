import { Subject, SUBJECTS } from './subjects';
import { VirtualClock } from './virtual-clock';
import { DeployedStack } from '../../test/lambda/deployed-stack';
import { LocalAccount, RequestType } from '../../test/lambda/local-account';
import type { LocalService } from '../../test/local-ecr/local-service';
import { Column, fixed, grouped, table } from '../table';

interface Row {
  readonly handler: string;
  readonly request: RequestType;
  readonly resources: number;
  readonly failures: readonly string[];
  readonly calls: number;
  readonly seconds: number;
}

const COLUMNS: ReadonlyArray<Column<Row>> = [
  { title: 'Handler', value: row => row.handler },
  { title: 'Request', value: row => row.request },
  { title: 'Resources', value: row => row.resources },
  { title: 'Failed', value: row => row.failures.length },
  { title: 'Calls', value: row => grouped(row.calls) },
  { title: 'Calls per resource', value: row => fixed(row.calls / row.resources, 1) },
  { title: 'Seconds', value: row => grouped(Math.round(row.seconds)) },
];

const SIZES = [24, 100, 240];
/** Calls per second. */
const CLOUDFORMATION_RATE = 10;
const ECR_RATE = 20;
const LIFECYCLE_WRITE_RATE = 10;
/** The maximum timeout of Lambda, which the last request must not reach. */
const FUNCTION_TIMEOUT = 900;
/** Verification and polling vary slightly with time. Code that reads the complete stack makes ten times as many calls. */
const GROWTH = 1.25;

/** Sends many requests at once with the rate limits of AWS, in virtual time. */
export async function throttling(
  quick: boolean, print: (text: string) => void,
): Promise<{ rows: readonly Row[]; broken: readonly string[] }> {
  const rows = new Array<Row>();
  for (const subject of SUBJECTS) {
    for (const resources of quick ? SIZES.slice(0, 1) : SIZES) rows.push(...await measure(subject, resources));
  }
  if (quick) rows.push(...await measure(SUBJECTS[0], SIZES[1]));
  print(`${table(COLUMNS, rows)}\n`);
  return { rows, broken: [...rows.flatMap(failed), ...grown(rows)] };
}

function failed({ handler, request, resources, failures, seconds }: Row): string[] {
  return [
    ...failures.length === 0 ? [] : [`${handler}, ${request}: ${failures.length} of ${resources} failed, such as: ${failures[0]}`],
    ...seconds < FUNCTION_TIMEOUT ? [] : [`${handler}, ${request}: the last of ${resources} exceeds the time limit of a function`],
  ];
}

function grown(rows: readonly Row[]): string[] {
  return rows.filter(row => {
    const smallest = rows.find(other => other.handler === row.handler && other.request === row.request)!;
    return row.calls / row.resources > smallest.calls / smallest.resources * GROWTH;
  }).map(({ handler, request, resources }) => `${handler}, ${request}: with ${resources} resources, each needs more calls`);
}

async function measure({ handler, type, handle, requests, build, seed }: Subject, resources: number): Promise<Row[]> {
  const account = await LocalAccount.start('in-process');
  try {
    const { stack, logicalId, uuid } = deployedStack(build, type);
    const clock = virtualTime(account);
    account.attempts = 1;
    account.roleOf = () => 'ROLE';
    account.ecr.seed({ repositoryName: 'from' });
    account.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'], layers: [Buffer.alloc(1_000)] });
    account.ecr.layers = handler === 'image-copy' ? 'modelled' : 'ignored';
    const story = account.cloudFormation.stack(stack.stackId);
    const all = [...Array(resources).keys()].map(nth => ({ id: `${logicalId}${nth}`, name: `team/app-${nth}`, physicalId: '' }));
    const [tag = ''] = stack.nativeRepositories().flatMap(({ tags }) => Object.keys(tags));
    for (const { id, name } of all) seed?.(account, name, tag ? { [tag]: `${uuid}:${id}` } : {});
    const send = async (request: RequestType): Promise<Row> => {
      const start = clock.now();
      const failures = new Array<string>();
      const services: LocalService[] = [account.ecr, account.ecrPublic, account.cloudFormation];
      for (const service of services) service.clearCalls();
      await clock.run(all.map(resource => async () => {
        story.resourceEvent(resource.id, type, `${request.toUpperCase()}_IN_PROGRESS`);
        const text = JSON.stringify(stack.customResourceProperties(logicalId)).replaceAll('team/app', resource.name);
        const properties = JSON.parse(text) as Record<string, unknown>;
        if (properties.RepositoryLogicalId !== undefined) {
          properties.RepositoryLogicalId = `${resource.id}Repository`;
          story.resource(`${resource.id}Repository`, { type: 'AWS::ECR::Repository', physicalId: resource.name });
        }
        const answer = await account.request(handle, stack, request, resource.id, {
          ResourceProperties: properties,
          ...request === 'Create' ? {} : { PhysicalResourceId: resource.physicalId },
        });
        if (answer?.Status !== 'SUCCESS') failures.push(answer?.Reason ?? 'no response');
        resource.physicalId = answer?.PhysicalResourceId ?? '';
        story.resourceEvent(resource.id, type, `${request.toUpperCase()}_COMPLETE`);
      }));
      const calls = services.flatMap(service => service.calls).filter(({ outcome }) => outcome !== 'ThrottlingException').length;
      return { handler, request, resources, failures, calls, seconds: (clock.now() - start) / 1_000 };
    };
    const rows = new Array<Row>();
    story.status('CREATE_IN_PROGRESS');
    const isCreateMeasured = requests.includes('Create');
    if (isCreateMeasured) limitRates(account);
    const created = await send('Create');
    if (isCreateMeasured) rows.push(created);
    limitRates(account);
    story.status('CREATE_COMPLETE');
    if (requests.includes('Delete')) {
      story.status('DELETE_IN_PROGRESS');
      rows.push(await send('Delete'));
    }
    return rows;
  } finally {
    await account.stop();
  }
}

function deployedStack(build: Subject['build'], type: string): { stack: DeployedStack; logicalId: string; uuid: string } {
  const stack = DeployedStack.of('Bench', build);
  const [logicalId] = stack.logicalIds(type);
  return { stack, logicalId, uuid: stack.stackId.split('/')[2] };
}

/** The handlers and the fakes share one virtual clock. */
function virtualTime(account: LocalAccount): VirtualClock {
  const clock = new VirtualClock();
  const surroundings = account.surroundings.bind(account);
  account.surroundings = accessKeyId => ({ ...surroundings(accessKeyId), clock });
  for (const service of [account.ecr, account.ecrPublic, account.cloudFormation]) service.elapsed = clock.now;
  return clock;
}

function limitRates({ ecr, ecrPublic, cloudFormation }: LocalAccount): void {
  ecr.limitRate({ perSecond: ECR_RATE });
  ecrPublic.limitRate({ perSecond: ECR_RATE });
  ecr.limitRate({ operation: 'PutLifecyclePolicy', perSecond: LIFECYCLE_WRITE_RATE });
  for (const operation of ['DescribeStacks', 'DescribeStackEvents', 'DescribeEvents', 'DescribeStackResource']) {
    cloudFormation.limitRate({ operation, perSecond: CLOUDFORMATION_RATE });
  }
}
