import { bundleIsNeeded } from './demo/bundle';
import { onEmulators } from './lanes';
import { counts, Result } from './results';
import { ownTemporaryFolder } from '../temporary-folder';
import { SCENES } from './scenes/all';
import { LeastPrivilege } from './scenes/least-privilege';
import { permissionsOf, play } from './scenes/play';

const results = new Array<Result>();

function report(result: Result): void {
  results.push(result);
  const { title, outcome, seconds, where, detail } = result;
  console.log(`${outcome === 'passed' ? 'ok    ' : 'FAILED'} ${seconds.toFixed(1).padStart(5)} s  ${title}  [${where}]`);
  if (detail !== undefined) console.log(`${detail}\n`);
}

void (async () => {
  ownTemporaryFolder('scenes');
  // Scenes use the bundles, not the sources of the handlers.
  const stale = bundleIsNeeded();
  if (stale) throw new Error(`assets/lambda is ${stale}: run \`npm run bundle\``);
  const asked = process.argv.slice(2); // `2b 4` runs only these scenes
  const chosen = asked.length === 0 ? SCENES : SCENES.filter(({ title }) => asked.some(beginning => title.startsWith(beginning)));
  const rights = new LeastPrivilege();
  const started = Date.now();
  await onEmulators(chosen, async (scene, emulator, nth) => report(await play(scene, nth, emulator, rights)));
  if (asked.length === 0) report(permissionsOf(rights, started));
  console.log(`e2e: ${counts(results)}\n${counts(results)}`);
  process.exitCode = results.length > 0 && results.every(({ outcome }) => outcome === 'passed') ? 0 : 1;
})().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
