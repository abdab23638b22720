export type Tags = Readonly<Record<string, string>>;

/**
 * A repository can have 50 tags, one of which is the mark. https://docs.aws.amazon.com/AmazonECR/latest/public/ecr-public-using-tags.html
 */
const MAX_TAGS = 49;

/** `isKnown` returns false for values that are known only at deployment. They are not checked. */
export function tagProblems(tags: Tags, isKnown: (value: unknown) => boolean): string[] {
  const keys = Object.keys(tags);
  return [
    ...keys.length <= MAX_TAGS ? []
      : [`'tags' must have at most ${MAX_TAGS} entries, because ECR allows 50 and one is the mark of this library, got: ${keys.length}`],
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
