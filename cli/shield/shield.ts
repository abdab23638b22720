import type { Command } from 'commander';
import { addRelease } from './release/release';
import { addStart } from './start';
import { addStatus } from './status/status';
import { addStop } from './stop';

export function addShield(program: Command): void {
  const shield = program.command('shield')
    .helpCommand(false)
    .summary('show, stop, start, or release what an image shield protects')
    .description('Shows what an image shield protects, stops and starts it, and releases the images of a shield that was deleted.')
    .addHelpText('after', `
Examples:
  $ cdk-ecr-keeper shield status --bucket my-shield
  $ cdk-ecr-keeper shield stop --bucket my-shield --reason 'audit of the registry'
  $ cdk-ecr-keeper help shield release`);
  addStatus(shield);
  addStop(shield);
  addStart(shield);
  addRelease(shield);
}
