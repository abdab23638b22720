import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Command } from 'commander';
import { Interrupted, Interruption } from '../cli/session/interruption';
import { canAsk, isConfirmed } from '../cli/teardown/confirmation';

/** Account and Region of AWS that a program works in. */
export interface AwsSession {
  readonly account: string;
  readonly region: string;
}

/** Options of every program that can work in an account of AWS. */
export interface SessionOptions {
  readonly aws?: boolean;
  readonly region?: string;
  readonly profile?: string;
  readonly account?: string;
}

/** Returns a command with these options. */
export function awsCommand(name: string, description: string, aws: string): Command {
  return new Command(name).description(description)
    .option('--aws', aws)
    .option('--region <region>', 'Region of AWS (default: AWS_REGION or AWS_DEFAULT_REGION)')
    .option('--profile <name>', 'AWS profile')
    .option('--account <id>', 'confirms the account without a question');
}

/** Parses the arguments and runs the program. */
export function runCommand<O extends SessionOptions>(program: Command, main: (options: O) => Promise<void> | void): void {
  program.parse();
  const options = program.opts<O>();
  if (options.profile !== undefined) process.env.AWS_PROFILE = options.profile;
  Promise.resolve().then(() => main(options)).catch((error: unknown) => {
    process.stderr.write(`error: ${error instanceof Interrupted ? 'interrupted' : (error as Error).message}\n`);
    process.exitCode = error instanceof Interrupted ? 130 : 1;
  });
}

/** @throws if the Region or the credentials are missing */
export async function identify({ region: specified }: SessionOptions): Promise<AwsSession> {
  const region = specified || process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION;
  if (!region) throw new Error('the Region is missing. Specify --region, or set AWS_REGION');
  const { Account: account = '' } = await new STSClient({ region }).send(new GetCallerIdentityCommand({}));
  return { account, region };
}

/** @throws unless the user confirms the account */
export async function confirm(
  text: string, { account }: AwsSession, { account: confirmed }: SessionOptions, interruption: Interruption,
): Promise<void> {
  process.stderr.write(`${text}\n`);
  if (confirmed === account) return;
  if (confirmed !== undefined || !canAsk()) throw new Error(`not confirmed. To run without a terminal, specify --account ${account}`);
  if (!await isConfirmed('Type the account ID to continue: ', account, interruption.signal)) {
    throw new Error('not confirmed. Nothing was created');
  }
}
