import { ACCOUNT, accountOf, REGION } from './fleet';
import { renderState } from '../../lambda/image-shield-protect/state-lines';
import { Environment, environmentName } from '../../src/core/shield/environments';
import { renderFoundUse, SearchResult, sourceIn } from '../../src/core/shield/found-use';
import { environmentKey, environmentsKey, partitionOf, resultKey, stateKey, usesKey } from '../../src/core/shield/keys';
import type { ShieldSettings } from '../../src/core/shield/settings';
import { NEW_STATE, PartitionState, ProtectedImage } from '../../src/core/shield/state';
import { keepTag } from '../../src/core/shield/tags';
import { FunctionDescriptor, memoryOf } from '../../src/private/handler/bundled-function';
import { IMAGE_SHIELD_COLLECT_FUNCTION, IMAGE_SHIELD_PROTECT_FUNCTION } from '../../src/private/shield/descriptors';
import { LocalEcr } from '../../test/local-ecr/local-ecr';
import type { LocalService } from '../../test/local-ecr/local-service';
import type { SeedKind } from '../../test/local-ecr/seed';
import { LocalEcs } from '../../test/local-ecs/local-ecs';
import { LocalLambda } from '../../test/local-lambda/local-lambda';
import { LocalS3 } from '../../test/local-s3/local-s3';
import { bundleOf } from '../project';
import { Column, fixed, grouped, table } from '../table';
import { Invoker } from '../teardown/invoke';

const ENVIRONMENT = `${ACCOUNT}/${REGION}`;
const SOURCE = sourceIn(ENVIRONMENT, 'ecs');
const BUCKET = 'shield-state';
const REPOSITORY = 'team/app';
const PREFIX = 'in-use-';
const RUN = 'run-2';
const FUNCTION_TIMEOUT_MS = 900_000;
const PARTITION = partitionOf(ACCOUNT, REGION, REPOSITORY);
const SETTINGS: ShieldSettings = {
  shield: 'Shield', bucket: BUCKET, tagPrefix: PREFIX, keepAfterUse: 14 * 86_400, selection: { prefixes: ['team/'] },
};

interface Fakes {
  readonly ecr: LocalEcr;
  readonly ecs: LocalEcs;
  readonly lambda: LocalLambda;
  readonly s3: LocalS3;
}

/** One function with the largest input that the documentation promises to work. */
interface MemoryCase {
  readonly title: string;
  readonly function: FunctionDescriptor;
  /** Images in use. */
  readonly uses: number;
  /** Images in the repository. */
  readonly images: number;
  /** Accounts and Regions that use the images. @default 1 */
  readonly environments?: number;
  /** Prepares the fakes, and returns the rest of the input. */
  prepare(fakes: Fakes, sizes: CaseSizes): Readonly<Record<string, unknown>>;
  /** Returns what is wrong with the result. */
  check(fakes: Fakes, sizes: CaseSizes): string | undefined;
}

type CaseSizes = Required<Pick<MemoryCase, 'uses' | 'images' | 'environments'>>;

const protectInput = () =>
  ({ settings: SETTINGS, run: RUN, startedAt: new Date(Date.now() - 1_000).toISOString(), key: stateKey(PARTITION) });

