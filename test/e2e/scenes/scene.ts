import type { Fakes } from './fakes';
import type { LocalWorld } from './local-world';
import type { World } from './world';
import type { AssumptionId } from '../../probes/probes';

interface Titled {
  readonly title: string;
  /** The services that the scene uses, if `on` does not describe them completely. */
  readonly ranOn?: string;
  /** Region of its stacks. @default - us-east-1 */
  readonly region?: string;
  /** Assumptions about AWS that are wrong in the scene. @default - none */
  readonly readings?: readonly AssumptionId[];
  /** Why a scene on the emulator cannot run on AWS. @default - it can */
  readonly notOnAws?: string;
}

/**
 * A scene with its own account: an account of the emulator with enforced IAM, such an account whose handler uses the local fakes, or an
 * account of local fakes only.
 */
export type Scene =
  | Titled & { readonly on: 'emulator'; play(world: World): Promise<void> }
  | Titled & { readonly on: 'both'; play(world: World, fakes: Fakes): Promise<void> }
  | Titled & { readonly on: 'fakes'; play(world: LocalWorld): Promise<void> };

export const onEmulator = (title: string, play: (world: World) => Promise<void>): Scene => ({ title, on: 'emulator', play });

/** For the other reading of assumptions about AWS, and for both if one list is empty. */
export const onOtherEmulator = (readings: readonly AssumptionId[], title: string, play: (world: World) => Promise<void>): Scene =>
  ({ title: readings.length === 0 ? title : `${title} (${readings.join(', ')})`, on: 'emulator', play, readings });

/** For scenes that need what one account of AWS does not have, or what differs there. */
export const onlyOnEmulator = (notOnAws: string, title: string, play: (world: World) => Promise<void>): Scene =>
  ({ ...onEmulator(title, play), notOnAws });

/** Gives several scenes the same reason. */
export const withoutAws = (notOnAws: string, scenes: readonly Scene[]): Scene[] => scenes.map(scene => ({ ...scene, notOnAws }));

/** Returns why a scene cannot run on AWS, or undefined if it can. */
export function whyNotOnAws(scene: Scene): string | undefined {
  if (scene.on === 'fakes') return 'runs on the fakes, because the emulator differs from CloudFormation';
  if (scene.on === 'both') return 'its functions call a local fake';
  if (scene.readings) return 'assumes what AWS may not do';
  return scene.notOnAws;
}

/** For features that the services of the emulator lack, such as previews. */
export const onBoth = (title: string, play: (world: World, fakes: Fakes) => Promise<void>, ranOn?: string): Scene =>
  ({ title, on: 'both', play, ranOn });

/** The emulator creates resources one after the other, in the order of the template. */
export const IN_ORDER = 'pushes at a moment that it derives from the order in which the emulator creates resources';
/** ECR rejects a policy with "Principal not found": https://github.com/hashicorp/terraform-provider-aws/issues/39064 */
export const OTHER_ACCOUNTS = 'its policies name accounts that may not exist, which ECR rejects';

/** For behavior in which the emulator differs from CloudFormation. See emulator.md. */
export const onFakes = (title: string, play: (world: LocalWorld) => Promise<void>): Scene => ({ title, on: 'fakes', play });
