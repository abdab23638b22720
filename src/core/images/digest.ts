/** SHA-256 is the only algorithm that ECR supports. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageIdentifier.html */
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests (ECR itself allows 300 characters) */
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** The longest tags that ECR has. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageIdentifier.html */
const ECR_TAG = /^\w[\w.-]{0,299}$/;

export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** Whether ECR can have the tag, which can be longer than those of other registries. */
export function isEcrTag(text: string): boolean {
  return ECR_TAG.test(text);
}

/** Returns the problems of a tag or digest, with the name of its property. */
export function tagOrDigestProblems(text: string, property: string): string[] {
  if (isDigest(text) || isTag(text)) return [];
  return [text.startsWith('sha256:')
    ? `'${property}' must be a digest of 64 hexadecimal digits after 'sha256:', got: ${text}`
    : `'${property}' must be a digest, or a tag of up to 128 letters, digits, '_', '.', and '-' that does not begin with '.' or '-',`
      + ` got: ${text}`];
}

/**
 * @param tags tags that are known at synthesis
 * @param count number of all tags, including those that are known only at deployment
 */
export function tagsProblems(tags: readonly string[], property: string, count = tags.length): string[] {
  const twice = [...new Set(tags.filter((tag, index) => tags.indexOf(tag) !== index))];
  return [
    ...tags.filter(tag => !isTag(tag)).map(tag =>
      `'${property}' must be tags of up to 128 letters, digits, '_', '.', and '-' that do not begin with '.' or '-', got: ${tag}`),
    ...twice.map(tag => `'${property}' must contain each tag once, got twice: ${tag}`),
    ...count > MAX_TAGS ? [`'${property}' must have at most ${MAX_TAGS} tags, got: ${count}`] : [],
  ];
}

/** Tags of one construct. The physical id, which has at most 1,024 characters, records the tags that the construct created. */
export const MAX_TAGS = 40;
