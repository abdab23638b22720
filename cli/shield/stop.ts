import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Command } from 'commander';
import * as argument from './argument';
import { STOP_HELP } from './help';
import { StateBucket } from './state-bucket';
import { describeStop, readStop } from './stop-switch';
import { toOneLine } from '../../src/core/format';
import { STOP_KEY } from '../../src/core/shield/keys';
import { regionOfEnvironment } from '../ecr-client';
import { runAttended } from '../session/attended';
import { Interrupted } from '../session/interruption';
import type { Session } from '../session/session';
import { oneRegion } from '../teardown/argument';

interface Options {
  readonly bucket: string;
  readonly reason?: string;
  readonly region?: string;
}

export function addStop(shield: Command): void {
  shield.command('stop')
    .summary('stop an image shield without a deployment')
    .description('Stops an image shield. No run starts, events are ignored, and no image is tagged or released until shield start.'
      + ' Lifecycle policies continue to delete images that have no keep tag, also images that start to run in the meantime.')
    .requiredOption('--bucket <bucket>', 'the bucket with the state of the shield', argument.bucket)
    .option('--reason <text>', 'the reason, which shield status shows')
    .option('--region <region>', 'the Region of the bucket (default: AWS_REGION, AWS_DEFAULT_REGION, or the AWS profile)', oneRegion)
    .addHelpText('after', STOP_HELP)
    .action((options: Options) => runAttended(session => stop(session, options)));
}

async function stop(session: Session, { bucket: name, reason, region }: Options): Promise<number> {
  const bucket = new StateBucket(session, name, region);
  await bucket.requireShield();
  const by = await callerArn(session, region);
  const isStopped = await bucket.writeIfAbsent(STOP_KEY, `${JSON.stringify({ at: new Date().toISOString(), by, reason })}\n`);
  session.clear();
  if (isStopped) {
    process.stdout.write([
      'The shield is stopped. Until you start it:',
      '  - No run starts, and events are ignored. A run in progress stops within 15 minutes.',
      '  - The images that have a keep tag keep it.',
      '  - Images that start to run get no keep tag, and lifecycle policies can delete them.',
      `To start it: npx cdk-ecr-keeper shield start --bucket ${name}`,
      '',
    ].join('\n'));
  } else {
    const stopText = toOneLine(`The shield was already stopped${describeStop(await readStop(bucket) ?? {})}`);
    process.stdout.write(`${stopText}. Nothing was changed.\n`);
  }
  return 0;
}

/** Returns the ARN of the caller, for people. AWS STS may be unreachable, which is no reason not to stop. */
async function callerArn({ clients }: Session, region = regionOfEnvironment()): Promise<string | undefined> {
  try {
    return (await clients.sts(region).send(new GetCallerIdentityCommand({}))).Arn;
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    return undefined;
  }
}
