import { Command } from 'commander';
import { addAdopt } from './adopt/adopt';
import { addClaims } from './claims/claims';
import { reportFailure } from './failure';
import { addLint } from './lint';
import { addReport } from './report/report';
import { addShield } from './shield/shield';
import { addSimulate } from './simulate';
import { addTeardown } from './teardown';
import { tolerateClosedPipes } from './terminal';
import { version } from '../package.json';
import { toOneLine } from '../src/core/format';

// The warning is about the Node.js version that the next SDK needs. The SDK is bundled, so users of this program cannot act on it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
tolerateClosedPipes();

const program = new Command('cdk-ecr-keeper')
  .description('Manages Amazon ECR repositories. Reports on a whole registry, simulates and checks lifecycle policies before ECR applies'
    + ' them, deletes or empties repositories after checking guards, checks what an import into a CDK stack would change in a kept'
    + ' repository, shows or stops an image shield, and shows or removes what stacks claim of a registry.')
  .version(version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print help for the program or a command')
  .helpCommand(false)
  .exitOverride()
  .addHelpText('after', `
Examples:
  $ cdk-ecr-keeper report --in-use
  $ cdk-ecr-keeper lint --policy policy.json
  $ cdk-ecr-keeper simulate --repository my/app --policy policy.json
  $ cdk-ecr-keeper teardown my/app --dry-run
  $ cdk-ecr-keeper adopt my/app
  $ cdk-ecr-keeper shield status --bucket my-shield
  $ cdk-ecr-keeper claims
  $ cdk-ecr-keeper teardown --help

Exit codes: 0 success; 1 problems, refusals, or unusable input; 2 invalid usage.

Six commands call AWS: report, simulate --repository (ecr:DescribeImages, and
ecr:GetLifecyclePolicy if --policy is omitted), adopt, teardown, shield, and
claims. Only teardown, shield stop, start, and release, and claims remove make
changes. The help of each command lists its IAM actions.`);
addReport(program);
addSimulate(program);
addLint(program);
addTeardown(program);
addAdopt(program);
addShield(program);
addClaims(program);
addHelp();
for (const command of withSubcommands(program)) {
  command.configureOutput({ outputError: (text, write) => write(`${toOneLine(text)}${knownNames(command, text)}\n`) });
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

/** Lists all names if the unknown name is similar to none of them. In that case, commander suggests nothing. */
function knownNames(command: Command, error: string): string {
  const [, kind] = /^error: unknown (command|option) '[^']*'\s*$/.exec(error) ?? [];
  if (kind === 'command') return `. The commands are ${command.commands.map(each => each.name()).join(', ')}`;
  if (kind === undefined) return '';
  return `. The options are ${command.createHelp().visibleOptions(command).map(({ long }) => long).join(', ')}`;
}

/** Replaces the help command of commander, which prints the full help for an unknown command. */
function addHelp(): void {
  program.command('help')
    .summary('print help for the program or a command')
    .description('Prints help for the program or a command.')
    .argument('[command...]', 'the name of a command, such as lint or shield status')
    .action(async (names: readonly string[]) => {
      let command = program;
      for (const [index, name] of names.entries()) {
        const subcommand = command.commands.find(each => each.name() === name);
        if (!subcommand && command.commands.length === 0) command.error(`error: '${command.name()}' has no commands`);
        // Reports the unknown command and suggests a similar one.
        if (!subcommand) return void await program.parseAsync(names.slice(0, index + 1), { from: 'user' });
        command = subcommand;
      }
      command.outputHelp();
    });
}

program.parseAsync().catch((error: unknown) => { process.exitCode = reportFailure(error); });
