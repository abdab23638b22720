import type { Fate } from '../future';
import type { Scheme } from '../palette';
import type { Layout } from './layout';
import type { DescribedImage } from '../../../src/core/images/described-images';

/** What the timeline shows: drawing.ts draws what stays while the pointer moves, pointer.ts what follows it. */
export interface Scene {
  readonly layout: Layout;
  readonly images: readonly DescribedImage[];
  readonly fates: readonly Fate[];
  readonly rules: number;
  readonly scheme: Scheme;
  readonly day: number;
  readonly at: number;
  /** What stands above a band: short where there is no room. */
  label(rule: number, count: number): { readonly title: string; readonly text: string };
}
