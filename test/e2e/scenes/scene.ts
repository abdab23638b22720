import type { LocalWorld } from './local-world';
import type { World } from './world';

interface Titled {
  readonly title: string;
}

/** A scene with a world of its own: an account of the emulator under enforced IAM, or an account made of the local fakes. */
export type Scene =
  | Titled & { readonly on: 'emulator'; play(world: World): Promise<void> }
  | Titled & { readonly on: 'fakes'; play(world: LocalWorld): Promise<void> };

export const onEmulator = (title: string, play: (world: World) => Promise<void>): Scene => ({ title, on: 'emulator', play });

/** Where the emulator differs from CloudFormation; emulator.md says how. */
export const onFakes = (title: string, play: (world: LocalWorld) => Promise<void>): Scene => ({ title, on: 'fakes', play });
