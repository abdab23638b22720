import fc from 'fast-check';
import { emptied, REPOSITORY, Scene } from './scene';
import { Graph, graphs } from '../../core/images/graphs';
import { mustStay, OracleImage } from '../../core/images/kept-oracle';

let scene: Scene;
beforeAll(async () => { scene = await Scene.start(); });
afterAll(() => scene.stop());

/** Pushes the images of a graph, each a second after the previous one. */
function place({ nodes }: Graph): OracleImage[] {
  const digests = new Array<string>();
  return nodes.map(({ tags, children, subject, signs, status }, nth) => {
    const pushedAt = Date.UTC(2026, 0, 2, 0, 0, nth);
    const image = {
      // a signature carries no other tag; the last image with a tag has it
      tags: signs ? [`${digests[signs.image].replace(':', '-')}${signs.suffix}`] : [...tags],
      children: children.map(child => digests[child]),
      ...subject === undefined ? {} : { subject: digests[subject] },
    };
    digests.push(scene.add({ ...image, status, pushedAt: new Date(pushedAt) }));
    return { ...image, digest: digests[nth], pushedAt };
  }).map(image => ({ ...image, tags: [...scene.ecr.repository(REPOSITORY).images.find(({ digest }) => digest === image.digest)!.tags] }));
}

test.each([
  ['one request', false],
  ['killed after its first removal, and retried', true],
])('every excepted image is kept, and nothing else remains: %s', async (_how, isKilled) => {
  let kept = 0;
  let removed = 0;
  await fc.assert(fc.asyncProperty(graphs(), async graph => {
    scene.ecr.vanish(REPOSITORY);
    const { exceptTags, exceptNewest } = graph;
    const stack = await scene.deployed(emptied({ exceptTags: [...exceptTags], exceptNewest }));
    const expected = mustStay(place(graph), exceptTags, exceptNewest);
    const before = scene.left.length;
    if (isKilled) scene.ecr.faults.add({ kind: 'killAfter', operation: 'BatchDeleteImage' });
    let answer = await scene.destroy(stack);
    scene.ecr.faults.clear();
    if (isKilled && before > expected.length) {
      expect(answer).toBeUndefined();
      expect(scene.left).toEqual(expect.arrayContaining(expected));
      answer = await scene.destroy(stack);
    }
    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.left).toEqual(expected);
    kept += expected.length;
    removed += before - expected.length;
  }), { seed: 20261121, numRuns: isKilled ? 60 : 200, endOnFailure: true });
  // the property would prove little if all graphs were of one kind
  expect(kept).toBeGreaterThan(100);
  expect(removed).toBeGreaterThan(100);
}, 120_000);
