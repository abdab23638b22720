import { bundleIsNeeded } from './demo/bundle';
import { Emulator } from './emulator';
import { ownTemporaryFolder } from '../temporary-folder';
import { adopted } from './scenes/adopted';
import { anotherAccount } from './scenes/another-account';
import { anotherRegion } from './scenes/another-region';
import { audit } from './scenes/audit';
import { deleteOnFailure } from './scenes/delete-on-failure';
import { emptied } from './scenes/emptied';
import { emptiedByTrigger } from './scenes/emptied-by-trigger';
import { Fakes } from './scenes/fakes';
import { grantedOnImported } from './scenes/granted';
import { guardOfImported } from './scenes/guard-imported';
import { guardInUse } from './scenes/guard-in-use';
import { guardOfOwned } from './scenes/guard-owned';
import { guardRollsBack } from './scenes/guard-rolled-back';
import { images } from './scenes/images';
import { decisions, EXPECTED_UNUSED, handlerOf, isOfHandler, LeastPrivilege } from './scenes/least-privilege';
import { LocalWorld } from './scenes/local-world';
import { lockedRepository } from './scenes/locked';
import { deployedTwice, movedToAnotherStack } from './scenes/moved';
import { nestedStack } from './scenes/nested';
import { prefix } from './scenes/prefix';
import { publicRepository } from './scenes/public-repository';
import { pulledLately } from './scenes/pulled-lately';
import { guardRefuses, markRemoved } from './scenes/refused';
import { repositoryRemoved, teardownRemoved } from './scenes/removed';
import { idChanged, repositoryRenamed } from './scenes/renamed';
import { replicas } from './scenes/replicas';
import { createRolledBack, updateRolledBack } from './scenes/rolled-back';
import type { Scene } from './scenes/scene';
import { lifecycleOfOthers, sharedLifecycle } from './scenes/shared-lifecycle';
import { sharedPolicy, statementOwners } from './scenes/shared-policy';
import { sharedRegistry } from './scenes/shared-registry';
import { shieldedImages } from './scenes/shielded';
import { twice } from './scenes/twice';
import { usedImages } from './scenes/used-images';
import { retainWins, stackDeletion } from './scenes/whole-stack';
import { withoutFunction } from './scenes/without-function';
import { World } from './scenes/world';

const SCENES: Scene[] = [
  ...twice, // the longest, beside which the others are played
  ...updateRolledBack, ...createRolledBack, ...teardownRemoved, ...repositoryRemoved, ...idChanged, ...repositoryRenamed,
  ...movedToAnotherStack,
  ...nestedStack, ...deleteOnFailure, ...deployedTwice, ...markRemoved, ...guardRefuses, ...stackDeletion, ...retainWins,
  ...sharedPolicy, ...statementOwners, ...sharedLifecycle, ...lifecycleOfOthers,
  ...guardOfOwned, ...guardRollsBack, ...guardInUse, ...guardOfImported,
  ...emptied, ...emptiedByTrigger, ...anotherRegion, ...anotherAccount, ...replicas, ...prefix, ...usedImages, ...audit, ...pulledLately,
  ...publicRepository,
  ...grantedOnImported, ...images, ...adopted, ...withoutFunction, ...lockedRepository, ...shieldedImages, ...sharedRegistry,
];
const RAN_ON = {
  emulator: 'ECR and CloudFormation of MiniStack, IAM enforced',
  both: 'CloudFormation of MiniStack, LocalEcr, IAM enforced',
  fakes: 'LocalEcr and LocalCloudFormation, IAM enforced',
};
const EMULATORS = 2;

let passed = 0;
let failed = 0;

function report(title: string, started: number, where: string, error?: unknown, story = ''): void {
  if (error === undefined) passed++;
  else failed++;
  console.log(`${error === undefined ? 'ok    ' : 'FAILED'} ${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s`
    + `  ${title}  [${where}]`);
  if (error !== undefined) console.log(`${error instanceof Error ? error.stack : String(error)}\n${story}\n`);
}

/** Runs a scene in a separate world and cleans up. */
async function play(scene: Scene, ordinal: number, emulator: Emulator, rights: LeastPrivilege): Promise<void> {
  const started = Date.now();
  const account = String(100_000_000_001 + ordinal);
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
    report(scene.title, started, scene.ranOn ?? RAN_ON[scene.on]);
  } catch (error) {
    const story = await world?.story().catch(problem => `(no story: ${problem})`);
    report(scene.title, started, scene.ranOn ?? RAN_ON[scene.on], error, story);
    await world?.close().catch(problem => console.log(`       and it could not be cleaned up: ${problem}`));
  } finally {
    await fakes?.stop();
  }
}

void (async () => {
  ownTemporaryFolder('scenes');
  // Scenes use the bundles, not the sources of the handlers.
  const stale = bundleIsNeeded();
  if (stale) throw new Error(`assets/lambda is ${stale}: run \`npm run bundle\``);
  const asked = process.argv.slice(2); // `2b 4` runs only these scenes
  const chosen = asked.length === 0 ? SCENES : SCENES.filter(({ title }) => asked.some(beginning => title.startsWith(beginning)));
  const waiting = [...chosen.entries()];
  const rights = new LeastPrivilege();
  const started = Date.now();
  // An emulator sometimes loses one of two simultaneous invocations, even of different accounts. Therefore, each emulator runs one scene at
  // a time.
  await Promise.all(Array.from({ length: EMULATORS }, async () => {
    const emulator = await Emulator.start();
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) await play(next[1], next[0], emulator, rights);
    } finally {
      await emulator.stop();
    }
  }));
  if (asked.length === 0) {
    const unused = rights.unused();
    report(`of ${rights.size} granted permissions, all scenes together use all except: ${unused.join(', ')}`,
      started, 'both',
      JSON.stringify(unused) === JSON.stringify(EXPECTED_UNUSED) ? undefined : `expected: ${EXPECTED_UNUSED.join(', ')}`);
  }
  console.log(`e2e: ${passed} passed, ${failed} failed\n${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
})().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
