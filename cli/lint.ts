import { Command } from 'commander';
import { nameOf, readText } from './files';
import { paint, terminalOf } from './terminal';
import { pluralize, toOneLine } from '../src/core/format';
import { parseLifecyclePolicy } from '../src/core/lifecycle/parse';
import { lifecycleWarnings } from '../src/core/lifecycle/warnings';

interface Options {
  readonly policy?: string;
  readonly json?: true;
  readonly strict?: true;
}

export function addLint(program: Command): void {
  program.command('lint')
    .summary('find problems in a lifecycle policy')
    .description('Reports problems that make ECR reject a lifecycle policy, and warns about rules that ECR accepts but that may'
      + ' have unwanted effects. Warnings are reported only if there are no problems.')
    .option('--policy <file>', 'the lifecycle policy as JSON, or - for standard input')
    .option('--json', 'print only { problems: [text], warnings: [{ code, message }] }')
    .option('--strict', 'exit with 1 if there are warnings')
    .addHelpText('after', `
Examples:
  $ cdk-ecr-keeper lint --policy policy.json --strict
  $ aws ecr get-lifecycle-policy --repository-name my/app --query lifecyclePolicyText --output text | cdk-ecr-keeper lint --policy -

IAM actions: none. The command does not call AWS.
Exit codes: 0 no problems; 1 problems, an unreadable file, or, with --strict, warnings; 2 invalid usage.`)
    .action(lint);
}

async function lint({ policy, json, strict }: Options, command: Command): Promise<void> {
  // Not a required option: commander reports a missing required option before a misspelled one.
  if (policy === undefined) return command.error('error: --policy <file> is required');
  const { rules, problems } = parseLifecyclePolicy(await readText(policy));
  const warnings = problems.length > 0 ? [] : lifecycleWarnings(rules);
  if (json) {
    process.stdout.write(`${JSON.stringify({ problems, warnings }, null, 2)}\n`);
  } else {
    const terminal = terminalOf(process.stdout);
    const lines = [
      ...problems.map(problem => `${paint('problem:', 'red', terminal)} ${toOneLine(problem)}`),
      ...warnings.map(({ code, message }) => `${paint('warning:', 'yellow', terminal)} ${toOneLine(message)} (${code})`),
      `${nameOf(policy)}: ${countOrNo(problems.length, 'problem')}, ${countOrNo(warnings.length, 'warning')}`,
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }
  if (problems.length > 0 || (strict && warnings.length > 0)) process.exitCode = 1;
}

function countOrNo(count: number, noun: string): string {
  return count === 0 ? `no ${noun}s` : pluralize(count, noun);
}
