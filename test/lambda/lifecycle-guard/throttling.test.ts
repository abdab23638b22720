import type { Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { checkUses, digests, startWithImages, uri } from './use-scene';
import { ImageUse } from '../../../src';
import type { LocalService } from '../../local-ecr/local-service';
import { account } from '../handler-scene';
import { THROTTLINGS } from '../throttlings';

startWithImages();

interface Protocol {
  readonly name: string;
  readonly operation: string;
  service(): LocalService;
  /** Lets a workload use an image. */
  prepare(): void;
  source(stack: Stack): ImageUse;
}

const PROTOCOLS: readonly Protocol[] = [
  {
    name: 'JSON',
    operation: 'DescribeTasks',
    service: () => account.ecs,
    prepare: () => {
      const taskDefinition = account.ecs.taskDefinition('web', { containers: [uri(`@${digests[0]}`)] });
      account.ecs.cluster().task({ taskDefinition, containers: [{ image: uri(`@${digests[0]}`), imageDigest: digests[0] }] });
    },
    source: () => ImageUse.ecs(),
  },
  {
    name: 'REST with JSON',
    operation: 'GetFunction',
    service: () => account.lambda,
    prepare: () => { account.lambda.function('app', { imageUri: uri(`@${digests[0]}`) }); },
    source: () => ImageUse.lambdaFunctions(),
  },
  {
    name: 'REST with XML',
    operation: 'GetObject',
    service: () => account.s3,
    prepare: () => {
      account.s3.bucket('uses');
      account.s3.seed('uses', 'a.jsonl', `${JSON.stringify({ image: uri(`@${digests[0]}`) })}\n`);
    },
    source: stack => ImageUse.listed(s3.Bucket.fromBucketName(stack, 'Uses', 'uses'), '*.jsonl'),
  },
];

const COMBINATIONS = PROTOCOLS.flatMap(protocol =>
  THROTTLINGS.map(({ name, throttling }) => [protocol.name, name, { ...protocol, throttling }] as const));

test.each(COMBINATIONS)(
  'a call of %s is repeated after %s', async (_protocol, _name, { operation, service, prepare, source, throttling }) => {
    prepare();
    service().throttling = throttling;
    service().faults.add({ kind: 'throttle', operation, times: 5 });
    expect(await checkUses(source)).toMatch(/images in use: 1 image/);
    expect(service().faults.pending).toEqual([]);
  },
);
