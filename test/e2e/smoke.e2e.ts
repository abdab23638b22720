import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { join } from 'node:path';
import { CloudFormationClient, RollbackStackCommand } from '@aws-sdk/client-cloudformation';
import { DescribeRepositoriesCommand, ECRClient, ListImagesCommand } from '@aws-sdk/client-ecr';
import { buildSync } from 'esbuild';
import { Cdk } from './cdk';
import { Emulator } from './emulator';
import { Registry } from './registry';
import { smokeApp } from './smoke-app';
import { Stacks } from './stacks';

let last = Date.now();
function done(what: string): void {
  console.log(`${((Date.now() - last) / 1000).toFixed(1).padStart(6)} s  ${what}`);
  last = Date.now();
}

async function repositories(ecr: ECRClient): Promise<string[]> {
  const found = await ecr.send(new DescribeRepositoriesCommand({}));
  return found.repositories!.map(({ repositoryName }) => repositoryName!).filter(name => name.startsWith('smoke')).sort();
}

/** Tests the emulator: everything that the scenes rely on, without the library. */
async function smoke(emulator: Emulator): Promise<void> {
  const code = join(emulator.directory, 'smoke-code');
  buildSync({
    entryPoints: [join(__dirname, 'smoke-handler.ts')],
    outfile: join(code, 'index.js'),
    bundle: true,
    platform: 'node',
    mainFields: ['module', 'main'],
    logLevel: 'warning',
  });
  done('handler bundled');

  const ecr = new ECRClient(emulator.client());
  const cdk = new Cdk({ place: emulator, app: `tsx ${join(__dirname, 'smoke-app.ts')}`, env: { SMOKE_CODE: code } });
  const bootstrapped = await cdk.bootstrap();
  strictEqual(bootstrapped.code, 0, `cdk bootstrap failed:\n${bootstrapped.output}`);
  done('cdk bootstrap');
  const deployed = await cdk.deploy('Smoke', 'SmokeDenied');
  strictEqual(deployed.code, 0, `cdk deploy failed:\n${deployed.output}`);
  done('cdk deploy, two stacks');

  const registry = await Registry.login(emulator);
  await registry.pushImage({ repository: 'smoke', tags: ['a', 'b'], seed: 'one' });
  const index = await registry.pushIndex({ repository: 'smoke', tags: ['multi'] });
  await registry.pushImage({ repository: 'smokedenied', tags: ['kept'] });
  const listed = await ecr.send(new ListImagesCommand({ repositoryName: 'smoke' }));
  strictEqual(new Set(listed.imageIds!.map(({ imageDigest }) => imageDigest)).size, 4);
  ok(index.children.every(child => listed.imageIds!.some(({ imageDigest }) => imageDigest === child.digest)));
  done('images pushed');

  const destroyed = await cdk.destroy('Smoke');
  strictEqual(destroyed.code, 0, `cdk destroy failed:\n${destroyed.output}`);
  deepStrictEqual(await repositories(ecr), ['smokedenied']);
  done('cdk destroy: repository with images, function, role and log group are gone');

  const denied = await cdk.destroy('SmokeDenied');
  ok(denied.code !== 0, `the destroy had to be refused:\n${denied.output}`);
  match(denied.output, /AccessDeniedException.*not authorized to perform: ecr:(UntagResource|DeleteRepository)/);
  deepStrictEqual(await repositories(ecr), ['smokedenied']);
  const logs = await emulator.functionLogs('/smoke/SmokeDenied');
  ok(
    logs.some(line => line.includes('"status":"DELETE_IN_PROGRESS","stackLevel":["DELETE_IN_PROGRESS","CREATE_COMPLETE"')), logs.join('\n'),
  );
  ok(logs.some(line => line.includes('"found":"smokedenied","absent":"ValidationError: Resource [Absent] does not exist in'
    + ' stack [SmokeDenied]"')), logs.join('\n'));
  done('cdk destroy: refused by IAM, repository and images still there');

  const stacks = new Stacks(emulator);
  const again = await stacks.destroy('SmokeDenied', { expect: 'failed' });
  deepStrictEqual(
    again.events.filter(({ status }) => status === 'DELETE_FAILED').map(({ logicalId }) => logicalId), ['Teardown', 'SmokeDenied'],
  );
  done('tried again: the function was still there to refuse again');
  await stacks.destroy('SmokeDenied', { retain: ['Teardown', 'Repository'] });
  deepStrictEqual(await repositories(ecr), ['smokedenied']);
  done('destroyed without the CLI, retaining teardown and repository');

  // A second account does not see the first, so scenes can run at the same time.
  const account = '111122223333';
  const app = smokeApp(code, join(emulator.directory, 'smoke.out')).synth();
  done('app synthesised');
  const elsewhere = new Stacks(emulator, { account });
  const created = await elsewhere.deploy(app.getStackByName('Smoke'));
  await (await Registry.login(emulator, { account })).pushIndex({ repository: 'smoke', tags: ['multi'] });
  const gone = await elsewhere.destroy('Smoke');
  deepStrictEqual(await repositories(new ECRClient(emulator.client({ account }))), []);
  deepStrictEqual(await repositories(ecr), ['smokedenied']);
  done(`in another account, without the CLI: deployed in ${created.seconds.toFixed(1)} s, destroyed in ${gone.seconds.toFixed(1)} s`);

  const broken = await stacks.deploy(app.getStackByName('SmokeBroken'), { expect: 'failed' });
  strictEqual(broken.status, 'ROLLBACK_COMPLETE');
  deepStrictEqual(broken.events.filter(({ logicalId }) => logicalId === 'Teardown').map(({ status }) => status),
    ['CREATE_IN_PROGRESS', 'CREATE_FAILED', 'DELETE_IN_PROGRESS', 'DELETE_COMPLETE']);
  ok(broken.events.some(({ reason }) => reason === 'Error: broken on purpose'));
  done('a failed create is rolled back with a Delete');

  const kept = await elsewhere.deploy(app.getStackByName('SmokeBroken'), { expect: 'failed', disableRollback: true });
  const cloudFormation = new CloudFormationClient(emulator.client({ account }));
  await cloudFormation.send(new RollbackStackCommand({ StackName: kept.stackId }));
  while ((await elsewhere.describe(kept.stackId))?.StackStatus !== 'ROLLBACK_COMPLETE') {
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  deepStrictEqual((await elsewhere.events(kept.stackId)).filter(({ logicalId }) => logicalId === 'Teardown').map(({ status }) => status),
    ['CREATE_IN_PROGRESS', 'CREATE_FAILED', 'DELETE_IN_PROGRESS', 'DELETE_COMPLETE']);
  done('and so it is when the rollback is asked for later');

  const slow = app.getStackByName('SmokeSlow');
  const first = elsewhere.deploy(slow);
  await new Promise(resolve => setTimeout(resolve, 1500));
  await Promise.all([first, stacks.deploy(slow)]);
  done('a stack of the same name in another account does not end the functions of this account');

  await emulator.reset();
  deepStrictEqual(await repositories(ecr), []);
  done('reset');
}

void (async () => {
  const started = Date.now();
  const emulator = await Emulator.start({ log: line => console.log(`          ${line}`) });
  done('emulator started');
  try {
    await smoke(emulator);
    console.log(`The end-to-end bed works (${((Date.now() - started) / 1000).toFixed(1)} s).`);
  } catch (error) {
    console.error(error);
    console.error(`--- the last lines of MiniStack's log ---\n${emulator.logTail()}`);
    process.exitCode = 1;
  } finally {
    await emulator.stop();
  }
})();
