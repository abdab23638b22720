/** Runs an app with many repositories in a separate process, and prints the times to load, construct, and synthesize it. */
import { createRequire } from 'node:module';

export interface Plan {
  readonly side: 'ours' | 'plain' | 'ours-teardown' | 'auto-delete';
  readonly stacks: number;
  readonly repositoriesPerStack: number;
  readonly outdir: string;
  /** Whether the modules are loaded before, by an app with one repository. */
  readonly isWarm: boolean;
}

export interface Durations {
  /** Time until the first repository of the app. */
  readonly load: number;
  readonly construct: number;
  readonly synth: number;
}

const start = performance.now();
const load = createRequire(__filename);
const { App, RemovalPolicy, Stack } = load('aws-cdk-lib') as typeof import('aws-cdk-lib');
const ecr = load('aws-cdk-lib/aws-ecr') as typeof import('aws-cdk-lib/aws-ecr');
const plan = JSON.parse(process.argv[2]) as Plan;

type Declare = (stack: InstanceType<typeof Stack>, id: string) => unknown;

function declareOurs(): Declare {
  const { Repository, Teardown } = load('../lib') as typeof import('../../src');
  return plan.side === 'ours'
    ? (stack, id) => new Repository(stack, id)
    : (stack, id) => new Repository(stack, id, { teardown: Teardown.deleteWithImages({ maxImages: 100 }) });
}

function declarePlain(): Declare {
  const native = { imageScanOnPush: true, imageTagMutability: ecr.TagMutability.IMMUTABLE };
  const props = plan.side === 'plain' ? native : { ...native, removalPolicy: RemovalPolicy.DESTROY, autoDeleteImages: true };
  return (stack, id) => new ecr.Repository(stack, id, props);
}

const declare = plan.side.startsWith('ours') ? declareOurs() : declarePlain();
// aws-cdk-lib and the library load their modules on first use
if (plan.isWarm) declareMany(1, 1, `${plan.outdir}-warm-up`).synth();
const loaded = performance.now();
const measured = declareMany(plan.stacks, plan.repositoriesPerStack, plan.outdir);
const constructed = performance.now();
measured.synth();
const end = performance.now();
const durations: Durations = { load: (loaded - start) / 1000, construct: (constructed - loaded) / 1000, synth: (end - constructed) / 1000 };
process.stdout.write(JSON.stringify(durations));

function declareMany(stacks: number, repositoriesPerStack: number, outdir: string): InstanceType<typeof App> {
  const app = new App({ outdir, analyticsReporting: false });
  for (let at = 1; at <= stacks; at += 1) {
    const stack = new Stack(app, `Stack${at}`);
    for (let nth = 1; nth <= repositoriesPerStack; nth += 1) declare(stack, `App${nth}`);
  }
  return app;
}
