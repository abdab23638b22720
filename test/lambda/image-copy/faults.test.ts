import { Stack } from 'aws-cdk-lib';
import { copying, CopyScene, fromEcr, HOST, Rest, TYPE } from './copy-scene';
import { imageCopyHandler } from '../../../lambda/image-copy/handler';
import { ImageSource, TagRemovalPolicy } from '../../../src';
import type { LocalEcr } from '../../local-ecr/local-ecr';
import { LocalRegistry } from '../../local-registry/local-registry';
import { CREATED, describeFaults, FaultScene, GOING, UPDATING } from '../fault-points';
import type { Handle } from '../local-account';

const [INDEXES, LARGE_ONES] = ['indexes', 'large'];
/** Bytes of a part instead of 5 MiB, because each of a thousand fault points hashes them several times. */
const SMALLEST_PART = 50_000;
/** Smallest size of a layer that is sent to the endpoint of the registry. */
const LARGE = Buffer.alloc(SMALLEST_PART + 500, 'large');
const image = (seed: number, repositoryName: string) => ({ repositoryName, tags: ['v1'], seed, layers: [Buffer.from(`layer ${seed}`)] });

let registry: LocalRegistry;
/** Memo in physical ids after a copy of the first image. */
let memo: string;

beforeAll(async () => {
  registry = await LocalRegistry.start({ authentication: 'token', anonymous: 'allowed' });
  registry.addImage({ name: 'lib/redis', tag: 'v1', layers: [1000] });
  const scene = await CopyScene.start();
  scene.ecr.addRealImage(image(1, 'from'));
  const { PhysicalResourceId } = await scene.created(fromEcr('v1', { tagRemovalPolicy: TagRemovalPolicy.DESTROY }));
  memo = PhysicalResourceId.split(':')[2];
  await scene.stop();
});
afterAll(() => registry.stop());

/** Adds what CloudFormation would send: the host of the registry, and the physical id of the previous copy. */
const handle: Handle = (surroundings, clients) => {
  const copies = imageCopyHandler(surroundings, { ...clients, smallestPart: SMALLEST_PART });
  return (request, context) => copies({
    ...request,
    ResourceProperties: JSON.parse(JSON.stringify(request.ResourceProperties).replaceAll(HOST, registry.host)) as Record<string, unknown>,
    ...request.PhysicalResourceId === `${request.StackId.split('/')[2]}:${request.LogicalResourceId}`
      ? { PhysicalResourceId: `${request.PhysicalResourceId}:${memo}` } : {},
  }, context);
};

/** Number of fault points without a response, and so without a physical id that remembers where the tags pointed. */
let forgotten = 0;
afterAll(() => {
  process.stdout.write(`${TYPE}: ${forgotten} points at which the Delete that follows cannot move tags back, as no answer came\n`);
  expect(forgotten).toBeLessThanOrEqual(10);
});

interface Situation extends Pick<FaultScene, 'name' | 'request' | 'history'> {
  readonly build: (stack: Stack) => void;
  readonly fill?: (ecr: LocalEcr) => void;
  /** Whether the tag points to another image before the request. */
  readonly isMoving?: boolean;
  /** Number of images of the repository at the end, and the tags of the last image. */
  readonly after: { readonly images: number; readonly tags: readonly string[] };
}

const scene = ({ fill, after, ...rest }: Situation): FaultScene => ({
  ...rest,
  prepare: ({ ecr }) => {
    ecr.layers = 'modelled';
    ecr.minimumPartSize = SMALLEST_PART;
    for (const repositoryName of ['from', 'to']) {
      ecr.vanish(repositoryName);
      ecr.seed({ repositoryName });
    }
    if (ecr.images(INDEXES) === 0) { // only once, because hashing takes a while
      ecr.seed({ repositoryName: INDEXES });
      ecr.addRealIndex({ repositoryName: INDEXES, tags: ['v1'], images: 1, layers: 1, layerSize: 100, seed: 1 });
      ecr.seed({ repositoryName: LARGE_ONES });
      ecr.addRealImage({ repositoryName: LARGE_ONES, tags: ['v1'], layers: [LARGE], seed: 1 });
    }
    fill?.(ecr);
  },
  isFinal: answer => answer?.Status === 'SUCCESS',
  expectEnd: ({ ecr }, _stack, answer) => {
    expect(answer?.Status).toBe('SUCCESS');
    const { images } = ecr.repository('to');
    expect(images).toHaveLength(after.images);
    expect(images.flatMap(({ tags }) => tags)).toEqual(after.tags);
    expect(images.at(-1)?.tags ?? []).toEqual(after.tags);
  },
  // new tags are retained; a tag that was moved is moved back
  expectTakenBack: ({ ecr }, _stack, answer) => {
    const { images } = ecr.repository('to');
    expect(images.flatMap(({ tags }) => tags).filter(tag => tag !== 'v1')).toEqual([]);
    if (!rest.isMoving) return;
    const isBack = images[0].tags.includes('v1');
    if (answer === undefined && !isBack) forgotten++;
    else expect(isBack).toBe(true);
  },
});

const destroyed = (rest: Rest = {}) => fromEcr('v1', { tagRemovalPolicy: TagRemovalPolicy.DESTROY, ...rest });
const creating = CREATED.slice(0, 1);

describeFaults(handle, TYPE, [
  scene({
    name: 'Create, an index of ECR',
    build: fromEcr('v1', {}, INDEXES),
    request: 'Create',
    history: creating,
    after: { images: 2, tags: ['v1'] },
  }),
  scene({
    name: 'Create, an image of ECR with a layer for the endpoint',
    build: fromEcr('v1', {}, LARGE_ONES),
    request: 'Create',
    history: creating,
    after: { images: 1, tags: ['v1'] },
  }),
  scene({
    name: 'Create, from a registry with tokens',
    build: copying(() => ImageSource.fromRegistry(`${HOST}/lib/redis:v1`), {}),
    request: 'Create',
    history: creating,
    after: { images: 1, tags: ['v1'] },
  }),
  scene({
    name: 'Create, of which the tag points to another image',
    build: fromEcr('v1'),
    request: 'Create',
    history: creating,
    isMoving: true,
    fill: ecr => {
      ecr.addRealImage(image(1, 'to'));
      ecr.addRealImage(image(2, 'from'));
    },
    after: { images: 2, tags: ['v1'] },
  }),
  scene({
    name: 'Update, with another token',
    build: destroyed({ trigger: '2' }),
    request: 'Update',
    history: UPDATING,
    fill: ecr => {
      ecr.addRealImage(image(1, 'to'));
      ecr.addRealImage(image(2, 'from'));
    },
    after: { images: 2, tags: ['v1'] },
  }),
  scene({
    name: 'Delete, with the tags',
    build: destroyed(),
    request: 'Delete',
    history: GOING,
    fill: ecr => { ecr.addRealImage(image(1, 'to')); },
    after: { images: 0, tags: [] },
  }),
]);
