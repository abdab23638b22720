import { HOLDING_TAG_PREFIX } from '../../../src/core/images/holding-tag';
import type { Clock } from '../protocol/job';

/** The tags of one image. ECR has no conditional deletion: the image is deleted with its last tag. */
export interface ImageTagStore {
  /** Returns no tags if the image does not exist. */
  read(): Promise<readonly string[]>;
  /** Returns false, and says why in the log, if the image cannot take another tag. */
  put(tag: string): Promise<boolean>;
  remove(tags: readonly string[]): Promise<void>;
}

export interface TagRemoval {
  readonly clock: Clock;
  /** Hash of the resource whose tags are removed. */
  readonly resource: string;
  /** Hash of the request, followed by a value that is different for each function that was started for the request. */
  readonly request: string;
  readonly mayDeleteImage: boolean;
  isOwn(tag: string): boolean;
  log(line: string): void;
}

/** In milliseconds. */
export interface Timing {
  /** Time between two readings. */
  readonly pause: number;
  /** Longest time to wait for other deletions. */
  readonly patience: number;
  /** Longest run time of a function, with a margin. A holding tag that is older has no effect. */
  readonly life: number;
}

export const TIMING: Timing = { pause: 2_000, patience: 300_000, life: 930_000 };

/** Contains the resource and the request, so that a request recognizes the holding tags of earlier requests for the same resource. */
function holdingTag({ clock, resource, request }: TagRemoval): string {
  return [HOLDING_TAG_PREFIX + resource, clock.now().toString(36), request].join('-');
}

/**
 * Removes the tags of one resource from an image, while other deletions may remove other tags from the same image.
 *
 * Each deletion first puts a holding tag on the image, and removes its own tags only while that tag exists. After its last removal, it
 * reads the tags again. It removes its holding tag only if this reading has a tag that is not a holding tag. If another deletion removes
 * that tag, the other deletion has a holding tag, and its own reading is later. The last deletion therefore always finds a tag that
 * remains. The image is never deleted, whatever the order of the calls, the pauses between them, and the functions that end early.
 * A deletion that sees the holding tag of another one waits, so that the tag that remains in the end is not a holding tag.
 */
export async function removeTags(image: ImageTagStore, removal: TagRemoval, { pause, patience, life }: Timing = TIMING): Promise<void> {
  const { clock, log, mayDeleteImage } = removal;
  const end = clock.now() + patience;
  let hold: string | undefined;
  let isRemoved = false;
  for (;;) {
    const tags = await image.read();
    const holds = tags.filter(isHold);
    const own = tags.filter(tag => !isHold(tag) && removal.isOwn(tag));
    const others = tags.filter(tag => !isHold(tag) && !own.includes(tag));
    const spent = holds.filter(tag => tag === hold || isLeftOver(tag, removal));
    const rivals = holds.filter(tag => !spent.includes(tag) && startOf(tag) + life > clock.now());
    const count = own.length + others.length;
    if (isRemoved || own.length === 0 || (count === 1 && !mayDeleteImage)) {
      if (count < 2) log(`'${[...own, ...others, ...holds].join()}' is the last tag of the image and is not removed`);
      return count > 0 && spent.length > 0 ? image.remove(spent) : undefined;
    }
    if (rivals.length > 0) {
      const isTimeUp = clock.now() >= end;
      if (spent.length > 0 && (isTimeUp || rivals.some(rival => rival > (hold ?? '')))) {
        await image.remove(spent); // the image has a tag of this resource
        hold = undefined;
      }
      if (isTimeUp) return log(`${own.join()} are not removed, because other deletions hold the image: ${rivals.join()}`);
      await clock.sleep(pause);
    } else if (mayDeleteImage && others.length === 0) {
      if (spent.length > 0) await image.remove(spent);
      return image.remove(own);
    } else if (hold === undefined) {
      const tag = holdingTag(removal);
      if (!await image.put(tag)) return;
      hold = tag;
    } else {
      isRemoved = true;
      await image.remove(others.length > 0 ? own : own.slice(1));
    }
  }
}

const isHold = (tag: string) => tag.startsWith(HOLDING_TAG_PREFIX);

/** CloudFormation sends the next request for a resource only after the function of the last one has responded or has ended. */
function isLeftOver(tag: string, { resource, request }: TagRemoval): boolean {
  return tag.startsWith(`${HOLDING_TAG_PREFIX}${resource}-`) && !tag.includes(request.slice(0, 8));
}

function startOf(tag: string): number {
  return parseInt(tag.slice(HOLDING_TAG_PREFIX.length).split('-')[1], 36);
}
