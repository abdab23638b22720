import { texts, WireError } from './scalars';
import { MAX_TAGS } from '../images/digest';

/**
 * Returns the tags that a custom resource adds to an image. Empty if the property is missing.
 *
 * @throws WireError if there are more tags than a physical id can record
 */
export function decodeTags(raw: Readonly<Record<string, unknown>>, property: string): string[] {
  const tags = texts(raw, property) ?? [];
  if (tags.length > MAX_TAGS) throw new WireError(property, `at most ${MAX_TAGS} tags`, tags.length);
  return tags;
}
