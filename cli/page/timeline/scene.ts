import type { Fate } from '../future';
import type { Scheme } from '../palette';
import type { Layout } from './layout';
import type { DescribedImage } from '../../../src/core/images/described-images';

/** State of the timeline. drawing.ts draws the part that is independent of the pointer, and pointer.ts draws the other part. */
export interface Scene {
  readonly layout: Layout;
  readonly images: readonly DescribedImage[];
  readonly fates: readonly Fate[];
  readonly rules: number;
  readonly scheme: Scheme;
  readonly day: number;
  readonly at: number;
  /** Returns the text above a band. It is short if there is little room. */
  label(rule: number, count: number): { readonly title: string; readonly text: string };
}
