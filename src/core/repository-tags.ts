export type Tags = Readonly<Record<string, string>>;

/**
 * Maximum number of tags of a private or public repository.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html
 * https://docs.aws.amazon.com/AmazonECR/latest/public/ecr-public-using-tags.html
 */
const MAX_TAGS = 50;

/**
 * `isKnown` returns false for values that are known only at deployment. They are not checked.
 *
 * @param hasMark whether this library adds its mark to the tags
 */
export function tagProblems(tags: Tags, isKnown: (value: unknown) => boolean, hasMark = true): string[] {
  const keys = Object.keys(tags);
  const max = hasMark ? MAX_TAGS - 1 : MAX_TAGS;
  return [
    ...keys.length <= max ? [] : [`'tags' must have at most ${max} entries, because ECR allows ${MAX_TAGS}`
      + `${hasMark ? ' and one is the mark of this library' : ''}, got: ${keys.length}`],
    ...keys.filter(isKnown).flatMap(key => keyProblems(key)),
    ...keys.filter(key => isKnown(tags[key]) && tags[key].length > 256)
      .map(key => `'tags' must have values of at most 256 characters, got for '${key}': ${tags[key].length}`),
  ];
}

function keyProblems(key: string): string[] {
  if (/^aws:/i.test(key)) return [`'tags' must not have keys that start with 'aws:', which are reserved for AWS, got: ${key}`];
  if (key.startsWith('cdk-ecr-keeper:')) {
    return ['\'tags\' must not have keys that start with \'cdk-ecr-keeper:\', which this library reserves for marks and override codes,'
      + ' got:'
      + ` ${key}`];
  }
  return key.length >= 1 && key.length <= 128 ? [] : [`'tags' must have keys of 1 to 128 characters, got: ${key.length}`];
}
