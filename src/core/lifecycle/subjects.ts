/** What may be attached to another image, as signatures, SBOMs and attestations are. */
interface Attachable {
  readonly digest: string;
  readonly subject?: string;
}

/** For each image the place of the image that it is attached to, where that is among them. */
export type SubjectPlaces = ReadonlyArray<number | undefined>;

/** Empty where no image has a subject, which is what most repositories are like. */
export function subjectPlaces(images: readonly Attachable[]): SubjectPlaces {
  if (!images.some(({ subject }) => subject !== undefined)) return [];
  const places = new Map(images.map(({ digest }, index) => [digest, index]));
  return images.map(({ subject }) => subject === undefined ? undefined : places.get(subject));
}

/**
 * What becomes of each image, where an image may share the lot of its subject, and that the lot of its own.
 *
 * @param own what becomes of each image by itself
 * @param follow what becomes of an image whose subject has the last of these
 */
export function followSubjects<T>(own: readonly T[], places: SubjectPlaces, follow: (own: T, subject: T, index: number) => T): T[] {
  const memo = new Map<number, T>();
  const resolve = (index: number): T => {
    if (memo.has(index)) return memo.get(index)!;
    memo.set(index, own[index]); // an artifact cannot refer to itself but by a digest that somebody made up
    const place = places[index];
    if (place === undefined) return own[index];
    const followed = follow(own[index], resolve(place), index);
    memo.set(index, followed);
    return followed;
  };
  return places.length === 0 ? [...own] : own.map((_, index) => resolve(index));
}
