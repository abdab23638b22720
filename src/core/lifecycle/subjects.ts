/** Image that may be attached to another image, such as a signature, an SBOM, or an attestation. */
interface Attachable {
  readonly digest: string;
  readonly subject?: string;
}

/** For each image, the position of the image to which it is attached, if that image is in the list. */
export type SubjectPlaces = ReadonlyArray<number | undefined>;

/** Returns an empty list if no image has a subject, as in most repositories. */
export function subjectPlaces(images: readonly Attachable[]): SubjectPlaces {
  if (!images.some(({ subject }) => subject !== undefined)) return [];
  const places = new Map(images.map(({ digest }, index) => [digest, index]));
  return images.map(({ subject }) => subject === undefined ? undefined : places.get(subject));
}

/**
 * Returns a result for each image. An image can follow its subject, and the subject its own subject.
 *
 * @param own results of the images without their subjects
 * @param follow combines the own result of an image with the final result of its subject
 */
export function followSubjects<T>(own: readonly T[], places: SubjectPlaces, follow: (own: T, subject: T, index: number) => T): T[] {
  const memo = new Map<number, T>();
  const resolve = (index: number): T => {
    if (memo.has(index)) return memo.get(index)!;
    memo.set(index, own[index]); // an artifact can refer to itself only with a forged digest
    const place = places[index];
    if (place === undefined) return own[index];
    const followed = follow(own[index], resolve(place), index);
    memo.set(index, followed);
    return followed;
  };
  return places.length === 0 ? [...own] : own.map((_, index) => resolve(index));
}
