import type { Command } from 'commander';
import { addList } from './list';
import { addRemove } from './remove';

export function addClaims(program: Command): void {
  const claims = program.command('claims')
    .helpCommand(false)
    .summary('show or remove what stacks claim of a registry')
    .description('Shows what each stack claims of the replication rules and scan filters of a registry, and removes the claims of stacks'
      + ' that no longer exist.')
    // commander passes an unknown command to the default one, which would complain of too many arguments
    .hook('preSubcommand', ({ args: [name] }, subcommand) => {
      if (name !== undefined && !name.startsWith('-') && name !== subcommand.name()) claims.error(`error: unknown command '${name}'`);
    })
    .addHelpText('after', `
Examples:
  $ cdk-ecr-keeper claims
  $ cdk-ecr-keeper claims remove Shop --dry-run
  $ cdk-ecr-keeper help claims remove`);
  addList(claims);
  addRemove(claims);
}
