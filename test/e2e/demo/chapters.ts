import { adoptedAgain, destroyAdopted, keptByRename } from './adopted';
import { Bed, CommandLine } from './bed';
import { deployElsewhere, destroyElsewhere, pushElsewhere } from './elsewhere';
import type { GuardBed } from './guard-bed';
import { destroyShield, shieldImage } from './image-shield';
import { deployOnImported, destroyOnImported } from './imported-repository';
import { Inventory } from './inventory';
import { correctedPolicy, refusedPolicy } from './lifecycle-guard';
import { destroyGuarded, guardedImport } from './lifecycle-guard-imported';
import { deployOnLocalEcr, destroyOnLocalEcr } from './on-local-ecr';
import { appCommand, Deployed, deploy, destroyed, lift, populate, push, refusedDestroy } from './quickstart';
import { rolePermissions } from './role-permissions';
import type { Done, Steps } from './steps';
import { destroyInTurn, grantTwice } from './two-stacks';
import { withoutTeardown } from './without-teardown';

/** Steps that depend on each other, but on no other chapter. */
export interface Chapter {
  readonly title: string;
  /** Why the chapter runs only on the emulator. @default - it also runs on AWS */
  readonly notOnAws?: string;
  /** @param bootstrapped the step that bootstrapped the account */
  play(steps: Steps, bed: Bed, bootstrapped: Done<void>): Promise<void>;
}

/** The stack of the example, deployed with images. */
export interface Quickstart {
  readonly cdk: CommandLine;
  readonly before: Done<Inventory>;
  readonly deployed: Done<Deployed>;
  readonly pushed: Done<Awaited<ReturnType<typeof push>>>;
}

export async function deployQuickstart(steps: Steps, bed: Bed, bootstrapped: Done<void>): Promise<Quickstart> {
  const cdk = new CommandLine(bed, appCommand());
  const before = await steps.run('Create existing resources of other owners', [bootstrapped], step => populate(step, bed));
  const deployed = await steps.run('Deploy examples/quickstart/app.ts', [before], (step, inventory) => deploy(step, bed, cdk, inventory));
  const pushed = await steps.run('Push images', [deployed], step => push(step, bed));
  await steps.run('Test what the role of the function may do', [deployed, pushed],
    (step, { role }) => rolePermissions(step, bed, role), 'the role trusts only Lambda, and no user of AWS can assume it');
  return { cdk, before, deployed, pushed };
}

async function destroyQuickstart(steps: Steps, bed: Bed, { cdk, before, deployed, pushed }: Quickstart): Promise<void> {
  const refused = await steps.run('Destroy the stack: refused by maxImages', [deployed, pushed],
    (step, { stackId }, { app }) => refusedDestroy(step, bed, cdk, stackId, app));
  const lifted = await steps.run('Lift the refusal', [refused], (step, reason) => lift(step, bed, reason));
  await steps.run('Destroy the stack again', [before, deployed, lifted],
    (step, inventory, { stackId }) => destroyed(step, bed, cdk, stackId, inventory));
}

const LOCAL = 'its functions call a local fake';
const ACCOUNTS = 'its policies name accounts that may not exist, which ECR rejects';

/** The demo after the account was bootstrapped. The first chapter expects an account without other resources. */
export const CHAPTERS: readonly Chapter[] = [
  {
    title: 'quickstart',
    play: async (steps, bed, bootstrapped) => destroyQuickstart(steps, bed, await deployQuickstart(steps, bed, bootstrapped)),
  },
  {
    title: 'without a teardown',
    play: async (steps, bed, bootstrapped) => {
      await steps.run('For comparison: a repository without a teardown', [bootstrapped], step => withoutTeardown(step, bed));
    },
  },
  {
    title: 'adoption',
    play: async (steps, bed, bootstrapped) => {
      const kept = await steps.run('Rename a repository: the old one is kept', [bootstrapped], step => keptByRename(step, bed));
      const adopted = await steps.run('Adopt the kept repository', [kept], (step, content) => adoptedAgain(step, bed, content));
      await steps.run('Destroy the stack with the adopted repository', [adopted], step => destroyAdopted(step, bed));
    },
  },
  {
    title: 'policies',
    notOnAws: ACCOUNTS,
    play: async (steps, bed, bootstrapped) => {
      const onImported = await steps.run('Add policies to an imported repository', [bootstrapped], step => deployOnImported(step, bed));
      await steps.run('Destroy the stack with these policies', [onImported], (step, imported) => destroyOnImported(step, bed, imported));
    },
  },
  {
    title: 'grants',
    notOnAws: ACCOUNTS,
    play: async (steps, bed, bootstrapped) => {
      const granted = await steps.run('Grant access to one repository from two stacks', [bootstrapped], step => grantTwice(step, bed));
      await steps.run('Destroy the two stacks, one after the other', [granted], (step, grants) => destroyInTurn(step, bed, grants));
    },
  },
  {
    title: 'large repositories',
    notOnAws: LOCAL,
    play: (steps, bed, bootstrapped) => closing(async opened => {
      const onLocalEcr = await steps.run('Deploy teardowns for large repositories', [bootstrapped],
        step => deployOnLocalEcr(step, bed, ecr => opened(() => ecr.stop())));
      await steps.run('Destroy the large repositories', [onLocalEcr], (step, deployment) => destroyOnLocalEcr(step, bed, deployment));
    }),
  },
  {
    title: 'other registries',
    notOnAws: LOCAL,
    play: (steps, bed, bootstrapped) => closing(async opened => {
      const elsewhere = await steps.run('Deploy to another Region and to ECR Public', [bootstrapped],
        step => deployElsewhere(step, bed, ecrPublic => opened(() => ecrPublic.stop())));
      const stocked = await steps.run('Push images to both repositories', [elsewhere],
        (step, deployment) => pushElsewhere(step, bed, deployment));
      await steps.run('Destroy both repositories', [elsewhere, stocked], (step, deployment) => destroyElsewhere(step, bed, deployment));
    }),
  },
  {
    title: 'lifecycle guard',
    notOnAws: LOCAL,
    play: (steps, bed, bootstrapped) => closing(async opened => {
      const guarded = await steps.run('Deploy a lifecycle policy that its guard refuses', [bootstrapped],
        step => refusedPolicy(step, bed, (guard: GuardBed) => opened(() => guard.ecr.stop())));
      const corrected = await steps.run('Deploy the corrected lifecycle policy', [guarded], correctedPolicy);
      const imported = await steps.run('Guard the policy of an imported repository', [guarded, corrected],
        (step, { guard }, state) => guardedImport(step, guard, state));
      await steps.run('Destroy the two guarded stacks', [guarded, imported],
        (step, { guard }, digests) => destroyGuarded(step, guard, digests));
    }),
  },
  {
    title: 'image shield',
    notOnAws: LOCAL,
    play: (steps, bed, bootstrapped) => closing(async opened => {
      const shielded = await steps.run('Keep the image that runs with an image shield', [bootstrapped],
        step => shieldImage(step, bed, opened));
      await steps.run('Destroy the stack of the shield', [shielded], (step, commandLine) => destroyShield(step, bed, commandLine));
    }),
  },
];

/** Stops what a chapter has opened, at its end. */
async function closing(play: (opened: (stop: () => Promise<void>) => void) => Promise<void>): Promise<void> {
  let stop = async (): Promise<void> => {};
  try {
    await play(each => { stop = each; });
  } finally {
    await stop();
  }
}
