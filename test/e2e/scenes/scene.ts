import type { Fakes } from './fakes';
import type { LocalWorld } from './local-world';
import type { World } from './world';

interface Titled {
  readonly title: string;
  /** What it ran on, where the kind of scene does not say all of it. */
  readonly ranOn?: string;
  /** Of its stacks. @default - us-east-1 */
  readonly region?: string;
}

/**
 * A scene with a world of its own: an account of the emulator under enforced IAM, one whose handler is pointed at the local fakes, or an
 * account made of the local fakes alone.
 */
export type Scene =
  | Titled & { readonly on: 'emulator'; play(world: World): Promise<void> }
  | Titled & { readonly on: 'both'; play(world: World, fakes: Fakes): Promise<void> }
  | Titled & { readonly on: 'fakes'; play(world: LocalWorld): Promise<void> };

export const onEmulator = (title: string, play: (world: World) => Promise<void>): Scene => ({ title, on: 'emulator', play });

/** What the emulator's own services cannot answer, a preview above all. */
export const onBoth = (title: string, play: (world: World, fakes: Fakes) => Promise<void>, ranOn?: string): Scene =>
  ({ title, on: 'both', play, ranOn });

/** Where the emulator differs from CloudFormation; emulator.md says how. */
export const onFakes = (title: string, play: (world: LocalWorld) => Promise<void>): Scene => ({ title, on: 'fakes', play });