const CASES: readonly MemoryCase[] = [
  {
    title: 'collects, all images of one repository',
    function: IMAGE_SHIELD_COLLECT_FUNCTION,
    uses: 50_000,
    images: 0,
    prepare: ({ ecs }, { uses }) => {
      runTasks(ecs, uses);
      return { settings: SETTINGS, run: RUN, environment: { account: ACCOUNT, region: REGION, usedBy: [{ service: 'ecs' }] } };
    },
    check: ({ s3 }, { uses }) => {
      const lines = s3.objects(BUCKET).get(usesKey(RUN, PARTITION, ENVIRONMENT))?.trim().split('\n').length ?? 0;
      return lines === uses ? undefined : `${lines} of ${uses} uses were written`;
    },
  },
  {
    title: 'protects, all images have their tags',
    function: IMAGE_SHIELD_PROTECT_FUNCTION,
    uses: 50_000,
    images: 50_000,
    prepare: ({ ecr, s3 }, { uses, images }) => {
      const digests = seedImages(ecr, images, 'flat', uses);
      writeUses(s3, digests.slice(0, uses));
      s3.edit(BUCKET, stateKey(PARTITION), stateOf(digests.slice(0, uses)));
      return protectInput();
    },
    check: ({ s3 }, { uses }) => wrongResult(s3, uses),
  },
  {
    title: 'protects, and releases a tenth',
    function: IMAGE_SHIELD_PROTECT_FUNCTION,
    uses: 5_000,
    images: 5_500,
    prepare: ({ ecr, s3 }, { uses, images }) => {
      const digests = seedImages(ecr, images, 'flat', images);
      writeUses(s3, digests.slice(0, uses));
      s3.edit(BUCKET, stateKey(PARTITION), stateOf(digests));
      return protectInput();
    },
    check: ({ s3 }, { uses }) => wrongResult(s3, uses),
  },
  {
    title: 'protects one untagged image, and finds its indexes',
    function: IMAGE_SHIELD_PROTECT_FUNCTION,
    uses: 1,
    images: 100_000,
    prepare: ({ ecr, s3 }, { images }) => {
      ecr.seed({ repositoryName: REPOSITORY, images, kind: 'multiArch' });
      const child = ecr.repository(REPOSITORY).images.find(({ tags, children }) => tags.length === 0 && children.length === 0)!;
      writeUses(s3, [child.digest]);
      s3.edit(BUCKET, stateKey(PARTITION), JSON.stringify({ ...NEW_STATE, complete: true }));
      return protectInput();
    },
    check: ({ s3 }) => wrongResult(s3, 2),
  },
  {
    title: 'rebuilds a lost state from the tags',
    function: IMAGE_SHIELD_PROTECT_FUNCTION,
    uses: 50_000,
    images: 100_000,
    prepare: ({ ecr, s3 }, { uses, images }) => {
      const digests = seedImages(ecr, images, 'flat', uses);
      writeUses(s3, digests.slice(0, uses));
      s3.edit(BUCKET, stateKey(PARTITION), JSON.stringify(NEW_STATE));
      return protectInput();
    },
    check: ({ s3 }, { uses }) => wrongResult(s3, uses),
  },
  {
    title: 'protects one image that all environments use',
    function: IMAGE_SHIELD_PROTECT_FUNCTION,
    uses: 1,
    images: 1,
    environments: 2_000,
    prepare: prepareShared,
    check: ({ s3 }, { uses, environments }) => wrongResult(s3, uses) ?? wrongSources(s3, environments),
  },
  {
    title: 'protects images that all environments use',
    function: IMAGE_SHIELD_PROTECT_FUNCTION,
    uses: 400,
    images: 400,
    environments: 2_000,
    prepare: prepareShared,
    check: ({ s3 }, { uses, environments }) => wrongResult(s3, uses) ?? wrongSources(s3, environments),
  },
];

export interface MemoryRow {
  readonly title: string;
  readonly handler: string;
  readonly uses: number;
  readonly images: number;
  readonly environments: number;
  readonly calls: number;
  readonly seconds: number;
  readonly peakMB: number;
  readonly memoryMB: number;
  readonly problem?: string;
}

const COLUMNS: ReadonlyArray<Column<MemoryRow>> = [
  { title: 'Function', value: row => row.handler.replace('image-shield-', '') },
  { title: 'Work', value: row => row.title },
  { title: 'Images in use', value: row => grouped(row.uses) },
  { title: 'Images stored', value: row => grouped(row.images) },
  { title: 'Environments', value: row => grouped(row.environments) },
  { title: 'Calls', value: row => grouped(row.calls) },
  { title: 'Seconds', value: row => fixed(row.seconds, 1) },
  { title: 'Peak MB', value: row => fixed(row.peakMB, 0) },
  { title: 'Memory MB', value: row => fixed(row.memoryMB, 0) },
];

