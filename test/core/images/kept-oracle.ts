/**
 * What must stay, said anew and otherwise than in src: a relation between images, walked from each image that is named, one at a time.
 * It knows nothing of passes, listings or manifests.
 */
export interface OracleImage {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly children: readonly string[];
  readonly subject?: string;
  readonly pushedAt: number;
}

export function mustStay(images: readonly OracleImage[], exceptTags: readonly string[], exceptNewest: number): string[] {
  const held = new Set(images.map(({ digest }) => digest));
  const reached = new Set<string>();
  const visit = (digest: string): void => {
    if (reached.has(digest) || !held.has(digest)) return;
    reached.add(digest);
    for (const image of images) {
      if (image.digest === digest) image.children.forEach(visit);
      const attachedTo = [image.subject,
        ...image.tags.map(tag => tag.split('.')[0]).filter(tag => /^sha256-\w{64}$/.test(tag)).map(tag => tag.replace('-', ':'))];
      if (attachedTo.includes(digest)) visit(image.digest);
    }
  };
  for (const { digest, tags } of images) if (tags.some(tag => exceptTags.some(pattern => like(pattern, tag)))) visit(digest);
  const ranked = images.filter(({ tags }) => tags.some(tag => !/^sha256-\w{64}(\.|$)/.test(tag)))
    .sort((one, other) => other.pushedAt - one.pushedAt);
  ranked.slice(0, exceptNewest).forEach(({ digest }) => visit(digest));
  return [...reached].sort();
}

/** By trying, letter for letter. */
function like(pattern: string, tag: string): boolean {
  if (pattern === '') return tag === '';
  if (pattern[0] === '*') return like(pattern.slice(1), tag) || (tag !== '' && like(pattern, tag.slice(1)));
  return tag !== '' && pattern[0] === tag[0] && like(pattern.slice(1), tag.slice(1));
}
