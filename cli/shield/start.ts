import type { Command } from 'commander';
import * as argument from './argument';
import { START_HELP } from './help';
import { StateBucket } from './state-bucket';
import { describeStop, readStop } from './stop-switch';
import { toOneLine } from '../../src/core/format';
import { STOP_KEY } from '../../src/core/shield/keys';
import { runAttended } from '../session/attended';
import type { Session } from '../session/session';
import { oneRegion } from '../teardown/argument';

interface Options {
  readonly bucket: string;
  readonly region?: string;
}

export function addStart(shield: Command): void {
  shield.command('start')
    .summary('start an image shield that was stopped')
    .description('Starts an image shield that shield stop has stopped. Events protect images again immediately, and the next run protects'
      + ' the images that started in the meantime.')
    .requiredOption('--bucket <bucket>', 'the bucket with the state of the shield', argument.bucket)
    .option('--region <region>', 'the Region of the bucket (default: AWS_REGION, AWS_DEFAULT_REGION, or the AWS profile)', oneRegion)
    .addHelpText('after', START_HELP)
    .action((options: Options) => runAttended(session => start(session, options)));
}

async function start(session: Session, { bucket: name, region }: Options): Promise<number> {
  const bucket = new StateBucket(session, name, region);
  await bucket.requireShield();
  const stop = await readStop(bucket);
  if (stop) await bucket.remove(STOP_KEY);
  session.clear();
  process.stdout.write(stop === undefined ? 'The shield was not stopped. Nothing was changed.\n' : [
    'The shield is started.',
    toOneLine(`It was stopped${describeStop(stop)}.`),
    'Events protect images again. Images that started in the meantime get their keep tags in the next run. To protect them now, start an'
      + ' execution of the state machine of the shield.',
    '',
  ].join('\n'));
  return 0;
}
