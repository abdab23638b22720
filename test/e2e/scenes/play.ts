import { Fakes } from './fakes';
import { decisions, EXPECTED_UNUSED, handlerOf, isOfHandler, LeastPrivilege } from './least-privilege';
import { LocalWorld } from './local-world';
import type { Scene } from './scene';
import { World } from './world';
import type { Emulator } from '../emulator';
import { Result, secondsSince, textOf } from '../results';

const RAN_ON = {
  emulator: 'ECR and CloudFormation of MiniStack, IAM enforced',
  both: 'CloudFormation of MiniStack, LocalEcr, IAM enforced',
  fakes: 'LocalEcr and LocalCloudFormation, IAM enforced',
};

/** Runs a scene in a separate account of the emulator, and cleans up. */
export async function play(scene: Scene, ordinal: number, emulator: Emulator, rights: LeastPrivilege): Promise<Result> {
  const started = Date.now();
  const account = String(100_000_000_001 + ordinal);
  const where = scene.ranOn ?? RAN_ON[scene.on];
  let world: World | LocalWorld | undefined;
  let fakes: Fakes | undefined;
  try {
    emulator.readOtherwise(scene.readings ?? []);
    if (scene.on !== 'fakes') {
      const there = world = await World.open(emulator, account, scene.region);
      if (scene.on === 'both') await scene.play(there, fakes = await Fakes.start(there));
      else await scene.play(there);
      const ours = decisions(emulator)
        .filter(decision => isOfHandler(decision.principal) && there.all.some(each => each.account === decision.account));
      const refused = [
        ...ours.filter(({ allowed }) => !allowed).map(({ action, resource }) => `${action} on ${resource}`), ...fakes?.refused() ?? [],
      ];
      if (refused.length > 0) throw new Error(`IAM refused the function: ${refused.join(', ')}`);
      for (const { stack, handlers } of there.all.flatMap(each => each.deployments)) {
        for (const [handler, policy] of handlers) {
          const used = ours.filter(decision => handlerOf(decision.principal) === handler).flatMap(({ restedOn }) => restedOn);
          rights.add(handler, stack, policy, [...used, ...fakes?.used(handler) ?? []]);
        }
      }
    } else {
      const there = world = await LocalWorld.open();
      await scene.play(there);
      for (const { stack } of there.deployments) {
        rights.add('Teardown', stack, stack.policy(), there.account.ecr.granted(there.account.roleOf(stack)));
      }
    }
    await world.close();
    return { title: scene.title, outcome: 'passed', seconds: secondsSince(started), where };
  } catch (error) {
    const seconds = secondsSince(started);
    const story = await world?.story().catch(problem => `(no story: ${problem})`) ?? '';
    const left = await world?.close().then(() => '', problem => `it could not be cleaned up: ${problem}`) ?? '';
    return { title: scene.title, outcome: 'failed', seconds, where, detail: [textOf(error), story, left].filter(Boolean).join('\n') };
  } finally {
    await fakes?.stop();
  }
}

/** Compares the permissions that all scenes together did not use with the expected ones. */
export function permissionsOf(rights: LeastPrivilege, started: number): Result {
  const unused = rights.unused();
  const isExpected = JSON.stringify(unused) === JSON.stringify(EXPECTED_UNUSED);
  return {
    title: `of ${rights.size} granted permissions, all scenes together use all except ${unused.length}`,
    outcome: isExpected ? 'passed' : 'failed',
    seconds: secondsSince(started),
    where: 'both',
    ...!isExpected && { detail: `unused: ${unused.join(', ')}\nexpected: ${EXPECTED_UNUSED.join(', ')}` },
  };
}