/** Measures each function in its own process, with the memory of the function in Lambda. */
export async function measureMemory(quick: boolean, print: (text: string) => void): Promise<{ rows: MemoryRow[]; broken: string[] }> {
  print('Memory of one function, which is measured, with its largest input. Each runs in its own process, with the limits of its'
    + ' function:\n');
  const rows = new Array<MemoryRow>();
  for (const subject of quick ? CASES.slice(0, 2) : CASES) rows.push(await measure(subject, quick ? 10 : 1));
  print(`${table(COLUMNS, rows)}\n`);
  return { rows, broken: rows.flatMap(missed) };
}

function missed({ handler, title, peakMB, memoryMB, problem }: MemoryRow): string[] {
  return [
    ...problem === undefined ? [] : [`${handler} ${title}: ${problem}`],
    ...peakMB <= memoryMB ? [] : [`${handler} ${title}: ${fixed(peakMB, 0)} MB; the limit is ${memoryMB}`],
  ];
}

async function measure(subject: MemoryCase, divisor: number): Promise<MemoryRow> {
  const sizes = {
    uses: Math.ceil(subject.uses / divisor), images: Math.ceil(subject.images / divisor), environments: subject.environments ?? 1,
  };
  const fakes: Fakes = {
    ecr: await LocalEcr.start(), ecs: await LocalEcs.start(), lambda: await LocalLambda.start(), s3: await LocalS3.start(),
  };
  const { handler } = subject.function;
  const memoryMB = memoryOf(subject.function);
  const invoker = new Invoker(memoryMB);
  try {
    fakes.s3.bucket(BUCKET);
    const searched: SearchResult = { searchedAt: new Date().toISOString(), uses: sizes.uses, failedSources: {} };
    const environments = environmentsOf(sizes.environments);
    fakes.s3.edit(BUCKET, environmentsKey(RUN), JSON.stringify(environments));
    for (const each of environments) fakes.s3.edit(BUCKET, environmentKey(RUN, environmentName(each)), JSON.stringify(searched));
    const event = subject.prepare(fakes, sizes);
    const cost = await invoker.invoke({
      bundle: bundleOf(handler),
      event,
      timeoutMs: FUNCTION_TIMEOUT_MS,
      functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:shield`,
    }, variablesOf(fakes));
    const { output } = cost ?? {};
    const isUnfinished = (output as { more?: boolean } | undefined)?.more === true;
    return {
      title: subject.title,
      handler,
      ...sizes,
      calls: Object.values(fakes).reduce((sum, service: LocalService) => sum + service.calls.length, 0),
      seconds: cost?.seconds ?? NaN,
      peakMB: cost?.peakMB ?? NaN,
      memoryMB,
      problem: cost?.error ?? (isUnfinished ? 'did not finish in one call' : subject.check(fakes, sizes)),
    };
  } finally {
    invoker.close();
    await Promise.all(Object.values(fakes).map((service: LocalService) => service.stop()));
  }
}

function variablesOf({ ecr, ecs, lambda, s3 }: Fakes): Record<string, string> {
  return {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'BENCHROLE',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_ECR: ecr.endpoint,
    AWS_ENDPOINT_URL_ECS: ecs.endpoint,
    AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
  };
}

/** Digests that look like those of images. */
function digestOf(nth: number): string {
  return `sha256:${(nth * 2_654_435_761 % 2 ** 32).toString(16).padStart(8, '0').repeat(7)}${nth.toString(16).padStart(8, '0')}`;
}

function imageUri(digest: string): string {
  return `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/${REPOSITORY}@${digest}`;
}

function runTasks(ecs: LocalEcs, count: number): void {
  const taskDefinition = ecs.taskDefinition('app', { containers: [imageUri(digestOf(0))] });
  const cluster = ecs.cluster();
  for (let nth = 0; nth < count; nth++) {
    const imageDigest = digestOf(nth);
    cluster.task({ taskDefinition, containers: [{ image: imageUri(imageDigest), imageDigest }] });
  }
}

/** Seeds images, the first of which have a keep tag, and returns all digests. */
function seedImages(ecr: LocalEcr, images: number, kind: SeedKind, kept: number): string[] {
  ecr.seed({ repositoryName: REPOSITORY, images, kind });
  const digests = ecr.repository(REPOSITORY).images.map(({ digest }) => digest);
  // digests depend only on the name of the repository and on the order
  ecr.vanish(REPOSITORY);
  ecr.seed({ repositoryName: REPOSITORY });
  digests.forEach((digest, nth) =>
    ecr.addImage({ repositoryName: REPOSITORY, tags: [`v${nth}`, ...nth < kept ? [keepTag(PREFIX, digest)] : []] }));
  return digests;
}

/** The accounts of an organization, in one Region. The first is the shield's own. */
function environmentsOf(count: number): Environment[] {
  return Array.from({ length: count }, (_, nth) => ({ account: accountOf(nth), region: REGION, usedBy: [{ service: 'ecs' }] }));
}

function sourcesOf(count: number): string[] {
  return environmentsOf(count).map(environment => sourceIn(environmentName(environment), 'ecs'));
}

function writeUses(s3: LocalS3, digests: readonly string[], environment = ENVIRONMENT): void {
  const source = sourceIn(environment, 'ecs');
  const lines = digests.map((image, nth) => renderFoundUse({
    repositoryName: REPOSITORY, image, source, usedBy: `ECS task default/${nth.toString(16).padStart(32, '0')}`, others: 0,
  }));
  s3.edit(BUCKET, usesKey(RUN, PARTITION, environment), `${lines.join('\n')}\n`);
}

/** All environments use all images. */
function prepareShared({ ecr, s3 }: Fakes, { uses, images, environments }: CaseSizes): Readonly<Record<string, unknown>> {
  const digests = seedImages(ecr, images, 'flat', uses);
  for (const environment of environmentsOf(environments)) writeUses(s3, digests.slice(0, uses), environmentName(environment));
  s3.edit(BUCKET, stateKey(PARTITION), stateOf(digests.slice(0, uses), sourcesOf(environments)));
  return protectInput();
}

/** The state after an earlier run, which is old enough for releases. */
function stateOf(digests: readonly string[], seenIn = [SOURCE]): string {
  const time = new Date(Date.now() - 30 * 86_400_000).toISOString();
  const image: ProtectedImage = {
    generation: 1,
    phase: 'kept',
    changed: time,
    since: time,
    lastUsed: time,
    seenIn,
    indexes: [],
    usedBy: `ECS task default/${'0'.repeat(32)}`,
  };
  const images = { [REPOSITORY]: Object.fromEntries(digests.map(digest => [digest, image])) };
  return Buffer.from(renderState({ version: 1, complete: true, images })).toString();
}

function wrongResult(s3: LocalS3, expected: number): string | undefined {
  const text = s3.objects(BUCKET).get(resultKey(RUN, PARTITION));
  const kept = text === undefined ? 0 : (JSON.parse(text) as { protected: number }).protected;
  return kept === expected ? undefined : `${kept} images are protected instead of ${expected}`;
}

/** Each image was last seen in all environments. */
function wrongSources(s3: LocalS3, environments: number): string | undefined {
  const state = JSON.parse(s3.objects(BUCKET).get(stateKey(PARTITION)) ?? '{}') as Partial<PartitionState>;
  const images = Object.values(state.images?.[REPOSITORY] ?? {});
  const fewest = Math.min(...images.map(({ seenIn }) => seenIn.length));
  return fewest === environments ? undefined : `an image was last seen in ${fewest} environments instead of ${environments}`;
}
