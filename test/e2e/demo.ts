import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Arguments, parseArguments, USAGE } from './demo/arguments';
import { Bed } from './demo/bed';
import { bundle, bundleIsNeeded } from './demo/bundle';
import { CHAPTERS, deployQuickstart } from './demo/chapters';
import { lookAround } from './demo/look-around';
import { bootstrap, STACK } from './demo/quickstart';
import { Steps } from './demo/steps';
import { Terminal } from './demo/terminal';
import { Emulator } from './emulator';
import { ownTemporaryFolder } from '../temporary-folder';

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/** @returns whether everything passed */
async function show(terminal: Terminal, emulator: Emulator, { keep }: Arguments): Promise<boolean> {
  const bed = new Bed(emulator);
  const steps = new Steps(terminal, emulator);
  const bootstrapped = await steps.run('Bootstrap the account', [], step => bootstrap(step, bed));
  if (keep) {
    await deployQuickstart(steps, bed, bootstrapped);
    const passed = steps.summary();
    terminal.line();
    terminal.line(lookAround(bed, emulator.keep()));
    return passed;
  }
  for (const chapter of CHAPTERS) await chapter.play(steps, bed, bootstrapped);
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
