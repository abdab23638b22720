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

/** For features that the services of the emulator lack, such as previews. */
export const onBoth = (title: string, play: (world: World, fakes: Fakes) => Promise<void>, ranOn?: string): Scene =>
  ({ title, on: 'both', play, ranOn });

/** For behavior in which the emulator differs from CloudFormation. See emulator.md. */
export const onFakes = (title: string, play: (world: LocalWorld) => Promise<void>): Scene => ({ title, on: 'fakes', play });
