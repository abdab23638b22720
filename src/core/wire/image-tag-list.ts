import { texts, WireError } from './scalars';
import { MAX_TAGS } from '../images/digest';

/**
 * The tags that a custom resource gives to an image, none where the property is missing.
 *
 * @throws WireError if there are more than a physical id can remember
 */
export function decodeTags(raw: Readonly<Record<string, unknown>>, property: string): string[] {
  const tags = texts(raw, property) ?? [];
  if (tags.length > MAX_TAGS) throw new WireError(property, `at most ${MAX_TAGS} tags`, tags.length);
  return tags;
}
