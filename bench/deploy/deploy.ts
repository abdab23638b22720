import { join } from 'node:path';
import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { App, CliCredentialsStackSynthesizer, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { Repository, Teardown } from '../../src';
import { Cdk, CdkResult } from '../../test/e2e/cdk';
import { Emulator } from '../../test/e2e/emulator';
import { Spread, spread } from '../statistics';
import { Column, fixed, table } from '../table';

interface Row {
  readonly repositories: number;
  readonly side: string;
  readonly deploy: Spread;
  readonly destroy: Spread;
}

export interface DeployResults {
  readonly deploy: readonly Row[];
  readonly broken: readonly string[];
}

const STACK = 'Bench';
const SIZES = [1, 10];
const RUNS = 3;

const removalPolicy = RemovalPolicy.DESTROY;
const SIDES: ReadonlyArray<{ readonly side: string; readonly declare: (stack: Stack, id: string) => void }> = [
  { side: 'aws-ecr', declare: (stack, id) => new ecr.Repository(stack, id, { removalPolicy }) },
  { side: 'aws-ecr, emptyOnDelete', declare: (stack, id) => new ecr.Repository(stack, id, { removalPolicy, emptyOnDelete: true }) },
  { side: 'aws-ecr, autoDeleteImages', declare: (stack, id) => new ecr.Repository(stack, id, { removalPolicy, autoDeleteImages: true }) },
  { side: 'ours, a teardown', declare: (stack, id) => new Repository(stack, id, { teardown: Teardown.deleteWithImages() }) },
];

const seconds = ({ median, min }: Spread) => `${fixed(median, 1)} (${fixed(min, 1)})`;
const COLUMNS: ReadonlyArray<Column<Row>> = [
  { title: 'Repositories', value: row => row.repositories },
  { title: 'Side', value: row => row.side },
  { title: 'Deploy s', value: row => seconds(row.deploy) },
  { title: 'Destroy s', value: row => seconds(row.destroy) },
];

/** Measures `cdk deploy` and `cdk destroy` of a stack of empty repositories, on the emulator of the scenes. */
export async function deploy(quick: boolean, print: (text: string) => void): Promise<DeployResults> {
  if (quick) {
    print('Skipped with --quick, because it takes minutes.\n');
    return { deploy: [], broken: [] };
  }
  // Without IAM, because the emulator does not support the condition in the role of autoDeleteImages.
  const emulator = await Emulator.start({ auth: false });
  try {
    await succeed(new Cdk({ place: emulator, app: synthesize(emulator, 'bootstrap', 1, SIDES[0].declare) }).bootstrap());
    const rows = new Array<Row>();
    const broken = new Array<string>();
    for (const size of SIZES) {
      const apps = SIDES.map(({ side, declare }, at) => ({
        side,
        cdk: new Cdk({ place: emulator, app: synthesize(emulator, `side-${size}-${at}`, size, declare), pollsAsReleased: true }),
        deploys: [] as number[],
        destroys: [] as number[],
      }));
      // The sides alternate, so that other load affects all of them.
      for (let run = 0; run < RUNS; run += 1) {
        for (const { side, cdk, deploys, destroys } of apps) {
          deploys.push(await succeed(cdk.deploy(STACK)));
          destroys.push(await succeed(cdk.destroy(STACK)));
          const left = await countRepositories(emulator);
          if (left > 0) broken.push(`destroying ${size} repositories (${side}): ${left} left`);
        }
      }
      rows.push(
        ...apps.map(({ side, deploys, destroys }) => ({ repositories: size, side, deploy: spread(deploys), destroy: spread(destroys) })),
      );
    }
    print(`Median of ${RUNS} alternating runs of each side, with the fastest in parentheses. The app is synthesized before,`
      + ' and its assets are uploaded once.\n');
    print(`${table(COLUMNS, rows)}\n`);
    return { deploy: rows, broken };
  } finally {
    await emulator.stop();
  }
}

/** @returns the directory of the cloud assembly */
function synthesize(emulator: Emulator, name: string, size: number, declare: (stack: Stack, id: string) => void): string {
  const app = new App({ outdir: join(emulator.directory, name), analyticsReporting: false });
  const stack = new Stack(app, STACK, { synthesizer: new CliCredentialsStackSynthesizer() });
  for (let at = 1; at <= size; at += 1) declare(stack, `App${at}`);
  return app.synth().directory;
}

async function succeed(command: Promise<CdkResult>): Promise<number> {
  const { code, output, seconds: took } = await command;
  if (code !== 0) throw new Error(`the CDK CLI failed with exit code ${code}:\n${output}`);
  return took;
}

async function countRepositories(emulator: Emulator): Promise<number> {
  const client = new ECRClient(emulator.client());
  try {
    const { repositories = [] } = await client.send(new DescribeRepositoriesCommand({}));
    // without the repository of the bootstrap stack
    return repositories.filter(({ repositoryName = '' }) => !repositoryName.startsWith('cdk-')).length;
  } finally {
    client.destroy();
  }
}
