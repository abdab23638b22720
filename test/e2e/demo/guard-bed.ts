import { deepStrictEqual } from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnOutput, CliCredentialsStackSynthesizer, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Bed, CommandLine } from './bed';
import { Inventory, takeInventory } from './inventory';
import { Step } from './steps';
import { LifecycleGuard, LifecyclePolicy, Repository, RepositoryLifecycle } from '../../../src';
import type { CdkResult } from '../cdk';
import { FunctionRole, learnPolicy, pointFunctions } from '../local-endpoints';
import { MirroredEcr } from '../mirrored-ecr';

export const STACK = 'Guarded';
export const APP = 'demo/guarded';
export const IMPORTING_STACK = 'GuardedImport';
export const THEIRS = 'demo/guarded-by-others';
export const MAX_IMAGES = 2;

/** One version of the app: the lifecycle policy that each of its two stacks declares. */
export interface LifecycleState {
  readonly owned: LifecyclePolicy;
  readonly imported: LifecyclePolicy;
}

/** Two guarded repositories, one declared and one imported, and the local-ecr that both functions call. */
export class GuardBed {
  static async open(bed: Bed): Promise<GuardBed> {
    const role = new FunctionRole();
    return new GuardBed(bed, role, await MirroredEcr.start(bed.emulator, role), await takeInventory(bed));
  }

  private latest?: CommandLine;

  private constructor(readonly bed: Bed, private readonly role: FunctionRole, readonly ecr: MirroredEcr, readonly before: Inventory) {}

  /** Deploys one stack of this version of the app and returns the result, failed or not. */
  async deploy(step: Step, stack: string, state: LifecycleState): Promise<CdkResult> {
    const assembly = this.synthesise(state);
    this.latest = new CommandLine(this.bed, assembly.directory);
    let ended = false;
    const [result] = await Promise.all([
      this.latest.run(step, 'deploy', stack, '--method=direct').finally(() => { ended = true; }),
      learnPolicy(this.bed.stacks, stack, this.role, assembly.getStackByName(stack).template, () => ended),
    ]);
    return result;
  }

  /** Destroys both stacks of the version that was deployed last. */
  destroy(step: Step): Promise<CdkResult> {
    return this.latest!.run(step, 'destroy', STACK, IMPORTING_STACK);
  }

  /** Checks and prints the findings of the guard, which the app declares as outputs of the stack. */
  async showOutputs(step: Step, stack: string, expected: Readonly<Record<string, string>>): Promise<void> {
    const { Outputs = [] } = (await this.bed.stacks.describe(stack))!;
    const found = Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!]));
    const shown = Object.entries(found).map(([key, value]) => `${key} = ${value}`).join(', ');
    await step.check(`the outputs of the stack show the findings of the guard: ${shown}`, () => deepStrictEqual(found, expected));
  }

  private synthesise({ owned, imported }: LifecycleState) {
    const app = new App({ outdir: mkdtempSync(join(this.bed.emulator.directory, 'guarded-')) });
    const stack = (id: string) => new Stack(app, id, { synthesizer: new CliCredentialsStackSynthesizer() });
    const guard = LifecycleGuard.refuse({ maxImages: MAX_IMAGES, protectedTags: ['release-*'] });
    outputs(new Repository(stack(STACK), 'App', {
      repositoryName: APP, lifecycle: owned, lifecycleGuard: guard, removalPolicy: RemovalPolicy.DESTROY, emptyOnDelete: true,
    }));
    const importing = stack(IMPORTING_STACK);
    const repository = Repository.fromRepositoryName(importing, 'Theirs', THEIRS);
    outputs(new RepositoryLifecycle(importing, 'Lifecycle', { repository, lifecycle: imported, lifecycleGuard: guard }));
    pointFunctions(app, { ECR: this.ecr.endpoint });
    return app.synth();
  }
}

function outputs(guarded: Repository | RepositoryLifecycle): void {
  new CfnOutput(Stack.of(guarded), 'ExpiringImageCount', { value: String(guarded.expiringImageCount) });
  new CfnOutput(Stack.of(guarded), 'Findings', { value: `<${guarded.lifecycleFindings}>` });
}
