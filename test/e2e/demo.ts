import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { adoptedAgain, destroyAdopted, keptByRename } from './demo/adopted';
import { Arguments, parseArguments, USAGE } from './demo/arguments';
import { Bed, CommandLine } from './demo/bed';
import { bundle, bundleIsNeeded } from './demo/bundle';
import { deployElsewhere, destroyElsewhere, pushElsewhere } from './demo/elsewhere';
import type { GuardBed } from './demo/guard-bed';
import { destroyShield, shieldImage } from './demo/image-shield';
import { deployOnImported, destroyOnImported } from './demo/imported-repository';
import { correctedPolicy, refusedPolicy } from './demo/lifecycle-guard';
import { destroyGuarded, guardedImport } from './demo/lifecycle-guard-imported';
import { lookAround } from './demo/look-around';
import { deployOnLocalEcr, destroyOnLocalEcr } from './demo/on-local-ecr';
import { appCommand, bootstrap, deploy, destroyed, lift, populate, push, refusedDestroy, STACK } from './demo/quickstart';
import { rolePermissions } from './demo/role-permissions';
import { Steps } from './demo/steps';
import { Terminal } from './demo/terminal';
import { destroyInTurn, grantTwice } from './demo/two-stacks';
import { withoutTeardown } from './demo/without-teardown';
import { Emulator } from './emulator';
import { ownTemporaryFolder } from '../temporary-folder';

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/** @returns whether everything passed */
async function show(terminal: Terminal, emulator: Emulator, { keep }: Arguments): Promise<boolean> {
  const bed = new Bed(emulator);
  const steps = new Steps(terminal);
  const cdk = new CommandLine(bed, appCommand());

  const bootstrapped = await steps.run('Bootstrap the account', [], step => bootstrap(step, bed, cdk));
  const before = await steps.run('Create existing resources of other owners', [bootstrapped], step => populate(step, bed));
  const deployed = await steps.run('Deploy examples/quickstart/app.ts', [before], (step, inventory) => deploy(step, bed, cdk, inventory));
  const pushed = await steps.run('Push images', [deployed], step => push(step, bed));
  await steps.run('Test what the role of the function may do', [deployed, pushed], (step, { role }) => rolePermissions(step, bed, role));
  if (keep) {
    const passed = steps.summary();
    terminal.line();
    terminal.line(lookAround(bed, emulator.keep()));
    return passed;
  }

  const refused = await steps.run('Destroy the stack: refused by maxImages', [deployed, pushed],
    (step, { stackId }, { app }) => refusedDestroy(step, bed, cdk, stackId, app));
  const lifted = await steps.run('Lift the refusal', [refused], (step, reason) => lift(step, bed, reason));
  await steps.run('Destroy the stack again', [before, deployed, lifted],
    (step, inventory, { stackId }) => destroyed(step, bed, cdk, stackId, inventory));
  await steps.run('For comparison: a repository without a teardown', [bootstrapped], step => withoutTeardown(step, bed));

  const kept = await steps.run('Rename a repository: the old one is kept', [bootstrapped], step => keptByRename(step, bed));
  const adopted = await steps.run('Adopt the kept repository', [kept], (step, content) => adoptedAgain(step, bed, content));
  await steps.run('Destroy the stack with the adopted repository', [adopted], step => destroyAdopted(step, bed));

  const onImported = await steps.run('Add policies to an imported repository', [bootstrapped], step => deployOnImported(step, bed));
  await steps.run('Destroy the stack with these policies', [onImported], (step, imported) => destroyOnImported(step, bed, imported));

  const granted = await steps.run('Grant access to one repository from two stacks', [bootstrapped], step => grantTwice(step, bed));
  await steps.run('Destroy the two stacks, one after the other', [granted], (step, grants) => destroyInTurn(step, bed, grants));

  let stopLocalEcr = async (): Promise<void> => {};
  try {
    const onLocalEcr = await steps.run('Deploy teardowns for large repositories', [bootstrapped],
      step => deployOnLocalEcr(step, bed, ecr => { stopLocalEcr = () => ecr.stop(); }));
    await steps.run('Destroy the large repositories', [onLocalEcr], (step, deployment) => destroyOnLocalEcr(step, bed, deployment));
  } finally {
    await stopLocalEcr();
  }

  let stopPublic = async (): Promise<void> => {};
  try {
    const elsewhere = await steps.run('Deploy to another Region and to ECR Public', [bootstrapped],
      step => deployElsewhere(step, bed, ecrPublic => { stopPublic = () => ecrPublic.stop(); }));
    const stocked = await steps.run('Push images to both repositories', [elsewhere],
      (step, deployment) => pushElsewhere(step, bed, deployment));
    await steps.run('Destroy both repositories', [elsewhere, stocked], (step, deployment) => destroyElsewhere(step, bed, deployment));
  } finally {
    await stopPublic();
  }

  let opened: GuardBed | undefined;
  try {
    const guarded = await steps.run('Deploy a lifecycle policy that its guard refuses', [bootstrapped],
      step => refusedPolicy(step, bed, guard => { opened = guard; }));
    const corrected = await steps.run('Deploy the corrected lifecycle policy', [guarded], correctedPolicy);
    const imported = await steps.run('Guard the policy of an imported repository', [guarded, corrected],
      (step, { guard }, state) => guardedImport(step, guard, state));
    await steps.run('Destroy the two guarded stacks', [guarded, imported],
      (step, { guard }, digests) => destroyGuarded(step, guard, digests));
  } finally {
    await opened?.ecr.stop();
  }

  let stopFakes = async (): Promise<void> => {};
  try {
    const shielded = await steps.run('Keep the image that runs with an image shield', [bootstrapped],
      step => shieldImage(step, bed, stop => { stopFakes = stop; }));
    await steps.run('Destroy the stack of the shield', [shielded], (step, commandLine) => destroyShield(step, bed, commandLine));
  } finally {
    await stopFakes();
  }
  return steps.summary();
}

async function main(): Promise<void> {
  let options: Arguments;
  try {
    options = parseArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  if (options.help) {
    console.log(USAGE);
    return;
  }
  // The warning is unrelated to the demo.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const terminal = new Terminal();
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      terminal.interrupted(`${signal}: stopping the emulator and removing its files`);
      // The exit handler of the emulator ends its process and every child process.
      process.exit(128 + number);
    });
  }
  const [, version] = /^ministack==(.+)$/m.exec(readFileSync(join(__dirname, 'requirements.txt'), 'utf8')) ?? [];
  terminal.line(terminal.colour('bold', `cdk-ecr-keeper demo: deploys and destroys the stack ${STACK} and others with the real CDK CLI`));
  terminal.line(`Everything runs on this machine, on the AWS emulator MiniStack ${version}, which enforces IAM. No AWS account is used.`);
  terminal.line();
  const stale = bundleIsNeeded();
  if (stale) {
    await terminal.during(`Bundling the code of the functions in assets/lambda (${stale})`, bundle);
  }
  if (!options.keep) ownTemporaryFolder('demo');
  const emulator = await terminal.during('Starting the emulator', progress => Emulator.start({
    log: line => terminal.live ? progress(line) : terminal.line(line),
  }));
  try {
    const passed = await show(terminal, emulator, options);
    if (!options.keep) {
      await emulator.stop();
    }
    process.exitCode = passed ? 0 : 1;
  } catch (error) {
    await emulator.stop();
    throw error;
  }
}

void main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
