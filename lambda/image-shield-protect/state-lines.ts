import { parseJson } from '../../src/core/json';
import { isProtectedImage, parseState, PartitionState, ProtectedImage } from '../../src/core/shield/state';

/**
 * Returns the JSON document of a state, with each image on a line of its own. The state of 50,000 images has 17 MB, so it is written and
 * read line by line, and the only copy is the one that is sent.
 */
export function renderState(state: PartitionState): Uint8Array {
  let size = 0;
  for (const line of linesOf(state)) size += Buffer.byteLength(line);
  const bytes = Buffer.allocUnsafeSlow(size);
  let end = 0;
  for (const line of linesOf(state)) end += bytes.write(line, end);
  return bytes;
}

const ENTRY = /^"(sha256:[0-9a-f]{64})":(\{.*\}),?$/;

function* linesOf({ images, ...rest }: PartitionState): Generator<string> {
  yield `${JSON.stringify(rest).slice(0, -1)},"images":{\n`;
  let separator = '';
  for (const [repositoryName, ofRepository] of Object.entries(images)) {
    yield `${separator}${JSON.stringify(repositoryName)}:{\n`;
    let comma = '';
    for (const digest of Object.keys(ofRepository)) {
      yield `${comma}"${digest}":${JSON.stringify(ofRepository[digest])}`;
      comma = ',\n';
    }
    yield '\n}';
    separator = ',\n';
  }
  yield '\n}}\n';
}

/** Returns undefined if the lines are not the state of a partition. A document with another layout is read as a whole. */
export async function readState(lines: AsyncIterable<string>): Promise<PartitionState | undefined> {
  const images: Record<string, Record<string, ProtectedImage>> = Object.create(null);
  const shared = new SharedValues();
  let head: PartitionState | undefined;
  let ofRepository: Record<string, ProtectedImage> | undefined;
  let isEnd = false;
  let other: string[] | undefined;
  for await (const line of lines) {
    if (other) {
      other.push(line);
    } else if (line === '') {
      continue;
    } else if (head === undefined) {
      head = line.endsWith(',"images":{') ? parseState(`${line}}}`) : undefined;
      if (head === undefined) other = [line];
    } else if (isEnd) {
      return undefined;
    } else if (ofRepository === undefined) {
      const name = line.endsWith(':{') ? parseJson(line.slice(0, -2)) : undefined;
      if (typeof name === 'string') ofRepository = images[name] = {};
      else if (line === '}}') isEnd = true;
      else return undefined;
    } else if (line === '}' || line === '},') {
      ofRepository = undefined;
    } else {
      // parsed apart from its digest, because V8 keeps a hidden class for each object with another name
      const [, digest, text] = ENTRY.exec(line) ?? [];
      const image = parseJson(text ?? '');
      if (!isProtectedImage([digest, image])) return undefined;
      ofRepository[digest] = shared.in(image as unknown as ProtectedImage);
    }
  }
  if (other) return parseState(other.join('\n'));
  return head !== undefined && isEnd ? { ...head, images } : undefined;
}

/** Most images have the same times and sources, which are kept once. */
class SharedValues {
  private readonly texts = new Map<string, string>();
  private readonly lists = new Map<string, readonly string[]>();

  in({ generation, phase, changed, since, lastUsed, seenIn, usedBy, indexes }: ProtectedImage): ProtectedImage {
    return {
      generation,
      phase: this.text(phase) as ProtectedImage['phase'],
      changed: this.text(changed),
      since: this.text(since),
      lastUsed: this.text(lastUsed),
      seenIn: this.list(seenIn),
      usedBy,
      ...indexes === undefined ? {} : { indexes: this.list(indexes) },
    };
  }

  private text(value: string): string {
    const known = this.texts.get(value);
    if (known === undefined) this.texts.set(value, value);
    return known ?? value;
  }

  private list(value: readonly string[]): readonly string[] {
    const key = value.join();
    const known = this.lists.get(key);
    if (known === undefined) this.lists.set(key, value);
    return known ?? value;
  }
}
