import type { ImageFate, SampledImage } from '../../repository-record';

const RADIX = 36;
const MINUTE = 60_000;
const ALGORITHM = 'sha256:';
const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** Characters of a digest in the page, without its algorithm. */
const DIGEST_LENGTH = 12;

/** Columns of a sample, in their order. */
type Column = (image: SampledImage, previous: SampledImage | undefined) => string;

const COLUMNS: readonly Column[] = [
  ({ digest }) => encodeDigest(digest),
  ({ tags }) => tags.map(escape).join('+'),
  ({ tags, tagCount }) => tagCount === tags.length ? '' : encode(tagCount),
  ({ pushedAt }, previous) => encode(minuteOf(pushedAt) - (previous ? minuteOf(previous.pushedAt) : 0)),
  ({ pushedAt, pulledAt }) => pulledAt === undefined ? '' : encode(minuteOf(pulledAt) - minuteOf(pushedAt)),
  ({ bytes }) => bytes === undefined ? '' : encode(bytes),
  ({ isArchived, isInUse }) => `${isArchived ? 'a' : ''}${isInUse ? 'u' : ''}`,
  ({ fate }) => encodeFate(fate),
  ({ recommendedFate }) => encodeFate(recommendedFate),
];

/**
 * Packs the images of a repository into one text, which the page unpacks only when the repository is opened. Digests become short, and
 * times become whole minutes.
 */
export function packSample(sample: readonly SampledImage[]): string {
  if (sample.length === 0) return '';
  return COLUMNS.map(column => sample.map((image, place) => column(image, sample[place - 1])).join(',')).join(';');
}

export function unpackSample(text: string): SampledImage[] {
  if (text === '') return [];
  const [digests, tagLists, tagCounts, pushes, pulls, sizes, flags, fates, recommendedFates] = text.split(';').map(part => part.split(','));
  let minute = 0;
  return digests.map((digest, place): SampledImage => {
    minute += decode(pushes[place]);
    const tags = tagLists[place] === '' ? [] : tagLists[place].split('+').map(decodeURIComponent);
    const [fate, recommendedFate] = [decodeFate(fates[place]), decodeFate(recommendedFates[place])];
    return {
      digest: decodeDigest(digest),
      tags,
      tagCount: tagCounts[place] === '' ? tags.length : decode(tagCounts[place]),
      pushedAt: minute * MINUTE,
      ...pulls[place] === '' ? {} : { pulledAt: (minute + decode(pulls[place])) * MINUTE },
      ...sizes[place] === '' ? {} : { bytes: decode(sizes[place]) },
      ...flags[place].includes('a') ? { isArchived: true } : {},
      ...flags[place].includes('u') ? { isInUse: true } : {},
      ...fate ? { fate } : {},
      ...recommendedFate ? { recommendedFate } : {},
    };
  });
}

/** Returns digits that are enough to find the image, or any other digest as it is, after `=`. */
function encodeDigest(digest: string): string {
  const start = ALGORITHM.length;
  return DIGEST.test(digest) ? digest.slice(start, start + DIGEST_LENGTH) : `=${escape(digest)}`;
}

function decodeDigest(text: string): string {
  return text.startsWith('=') ? decodeURIComponent(text.slice(1)) : `${ALGORITHM}${text}`;
}

function encodeFate(fate: ImageFate | undefined): string {
  if (!fate) return '';
  const days = [fate.archiveDay, fate.expiryDay].map(day => day === undefined ? '' : encode(day));
  return [encode(fate.rule), ...days].join('.');
}

function decodeFate(text: string): ImageFate | undefined {
  if (text === '') return undefined;
  const [rule, archiveDay, expiryDay] = text.split('.');
  return {
    rule: decode(rule),
    ...archiveDay === '' ? {} : { archiveDay: decode(archiveDay) },
    ...expiryDay === '' ? {} : { expiryDay: decode(expiryDay) },
  };
}

function minuteOf(moment: number): number {
  return Math.floor(moment / MINUTE);
}

function encode(value: number): string {
  return value.toString(RADIX);
}

function decode(text: string): number {
  return parseInt(text, RADIX);
}

/** Escapes the separators. ECR allows none of them in a tag, but the page must show whatever it is given. */
function escape(text: string): string {
  return text.replace(/[%,;+]/g, character => `%${character.charCodeAt(0).toString(16)}`);
}
