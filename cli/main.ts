import { Command } from 'commander';
import { addAdopt } from './adopt/adopt';
import { reportFailure } from './failure';
import { addLint } from './lint';
import { addSimulate } from './simulate';
import { addTeardown } from './teardown';
import { tolerateClosedPipes } from './terminal';
import { version } from '../package.json';
import { toOneLine } from '../src/core/format';

// it speaks of the SDK's next major version, which is bundled: nothing that a user of this program could act on
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
tolerateClosedPipes();

const program = new Command('cdk-ecr-keeper')
  .description('Looks after Amazon ECR repositories: sees what a lifecycle policy would do before ECR does it, and what is wrong with it;\n'
    + 'deletes or empties repositories after checking the guards; checks what an import into a stack would do to one that was kept.')
  .version(version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print this, or the help of a command')
  .helpCommand(false)
  .exitOverride()
  .addHelpText('after', `
Examples:
  $ cdk-ecr-keeper lint --policy policy.json
  $ cdk-ecr-keeper simulate --repository my/app --policy policy.json
  $ cdk-ecr-keeper teardown my/app --dry-run
  $ cdk-ecr-keeper adopt my/app
  $ cdk-ecr-keeper teardown --help

Exit codes: 0 fine, 1 problems, refusals or input that cannot be used,
2 wrong usage.
Three commands call AWS: simulate --repository (ecr:DescribeImages, and
ecr:GetLifecyclePolicy where --policy is left out), adopt, and teardown, which
alone changes anything there (the help of each lists its IAM actions).`);
addSimulate(program);
addLint(program);
addTeardown(program);
addAdopt(program);
addHelp();
for (const command of [program, ...program.commands]) {
  command.configureOutput({ outputError: (text, write) => write(`${toOneLine(text)}${knownNames(command, text)}\n`) });
}

/** Where nothing is like an unknown name, commander suggests nothing: then all names are listed. */
function knownNames(command: Command, error: string): string {
  const [, kind] = /^error: unknown (command|option) '[^']*'\s*$/.exec(error) ?? [];
  if (kind === 'command') return ` — the commands are ${program.commands.map(each => each.name()).join(', ')}`;
  if (kind === undefined) return '';
  return ` — the options are ${command.createHelp().visibleOptions(command).map(({ long }) => long).join(', ')}`;
}

/** Not the help command of commander, which answers an unknown command with the whole help. */
function addHelp(): void {
  program.command('help')
    .summary('print this, or the help of a command')
    .description('Prints the help of a command, or of the program.')
    .argument('[command]', 'the name of a command')
    .action(async (name?: string) => {
      const command = name === undefined ? program : program.commands.find(each => each.name() === name);
      if (command) command.outputHelp();
      else await program.parseAsync([name!], { from: 'user' }); // which names it, and what it may be meant for
    });
}

program.parseAsync().catch((error: unknown) => { process.exitCode = reportFailure(error); });
