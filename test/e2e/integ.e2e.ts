import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundleIsNeeded } from './demo/bundle';
import { Emulator } from './emulator';
import { decisions, handlerOf, isOfHandler } from './scenes/least-privilege';
import { TAGS } from './scenes/subject';
import { RepositoryEnd, World } from './scenes/world';
import { Stacks } from './stacks';
import { runIntegRunner } from '../integ/integ-runner';
import { ownTemporaryFolder } from '../temporary-folder';

const TESTS = ['integ.repository.ts', 'integ.existing-repository.ts', 'integ.prefix-teardown.ts'];
const HANDLERS = ['LifecyclePolicy', 'PrefixTeardown', 'RepositoryPolicy', 'Teardown'];

/** Repositories without the prefix or without the tag, which must not change. */
const OTHERS: Record<string, RepositoryEnd> = {
  'ecr-keeper-integ/cache/docker-hub-mirror': { tags: TAGS },
  'ecr-keeper-integ/cache/docker-hub/library/untagged': {},
  'ecr-keeper-integ/cache/docker-hub/library/tagged-otherwise': { tags: { stage: 'prod' } },
};

/** Logs of functions that only the tests add. Their log groups are created by the functions, and no stack deletes them. */
const LOG_OF_TEST = /DeployAssert|-AWS679f53fac/;

/** integ-runner deploys the tests, checks their assertions, and destroys them. Afterward, nothing of them is left. */
async function deployAndDestroy(emulator: Emulator): Promise<void> {
  const world = await World.open(emulator, emulator.account);
  for (const [name, { tags }] of Object.entries(OTHERS)) {
    await world.createRepository(name, tags);
    await world.push(name);
  }
  await new Stacks(emulator).bootstrap();
  // Links, because integ-runner writes a snapshot next to each test that passes.
  const directory = join(emulator.directory, 'integ');
  mkdirSync(directory);
  for (const test of TESTS) symlinkSync(resolve(__dirname, '..', 'integ', test), join(directory, test));
  const code = await runIntegRunner({
    directory,
    args: ['--force', '--parallel-regions', emulator.region, '--max-workers', '1'],
    modules: [require.resolve('tsx/cjs'), join(__dirname, 'demo', 'cli-credentials.ts')],
    env: { HOME: join(emulator.directory, 'home'), ...emulator.env() },
  });
  strictEqual(code, 0, 'integ-runner failed');
  await world.ends({ stacks: {}, repositories: OTHERS });
  const { functions, roles, logGroups } = await world.machinery();
  deepStrictEqual([functions, roles, logGroups.filter(name => !LOG_OF_TEST.test(name))], [[], [], []]);
  const ours = decisions(emulator).filter(({ principal }) => isOfHandler(principal));
  deepStrictEqual(ours.filter(({ allowed }) => !allowed).map(({ action, resource }) => `${action} on ${resource}`), []);
  deepStrictEqual([...new Set(ours.map(({ principal }) => handlerOf(principal)))].sort(), HANDLERS);
}

void (async () => {
  ownTemporaryFolder('integ');
  const stale = bundleIsNeeded();
  if (stale) throw new Error(`assets/lambda is ${stale}: run \`npm run bundle\``);
  const emulator = await Emulator.start();
  try {
    await deployAndDestroy(emulator);
  } finally {
    await emulator.stop();
  }
})().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
