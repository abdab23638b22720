import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { adoptedAgain, destroyAdopted, keptByRename } from './demo/adopted';
import { Arguments, parseArguments, USAGE } from './demo/arguments';
import { Bed, CommandLine } from './demo/bed';
import { bundle, bundleIsNeeded } from './demo/bundle';
import { deployElsewhere, destroyElsewhere, pushElsewhere } from './demo/elsewhere';
import type { GuardBed } from './demo/guard-bed';
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

  const bootstrapped = await steps.run('Bootstrap', [], step => bootstrap(step, bed, cdk));
  const before = await steps.run('What is there before', [bootstrapped], step => populate(step, bed));
  const deployed = await steps.run('Deploy examples/quickstart/app.ts', [before], (step, inventory) => deploy(step, bed, cdk, inventory));
  const pushed = await steps.run('Push images', [deployed], step => push(step, bed));
  await steps.run('Control: the role and a foreign repository', [deployed, pushed], (step, { role }) => rolePermissions(step, bed, role));
  if (keep) {
    const passed = steps.summary();
    terminal.line();
    terminal.line(lookAround(bed, emulator.keep()));
    return passed;
  }

  const refused = await steps.run('Destroy that maxImages refuses', [deployed, pushed],
    (step, { stackId }, { app }) => refusedDestroy(step, bed, cdk, stackId, app));
  const lifted = await steps.run('Lift the refusal', [refused], (step, reason) => lift(step, bed, reason));
  await steps.run('Destroy that goes through', [before, deployed, lifted],
    (step, inventory, { stackId }) => destroyed(step, bed, cdk, stackId, inventory));
  await steps.run('Control: without teardown', [bootstrapped], step => withoutTeardown(step, bed));

  const kept = await steps.run('A rename keeps the old repository', [bootstrapped], step => keptByRename(step, bed));
  const adopted = await steps.run('Take it back', [kept], (step, content) => adoptedAgain(step, bed, content));
  await steps.run('Destroy what was taken back', [adopted], step => destroyAdopted(step, bed));

  const onImported = await steps.run('Policies on an imported repository', [bootstrapped], step => deployOnImported(step, bed));
  await steps.run('Destroy these policies', [onImported], (step, found) => destroyOnImported(step, bed, found));

  const granted = await steps.run('Two stacks grant on one repository', [bootstrapped], step => grantTwice(step, bed));
  await steps.run('Destroy one of them, then the other', [granted], (step, found) => destroyInTurn(step, bed, found));

  let stopLocalEcr = async (): Promise<void> => {};
  try {
    const onLocalEcr = await steps.run('On local-ecr: deploy', [bootstrapped],
      step => deployOnLocalEcr(step, bed, ecr => { stopLocalEcr = () => ecr.stop(); }));
    await steps.run('On local-ecr: destroy', [onLocalEcr], (step, found) => destroyOnLocalEcr(step, bed, found));
  } finally {
    await stopLocalEcr();
  }

  let stopPublic = async (): Promise<void> => {};
  try {
    const elsewhere = await steps.run('Another Region and a public repository', [bootstrapped],
      step => deployElsewhere(step, bed, ecrPublic => { stopPublic = () => ecrPublic.stop(); }));
    const stocked = await steps.run('Images are pushed to both', [elsewhere], (step, found) => pushElsewhere(step, bed, found));
    await steps.run('Destroy what is elsewhere', [elsewhere, stocked], (step, found) => destroyElsewhere(step, bed, found));
  } finally {
    await stopPublic();
  }

  let opened: GuardBed | undefined;
  try {
    const guarded = await steps.run('A lifecycle policy that a guard refuses', [bootstrapped],
      step => refusedPolicy(step, bed, guard => { opened = guard; }));
    const corrected = await steps.run('The corrected lifecycle policy', [guarded], correctedPolicy);
    const imported = await steps.run('The same on an imported repository', [guarded, corrected],
      (step, { guard }, state) => guardedImport(step, guard, state));
    await steps.run('Destroy what is guarded', [guarded, imported], (step, { guard }, digests) => destroyGuarded(step, guard, digests));
  } finally {
    await opened?.ecr.stop();
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
  // Not about anything shown here.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const terminal = new Terminal();
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      terminal.interrupted(`${signal}: ending the emulator and removing its files`);
      // Ends the emulator and everything that was started for it.
      process.exit(128 + number);
    });
  }
  const [, version] = /^ministack==(.+)$/m.exec(readFileSync(join(__dirname, 'requirements.txt'), 'utf8')) ?? [];
  terminal.line(terminal.colour('bold', `cdk-ecr-keeper: the stack ${STACK}, deployed and destroyed with the real CDK CLI`));
  terminal.line(`Everything runs on this machine, on the AWS emulator MiniStack ${version} with IAM enforced. No AWS account is used.`);
  terminal.line();
  const stale = bundleIsNeeded();
  if (stale) {
    await terminal.during(`Bundling the function's code, assets/lambda (${stale})`, bundle);
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
