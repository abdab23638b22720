import { CHAPTERS, Chapter } from '../demo/chapters';
import { SCENES } from '../scenes/all';
import { Scene, whyNotOnAws } from '../scenes/scene';

/** A scene, or a chapter of the demo. */
export interface Item {
  readonly title: string;
  readonly scene?: Scene;
  readonly chapter?: Chapter;
  /** Why it runs only on the emulator. @default - it also runs on AWS */
  readonly notOnAws?: string;
}

/** The longest items come first, beside which the others run. */
export const ITEMS: readonly Item[] = [
  ...SCENES.slice(0, 1).map(sceneItem),
  ...CHAPTERS.map(chapter => ({ title: `demo, ${chapter.title}`, chapter, notOnAws: chapter.notOnAws })),
  ...SCENES.slice(1).map(sceneItem),
];

/** @throws if nothing starts with one of the texts */
export function chosen(only: readonly string[] | undefined): readonly Item[] {
  if (only === undefined) return ITEMS;
  const unknown = only.filter(text => !ITEMS.some(({ title }) => title.startsWith(text)));
  if (unknown.length > 0) throw new Error(`no scene or chapter starts with: ${unknown.join(', ')}`);
  return ITEMS.filter(({ title }) => only.some(text => title.startsWith(text)));
}

function sceneItem(scene: Scene): Item {
  return { title: scene.title, scene, notOnAws: whyNotOnAws(scene) };
}
