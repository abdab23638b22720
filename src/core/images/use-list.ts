import { parseImageReference } from './image-reference';
import { matches, MAX_WILDCARDS, tagPattern } from './tag-pattern';
import { isJsonObject, parseJson } from '../json';

/**
 * Files that list the images that other programs run: JSON Lines, one image on each line, as in
 * `{"image":"<registry>/<repository>:<tag>@<digest>","usedBy":"cluster/namespace/pod"}`. Unknown fields and blank lines are ignored.
 */
export interface ListedImage {
  /** Image as `docker pull` takes it, of any registry. */
  readonly image: string;
  /** Name of the workload in messages. */
  readonly usedBy?: string;
}

/** Maximum length of a line, in bytes. */
export const MAX_LINE_BYTES = 4_096;
/** Maximum size of a file, in bytes. */
export const MAX_FILE_BYTES = 64 * 1_024 * 1_024;
/** Maximum number of files of one source. */
export const MAX_FILES = 1_000;
/** Age in seconds from which a file is too old, unless the source says otherwise. */
export const DEFAULT_MAX_AGE = 86_400;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1_024;
const MAX_USER_LENGTH = 256;

/** Kubernetes adds it to the image ID of containers that Docker runs. */
const DOCKER_PREFIX = /^docker-pullable:\/\//;

/**
 * Parses one line.
 *
 * @param place file and line, such as `s3://bucket/in-use/a.jsonl, line 3`
 * @returns undefined for a blank line; a text that says what is wrong
 */
export function parseUseLine(line: string, place: string): ListedImage | string | undefined {
  if (line.trim() === '') return undefined;
  const value = parseJson(line);
  if (!isJsonObject(value)) return `${place}: the line must be a JSON object such as {"image":"…"}, got: ${shown(line)}`;
  const { image, usedBy } = value;
  const name = typeof image === 'string' ? image.replace(DOCKER_PREFIX, '') : '';
  if (!parseImageReference(name)) {
    return `${place}: 'image' must be an image such as <registry>/<repository>:<tag> or <registry>/<repository>@<digest>,`
      + ` got: ${shown(image)}`;
  }
  if (usedBy === undefined || usedBy === null) return { image: name };
  if (typeof usedBy !== 'string' || usedBy === '' || usedBy.length > MAX_USER_LENGTH) {
    return `${place}: 'usedBy' must be a string of 1 to ${MAX_USER_LENGTH} characters, got: ${shown(usedBy)}`;
  }
  return { image: name, usedBy };
}

/** Returns what is wrong with a pattern of keys, or undefined. */
export function keyPatternProblem(pattern: string): string | undefined {
  if (pattern === '') return 'must not be empty';
  if (utf8Length(pattern) > MAX_KEY_BYTES) return `must have at most ${MAX_KEY_BYTES} bytes`;
  return pattern.split('*').length > MAX_WILDCARDS + 1 ? `must have at most ${MAX_WILDCARDS} wildcards (*)` : undefined;
}

/** Returns the beginning of all keys that a pattern can match. */
export function keyPrefixOf(pattern: string): string {
  return pattern.split('*')[0];
}

/** Returns the function that checks whether a key matches the pattern. */
export function keyMatcher(pattern: string): (key: string) => boolean {
  const compiled = tagPattern(pattern);
  return key => matches(compiled, key);
}

/** Length in UTF-8, without Node.js. */
function utf8Length(text: string): number {
  return [...text].reduce((length, character) => {
    const code = character.codePointAt(0)!;
    return length + (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
  }, 0);
}

const LONGEST = 100;

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
