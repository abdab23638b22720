import type { Fakes } from './fakes';
import type { LocalWorld } from './local-world';
import type { World } from './world';

interface Titled {
  readonly title: string;
  /** The services that the scene uses, if `on` does not describe them completely. */
  readonly ranOn?: string;
  /** Region of its stacks. @default - us-east-1 */
  readonly region?: string;
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

/** For features that the services of the emulator lack, such as previews. */
export const onBoth = (title: string, play: (world: World, fakes: Fakes) => Promise<void>, ranOn?: string): Scene =>
  ({ title, on: 'both', play, ranOn });

/** For behavior in which the emulator differs from CloudFormation. See emulator.md. */
export const onFakes = (title: string, play: (world: LocalWorld) => Promise<void>): Scene => ({ title, on: 'fakes', play });
