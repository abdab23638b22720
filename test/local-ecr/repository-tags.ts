/** The tags of a request. Behavior and sources: README.md. */
import { AwsError } from './aws-error';

export interface RepositoryTag {
  readonly Key?: unknown;
  readonly Value?: unknown;
}

const MAX_TAGS = 50;

/** Returns the new tags of a repository. @throws if they are invalid */
export function checkTags(tags: readonly RepositoryTag[], existing: ReadonlyMap<string, string>): Map<string, string> {
  const given = new Set<string>();
  const merged = new Map(existing);
  for (const { Key: key, Value: value } of tags) {
    if (typeof key !== 'string' || key.length < 1 || key.length > 128) {
      throw invalidTag('Tag keys must have a length of 1 to 128 characters.');
    }
    if (typeof value !== 'string' || value.length > 256) throw invalidTag('Tag values can have a maximum length of 256 characters.');
    if (![key, value].every(text => /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(text))) {
      throw invalidTag(`Tag ${key} contains invalid characters.`);
    }
    refuseSystemKey(key);
    if (given.has(key)) throw invalidTag(`Duplicate tag key ${key}.`);
    given.add(key);
    merged.set(key, value);
  }
  // Tags that AWS sets do not count (AWS general reference, "Tag naming limits").
  if ([...merged.keys()].filter(key => !isSystemKey(key)).length > MAX_TAGS) {
    throw new AwsError('TooManyTagsException', 'The list of tags on the repository is over the limit. The maximum number of tags that can'
      + ` be applied to a repository is ${MAX_TAGS}.`);
  }
  return merged;
}

export function refuseSystemKey(key: string): void {
  if (isSystemKey(key)) throw invalidTag(`Tag keys starting with "aws:" are reserved for internal use: ${key}`);
}

function isSystemKey(key: string): boolean {
  return key.toLowerCase().startsWith('aws:');
}

function invalidTag(sentence: string): AwsError {
  return new AwsError('InvalidTagParameterException', sentence);
}
