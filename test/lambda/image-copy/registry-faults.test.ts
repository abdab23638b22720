import { CopyScene, fromRegistry } from './copy-scene';
import { LocalRegistry } from '../../local-registry/local-registry';
import { WHAT_TO_DO } from '../fault-points';

/** Starts another registry with the same images each time, because its faults cannot be removed. */
async function startRegistry() {
  const registry = await LocalRegistry.start({ authentication: 'token', anonymous: 'allowed', redirects: 'absolute' });
  const { digest } = registry.addImage({ name: 'lib/redis', tag: '7', layers: [500] });
  const sbom = registry.addImage({ name: 'lib/redis', artifactType: 'application/vnd.sbom', subject: digest, layers: [300] });
  const signature = registry.addCosignSignature({ name: 'lib/redis', digest });
  const tags = { 7: digest, [`${digest.replace(':', '-')}.sig`]: signature.digest };
  return { registry, digests: [digest, sbom.digest, signature.digest].sort(), tags };
}

const copied = fromRegistry('lib/redis:7', { referrers: true });
const FOR_EVER = 10_000;
const KINDS: readonly [string, (registry: LocalRegistry, times: number, of: RegExp) => void][] = [
  ['429', (registry, times, of) => registry.answerTooMany(times, 1, of)],
  ['500', (registry, times, of) => registry.answerError(times, 500, of)],
  ['reset', (registry, times, of) => registry.reset(times, of)],
  ['cut', (registry, times, of) => registry.cut(times, 40, of)],
  ['corrupt', (registry, times, of) => of.source.includes('manifests') ? registry.corruptManifest(times, of) : registry.corrupt(times, of)],
];

let scene: CopyScene;
let expected: Awaited<ReturnType<typeof startRegistry>>;
/** The paths of all requests, and those whose responses have a body that can be damaged. */
let paths: string[];
let answered: string[];
let points = 0;

const state = () => ({ digests: scene.digests(), tags: scene.tags() });
async function renew(): Promise<LocalRegistry> {
  await scene.registry.stop();
  scene.registry = (await startRegistry()).registry;
  return scene.registry;
}

beforeAll(async () => {
  scene = await CopyScene.start();
  expected = await startRegistry();
  await scene.registry.stop();
  scene.registry = expected.registry;
  await scene.created(copied);
  expect(state()).toEqual({ digests: expected.digests, tags: expected.tags });
  paths = [...new Set(scene.registry.requests.map(({ path }) => path))];
  answered = [...new Set(scene.registry.requests.filter(({ status }) => status === 200).map(({ path }) => path))];
});
afterAll(async () => {
  await scene.stop();
  process.stdout.write(`Requests to a registry: ${points} fault points tried\n`);
});

/** Returns one path for each kind of request, because a permanent fault costs all attempts. */
function oneOfEach(all: readonly string[]): string[] {
  return [...new Map(all.map(path => [path.replace(/sha256[:-][0-9a-f]{64}/, '…'), path])).values()];
}

describe.each(KINDS)('%s at each request', (kind, spoil) => {
  test.each([['once', 1], ['permanently', FOR_EVER]])('that occurs %s leads to a complete copy or a clear error', async (_what, times) => {
    expect(paths.length).toBeGreaterThan(20);
    expect(answered.length).toBeGreaterThan(10);
    const wrong = new Array<object>();
    const asked = kind === 'cut' || kind === 'corrupt' ? answered : paths;
    for (const path of times === 1 ? asked : oneOfEach(asked)) {
      const registry = await renew();
      scene.ecr.recreate('to');
      spoil(registry, times, new RegExp(`^${path.replaceAll('.', '[.]')}$`));
      const answer = await scene.create(copied);
      expect(registry.pending).toHaveLength(times === 1 ? 0 : 1);
      points++;
      const { digests, tags } = state();
      const isWhole = JSON.stringify([digests, tags]) === JSON.stringify([expected.digests, expected.tags]);
      if (answer?.Status === 'SUCCESS' && !isWhole) {
        wrong.push({ path, problem: 'success, but incomplete', tags: Object.keys(tags), digests: digests.length });
      }
      if (answer?.Status === 'FAILED' && times === 1) wrong.push({ path, problem: 'not retried', reason: answer.Reason });
      const saysWhatToDo = WHAT_TO_DO.test(answer?.Reason.split('\n')[0] ?? '');
      if (answer?.Status === 'FAILED' && !saysWhatToDo) wrong.push({ path, problem: 'does not say what to do', reason: answer.Reason });
      if (answer?.Status === 'FAILED' && tags['7'] !== undefined) wrong.push({ path, problem: 'failed, but visible', tags });
      if (answer?.Status === 'SUCCESS') continue;
      expect(await scene.delete(copied, 'ROLLBACK_IN_PROGRESS', answer?.PhysicalResourceId)).toMatchObject({ Status: 'SUCCESS' });
      await renew();
      await scene.created(copied);
      expect(state()).toEqual({ digests: expected.digests, tags: expected.tags });
    }
    expect(wrong).toEqual([]);
  }, 120_000);
});
